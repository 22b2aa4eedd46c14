/** Learning curves as points to draw and rows to read. */

import type { Columns, Curve } from '../api/runs';

/** `[steps, value]`; a value that is not known breaks the line. */
export function points(columns: Columns, name: string): [number, number | null][] {
  const values = columns[name] ?? [];
  return (columns.steps ?? []).flatMap((steps, i) => (steps === null ? [] : [[steps, values[i] ?? null]]));
}

/** Whether there is anything to draw. */
export const isKnown = (columns: Columns, name: string): boolean => points(columns, name).some(([, value]) => value !== null);

/** Decimals for an axis over these columns: so many that five steps along it read differently. */
export function axisDigits(columns: Columns, names: readonly string[]): number {
  const values = names.flatMap((name) => points(columns, name).flatMap(([, value]) => (value === null ? [] : [value])));
  const spread = values.length === 0 ? 0 : Math.max(...values) - Math.min(...values);
  return spread >= 5 ? 0 : spread >= 0.5 ? 1 : 2;
}

export interface EvaluationRow {
  steps: number;
  delay_s: number | null;
  rival_delay_s: number | null;
  unsafe_events: number | null;
  best: boolean;
}

export function evaluationRows({ evaluations }: Curve): EvaluationRow[] {
  const at = (name: string, i: number): number | null => evaluations[name]?.[i] ?? null;
  return (evaluations.steps ?? []).flatMap((steps, i) =>
    steps === null
      ? []
      : [{
          steps,
          delay_s: at('delay_s', i),
          rival_delay_s: at('rival_delay_s', i),
          unsafe_events: at('unsafe_events', i),
          best: at('best', i) === 1,
        }],
  );
}
