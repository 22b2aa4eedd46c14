/** A course of figures over time, as it is drawn. */

import type { Course, Every } from '../api/figures';
import { formatClock, formatDay, type Lang } from './format';

/** The delay of a row in each period, in s/PCU; null where nobody saw it, which is drawn as a gap. */
export const delays = (course: Course, id: string): (number | null)[] =>
  course.periods.map((period) => period.figures[id]?.delay_s_pcu ?? null);

/** A period's name on the axis: "09:00" or "Mon, 23 Nov". */
export const instantName = (at: number, every: Every, lang: Lang): string =>
  every === 'hour' ? formatClock(at).slice(0, 5) : formatDay(at, lang);
