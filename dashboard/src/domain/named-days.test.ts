import { describe, expect, it } from 'vitest';
import type { NamedDay } from '../api/types';
import { namedDates, ordinaryDayBefore } from './named-days';
import { dayAt } from './period';

const day = (id: string, ...dates: string[]): NamedDay => ({ id, name_en: id, name_hi: id, basis: 'memory', dates });
const DAYS = [day('diwali', '2025-10-20', '2026-11-08'), day('dussehra', '2025-10-13'), day('eve', '2025-10-06')];
const at = (date: string): number => dayAt(date) ?? 0;

describe('days with a name', () => {
  it('are those that have begun, the last first', () => {
    expect(namedDates(DAYS, at('2025-10-20') + 60).map((one) => one.date)).toEqual(['2025-10-20', '2025-10-13', '2025-10-06']);
    expect(namedDates(DAYS, at('2025-10-20')).map((one) => one.day.id)).toEqual(['dussehra', 'eve']);
  });

  it('are compared with the last same weekday that has none', () => {
    const [diwali, dussehra] = namedDates(DAYS, at('2025-11-01'));
    // Both Mondays before Diwali have a name of their own.
    expect(diwali && ordinaryDayBefore(diwali, DAYS)).toBe('2025-09-29');
    expect(dussehra && ordinaryDayBefore(dussehra, DAYS.slice(0, 2))).toBe('2025-10-06');
  });
});
