/** Taking a junction over, green corridors, why the policy chose, and what was before. */

import { get, send } from './ask';
import type { Cause, Mode } from './types';

export const OVERRIDE_KINDS = ['hold', 'stage', 'plan'] as const;
export type OverrideKind = (typeof OVERRIDE_KINDS)[number];

export type OverrideBody =
  | { kind: 'hold'; ttl_s: number; reason: string }
  | { kind: 'stage'; stage_id: string; ttl_s: number; reason: string }
  | { kind: 'plan'; plan_id: string; ttl_s: number; reason: string }
  | { kind: 'release'; reason: string };

export interface CorridorBody {
  route: readonly string[];
  speed_kmh: number;
  ttl_s: number;
  arrives_in_s: number;
  reason: string;
}

export interface Decision {
  at: number;
  policy: string;
  stage_id: string;
  runner_up: string | null;
  /** Whose traffic made how much of the choice's lead over the runner-up, the largest first. */
  drivers: { lane_group_id: string; movements: string[]; part: number }[];
}

export interface History {
  mode_changes: { at: number; mode: Mode; cause: Cause; detail: string }[];
}

const pathOf = (junctionId: string): string => `v1/junctions/${encodeURIComponent(junctionId)}`;

export const override = (junctionId: string, body: OverrideBody): Promise<unknown> =>
  send(`${pathOf(junctionId)}/override`, body);

export const openCorridor = (body: CorridorBody): Promise<unknown> => send('v1/corridors', body);

export const closeCorridor = (id: string): Promise<unknown> =>
  send(`v1/corridors/${encodeURIComponent(id)}`, undefined, 'DELETE');

export const loadDecision = (junctionId: string): Promise<{ decision: Decision | null }> =>
  get(`${pathOf(junctionId)}/decision`);

export const loadHistory = (junctionId: string): Promise<History> => get(`${pathOf(junctionId)}/history`);
