import { describe, expect, it } from 'vitest';
import { LEVELS } from '../api/types';
import { LEVEL_COLOUR, levelColour, levelOfDelay, UNKNOWN_COLOUR } from './los';

/** Contrast of two #rrggbb colours by WCAG 2. */
function contrast(a: string, b: string): number {
  const light = (hex: string): number => {
    const [r = 0, g = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [light(a), light(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('levelOfDelay', () => {
  it.each([
    [0, 'A'],
    [20, 'A'],
    [20.1, 'B'],
    [40, 'B'],
    [65, 'C'],
    [95, 'D'],
    [130, 'E'],
    [130.1, 'F'],
  ])('%d s/PCU is %s (Indo-HCM 2017)', (delay, level) => {
    expect(levelOfDelay(delay)).toBe(level);
  });

  it('knows no level without a delay', () => {
    expect(levelOfDelay(null)).toBeNull();
    expect(levelOfDelay(Number.NaN)).toBeNull();
    expect(levelOfDelay(-1)).toBeNull();
  });
});

describe('levelColour', () => {
  it('is grey for the unknown and for what is not live', () => {
    expect(levelColour(null)).toBe(UNKNOWN_COLOUR);
    expect(levelColour('F', false)).toBe(UNKNOWN_COLOUR);
    expect(levelColour('F')).toBe(LEVEL_COLOUR.F);
  });

  it('keeps every letter readable on its own fill', () => {
    for (const level of LEVELS) {
      expect(contrast(LEVEL_COLOUR[level].fill, LEVEL_COLOUR[level].ink), level).toBeGreaterThanOrEqual(4.5);
    }
  });
});
