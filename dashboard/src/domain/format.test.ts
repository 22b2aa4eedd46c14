import { describe, expect, it } from 'vitest';
import { formatClock, formatDay, formatDuration, formatNumber } from './format';

describe('formatNumber', () => {
  it('groups the Indian way and keeps international digits in both languages', () => {
    expect(formatNumber(1234567, 'en')).toBe('12,34,567');
    expect(formatNumber(1234567, 'hi')).toBe('12,34,567');
    expect(formatNumber(72.36, 'hi', 1)).toBe('72.4');
    expect(formatNumber(5, 'en', 2)).toBe('5.00');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [260, '4 min 20 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [86400 * 3 + 4 * 3600, '3 d 4 h'],
    [-3, '0 s'],
  ])('%d s is %s', (seconds, words) => {
    expect(formatDuration(seconds, 'en')).toBe(words);
  });

  it('has Hindi units', () => {
    expect(formatDuration(260, 'hi')).toBe('4 मि॰ 20 से॰');
  });
});

describe('times of day', () => {
  it('are in Kanpur, whatever the browser thinks', () => {
    const at = Date.UTC(2025, 10, 22, 2, 30, 5) / 1000;
    expect(formatClock(at)).toBe('08:00:05');
    expect(formatDay(Date.UTC(2025, 10, 21, 20, 0, 0) / 1000, 'en')).toContain('22');
  });
});
