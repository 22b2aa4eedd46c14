/** Key figures over time: `GET /v1/kpi`, `/v1/kpi/compare`, `/v1/hotspots`. Unknown is null. */

import { get } from './ask';
import type { Level, Mode } from './types';

export const GROUPINGS = ['junction', 'thana', 'corridor', 'city'] as const;
export type Grouping = (typeof GROUPINGS)[number];
export type Every = 'hour' | 'day';

export interface Figures {
  delay_s_pcu: number | null;
  los: Level | null;
  throughput_pcu_h: number | null;
  mean_queue_pcu: number | null;
  longest_queue_pcu: number | null;
  departed_pcu: number | null;
  /** Of the greens, the share that left part of the queue they began with. */
  cycle_failure_share: number | null;
  recorded_s: number;
  /** Of the time recorded, the share that a camera saw. */
  seen_share: number | null;
  /** Of the time seen, the share that a simulation reported. */
  simulated_share: number | null;
  mode_share: Partial<Record<Mode, number>>;
}

/** By how much the delay changed: a ratio less 1, and its 95 % interval (null for one quarter of an hour). */
export interface DelayChange {
  ratio: number | null;
  lo: number | null;
  hi: number | null;
  quarters: number;
}

export interface Compared {
  now: Figures;
  then: Figures;
  delay_change: DelayChange | null;
}

export interface Comparison {
  at: number;
  begin_at: number;
  end_at: number;
  against_at: number;
  figures: Record<string, Compared>;
}

export interface Hotspots {
  at: number;
  acceptable_s_pcu: number;
  /** The worst first; PCU hours waited beyond level of service C. */
  junctions: { junction_id: string; excess_delay_pcu_h: number }[];
  unknown: string[];
}

export interface Course {
  at: number;
  periods: { begin_at: number; end_at: number; figures: Record<string, Figures> }[];
}

/** A time and as long a one before it, in Unix seconds. */
export interface Span {
  from: number;
  to: number;
  against: number;
}

export const loadComparison = ({ from, to, against }: Span, level: Grouping): Promise<Comparison> =>
  get('v1/kpi/compare', { from, to, against, level });

export const loadHotspots = ({ from, to }: Span): Promise<Hotspots> => get('v1/hotspots', { from, to });

export const loadCourse = (from: number, to: number, level: Grouping, every: Every): Promise<Course> =>
  get('v1/kpi', { from, to, level, every });
