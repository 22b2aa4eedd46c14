/** Festivals and holidays by name, and the ordinary day that each is compared with. */

import type { NamedDay } from '../api/types';
import { DAY_S, dateOf, dayAt } from './period';

export interface NamedDate {
  day: NamedDay;
  date: string;
  at: number;
}

/** Every date with a name that has begun, the last first. */
export function namedDates(days: readonly NamedDay[], now: number): NamedDate[] {
  return days
    .flatMap((day) => day.dates.flatMap((date): NamedDate[] => {
      const at = dayAt(date);
      return at !== null && at < now ? [{ day, date, at }] : [];
    }))
    .sort((a, b) => b.at - a.at);
}

/** The last same weekday before it that has no name. */
export function ordinaryDayBefore({ at }: NamedDate, days: readonly NamedDay[]): string {
  const named = new Set(days.flatMap((day) => day.dates));
  let before = at - 7 * DAY_S;
  while (named.has(dateOf(before))) before -= 7 * DAY_S;
  return dateOf(before);
}
