/** The policies that can run, which one does, and how a candidate compares: `/v1/policies`. */

import { get, send } from './ask';

export interface Policy {
  id: string;
  sha256: string | null;
  /** Why it cannot run; null where it can. */
  fault: string | null;
  /** What its card says; every part may be missing. */
  card: { name?: string; created?: string; interval_s?: number; notes?: string[] | string; results?: unknown };
}

export interface Policies {
  live: string;
  /** False where the live one cannot run and the junctions are on actuated control. */
  running: boolean;
  shadow: string | null;
  policies: Policy[];
}

/** Shares and means over a candidate's decisions; null where there were none. */
export interface Agreement {
  decisions: number;
  agreement: number | null;
  forbidden: number;
  live_queue_pcu: number | null;
  candidate_queue_pcu: number | null;
  margin: number | null;
}

export interface ShadowFigures {
  policy_id: string;
  running: boolean;
  since_at: number | null;
  batches: number;
  skipped: number;
  errors: number;
  last_error: string | null;
  mean_ms: number | null;
  city: Agreement;
  junctions: Record<string, Agreement>;
}

export type PolicyAct = 'promote' | 'shadow' | 'end_shadow' | 'rollback';

const pathOf = (id: string): string => `v1/policies/${encodeURIComponent(id)}`;

export const loadPolicies = (): Promise<Policies> => get('v1/policies');
export const loadShadow = (id: string): Promise<ShadowFigures> => get(`${pathOf(id)}/shadow`);

/** Does what an engineer asks of a policy. Raises Trouble with the service's reason when it refuses. */
export async function act(what: PolicyAct, id: string, reason: string): Promise<void> {
  if (what === 'rollback') await send('v1/policies/rollback', { reason });
  else if (what === 'end_shadow') await send(`${pathOf(id)}/shadow`, undefined, 'DELETE');
  else await send(`${pathOf(id)}/${what}`, { reason });
}
