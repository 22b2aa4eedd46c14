/** How policies learned: training runs, `/v1/runs`, and what a policy's card tells, `/v1/policies/{id}/curve`. */

import { get } from './ask';

/** `written`: in the last ten minutes, so it runs or has just ended; `ended`: its last step is evaluated. */
export const RUN_STATES = ['written', 'ended', 'broken_off'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  id: string;
  state: RunState;
  updated_at: number;
  scenario: string | null;
  street: string | null;
  seed: number | null;
  /** Decisions it has learned from. */
  steps: number | null;
  elapsed_s: number | null;
  best_delay_s: number | null;
  best_steps: number | null;
}

/** By name, one value a row; unknown is null. */
export type Columns = Partial<Record<string, (number | null)[]>>;

export interface Curve {
  curve: Columns;
  evaluations: Columns;
  /** Of a run's files; a card has none. */
  broken_rows?: number;
}

export const loadRuns = async (): Promise<Run[]> => (await get<{ runs: Run[] }>('v1/runs')).runs;
export const loadRunCurve = (id: string): Promise<Curve> => get(`v1/runs/${encodeURIComponent(id)}`);
export const loadPolicyCurve = (id: string): Promise<Curve> => get(`v1/policies/${encodeURIComponent(id)}/curve`);
