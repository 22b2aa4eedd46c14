/** The times that are compared. Days are Kanpur's: India has one time, five and a half hours ahead, all year. */

import type { Every, Span } from '../api/figures';

export const PERIODS = ['today', 'week', 'month', 'festival', 'own'] as const;
export type PeriodName = (typeof PERIODS)[number];

export const DAY_S = 86_400;
const INDIA_S = 19_800;
const QUARTER_S = 900;
/** Four weeks, so that a month is compared with one of as many Sundays. */
const DAYS: Record<'week' | 'month', number> = { week: 7, month: 28 };

/** The beginning of the day that a time lies in. */
export const dayOf = (at: number): number => Math.floor((at + INDIA_S) / DAY_S) * DAY_S - INDIA_S;

/** "2026-11-25" of a time, as a date field wants it. */
export const dateOf = (at: number): string => new Date((at + INDIA_S) * 1000).toISOString().slice(0, 10);

/** The beginning of the day of "2026-11-25"; null for what is no date. */
export function dayAt(date: string): number | null {
  const at = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? null : at / 1000 - INDIA_S;
}

/** Two times that somebody chose, or a festival and its ordinary day: the days of `begin` and of `against`, `days` long. */
export interface OwnChoice {
  begin: string;
  against: string;
  days: number;
}

/**
 * What a period means at `now`: up to now, against the same days and hours before. A day is compared with the same
 * weekday a week ago. The own choice ends now where its days are not over, and is null while a date is missing.
 */
export function spanOf(name: PeriodName, now: number, own: OwnChoice): Span | null {
  const to = Math.ceil(now / QUARTER_S) * QUARTER_S;
  if (name === 'today') {
    const from = Math.min(dayOf(now), to - QUARTER_S);
    return { from, to, against: from - 7 * DAY_S };
  }
  if (name === 'own' || name === 'festival') {
    const from = dayAt(own.begin);
    const against = dayAt(own.against);
    if (from === null || against === null || from >= now || against < 0) return null;
    return { from, to: Math.min(from + own.days * DAY_S, to), against };
  }
  const length_s = DAYS[name] * DAY_S;
  return { from: to - length_s, to, against: to - 2 * length_s };
}

/** How finely a time is drawn: two days by the hour, longer ones by the day. */
export const everyOf = ({ from, to }: Span): Every => (to - from <= 2 * DAY_S ? 'hour' : 'day');
