/** The fixed plans' green waves: `GET /v1/green-waves/{corridor}`. Times are seconds after midnight, modulo the cycle. */

import { get } from './ask';

export interface Green {
  from_s: number;
  length_s: number;
}

export interface WaveSignal {
  junction_id: string;
  at_m: number;
  cycle_s: number;
  offset_s: number;
  /** Travel times from the first signal of each direction: of the corridor, and its last. */
  outbound_at_s: number;
  inbound_at_s: number;
  outbound: Green[];
  inbound: Green[];
}

/** `from_s`: when its head is, or would have been, at the corridor's first signal of that direction. */
export interface Band {
  from_s: number;
  width_s: number;
  share: number;
}

export const DIRECTIONS = ['outbound', 'inbound'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Bands = Record<Direction, Band>;

export interface Section extends Bands {
  from_junction: string;
  to_junction: string;
}

export interface GreenWaves {
  corridor_id: string;
  program: string;
  programs: string[];
  /** What the calendar calls for now; null where that differs by junction. */
  calendar_program: string | null;
  progression_share: number;
  progression_basis: string;
  least_band_s: number;
  signals: WaveSignal[];
  /** Null where the cycles do not fit each other. */
  end_to_end: Bands | null;
  sections: Section[];
}

export const loadGreenWaves = (corridorId: string, program: string | null): Promise<GreenWaves> =>
  get(`v1/green-waves/${encodeURIComponent(corridorId)}`, { program });
