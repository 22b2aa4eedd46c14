/** The documents of the service's HTTP API that the page reads. `_at` are Unix seconds, `_s` seconds. */

import type { FeatureCollection } from 'geojson';
import type { Alarm } from './alarms';

export const MODES = ['ai', 'actuated', 'fixed', 'manual', 'hold', 'isolated', 'flash', 'dark'] as const;
export type Mode = (typeof MODES)[number];

export const CAUSES = [
  'as_planned', 'starting', 'no_counts', 'stale_counts', 'implausible_counts', 'no_policy', 'policy_error',
  'guard_veto', 'no_poll', 'lease_over', 'clock_untrusted', 'table_invalid', 'conflict_monitor', 'police',
  'operator', 'no_status', 'power_lost', 'lamps_out', 'corridor', 'level_crossing',
  'night_flash',
] as const;
export type Cause = (typeof CAUSES)[number];

export const CAMERA_STATES = ['ok', 'frozen', 'black', 'blurred', 'covered', 'moved', 'lost', 'unfamiliar'] as const;
export type CameraState = (typeof CAMERA_STATES)[number];

export const LEVELS = ['A', 'B', 'C', 'D', 'E', 'F'] as const;
export type Level = (typeof LEVELS)[number];

export type Origin = 'measured' | 'simulated';

export interface Named {
  name_en: string;
  name_hi: string;
}

export interface Approach extends Named {
  id: string;
  /** Compass bearing of the arm seen from the junction's middle, 0 = north. */
  bearing_deg: number;
}

export interface Group {
  id: string;
  approach_id: string | null;
  kind: 'vehicle' | 'pedestrian';
}

export interface Stage {
  id: string;
  name: string;
  group_ids: string[];
}

export interface Junction extends Named {
  id: string;
  lat: number;
  lon: number;
  thana: string;
  basis: string;
  approaches: Approach[];
  lane_groups: { id: string; approach_id: string }[];
  groups: Group[];
  stages: Stage[];
  /** Ids of the fixed plans. */
  plans: string[];
}

/** A festival or holiday; `basis` is null for one of the signals' own calendar. */
export interface NamedDay extends Named {
  id: string;
  basis: string | null;
  /** Local ones, such as "2026-11-08". */
  dates: string[];
}

export interface City extends Named {
  schema: string;
  day_start_at: number;
  clock: 'system' | 'driven';
  /** Why the service has no trained policy; a null cause when it has one. */
  policy?: { cause: Cause | null; detail: string | null };
  map: FeatureCollection;
  corridors: Record<string, string[]>;
  /** Hindi names of thanas by their English ones. */
  thanas: Record<string, { name_hi: string; basis: string }>;
  days: NamedDay[];
  junctions: Junction[];
}

/** One approach's queue. The figures mean nothing unless `known`. */
export interface ApproachState {
  known: boolean;
  age_s: number | null;
  queue_veh: number;
  queue_pcu: number;
  queue_m: number;
  present_veh: number;
}

/** What an operator asked of a junction. `left_s` is how long it still counts, when the state was made. */
export interface Override {
  kind: 'hold' | 'stage' | 'plan';
  stage_id: string | null;
  plan_id: string | null;
  until_at: number;
  left_s: number;
  reason: string;
}

/** A junction's part of a green corridor; countdowns are of when the state was made. */
export interface Passage {
  id: string;
  reason: string;
  stage_id: string;
  green_in_s: number;
  arrives_in_s: number;
  left_s: number;
}

export interface JunctionState {
  mode: Mode;
  cause: Cause;
  since_at: number | null;
  rung: number | null;
  reported_age_s: number | null;
  stage: { id: string; name: string; elapsed_s: number } | null;
  /** Lamp by signal group: "r", "y" or "G". */
  lamps: Record<string, string>;
  approaches: Record<string, ApproachState>;
  delay_s_pcu: number | null;
  los: Level | null;
  throughput_pcu_h: number | null;
  camera: { state: CameraState | null; age_s: number | null };
  scores: Record<string, number> | null;
  reasons: string[];
  /** A take-over by hand, while one runs. */
  override?: Override | null;
  /** The junction's part of a green corridor that is on, or is the next. */
  corridor?: Passage | null;
}

export interface CityState {
  schema: string;
  at: number;
  origin: Origin;
  /** Open ones, the gravest first. */
  alarms: Alarm[];
  junctions: Record<string, JunctionState>;
}

/** What is different since the event before. */
export interface CityChange {
  schema: string;
  at: number;
  origin: Origin;
  /** All that are open, when one of them changed. */
  alarms?: Alarm[];
  junctions: Record<string, Partial<JunctionState>>;
}
