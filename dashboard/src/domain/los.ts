/** Level of service by Indo-HCM 2017: control delay in seconds a PCU, A best to F worst. */

import type { Level } from '../api/types';

/** The largest delay, in s/PCU, that still counts as each level; F has none. */
export const LEVEL_LIMIT_S: Record<Exclude<Level, 'F'>, number> = { A: 20, B: 40, C: 65, D: 95, E: 130 };

/**
 * Fill and ink of each level. Blue through pale to red (ColorBrewer's RdYlBu order), which stays apart for the
 * common kinds of colour blindness; the letter is always written as well.
 */
export const LEVEL_COLOUR: Record<Level, { fill: string; ink: string }> = {
  A: { fill: '#2b6cb0', ink: '#ffffff' },
  B: { fill: '#74acd5', ink: '#0c1a26' },
  C: { fill: '#cfe3ea', ink: '#0c1a26' },
  D: { fill: '#fbd774', ink: '#241a00' },
  E: { fill: '#ee8f4b', ink: '#241000' },
  F: { fill: '#b3202c', ink: '#ffffff' },
};

export const UNKNOWN_COLOUR = { fill: '#8b9694', ink: '#ffffff' };

/** Colours of a level; grey when there is none, or when the figure behind it is old. */
export function levelColour(level: Level | null, live = true): { fill: string; ink: string } {
  return level === null || !live ? UNKNOWN_COLOUR : LEVEL_COLOUR[level];
}

/** The level of a control delay in s/PCU; null for a delay that is not known. */
export function levelOfDelay(delay_s_pcu: number | null): Level | null {
  if (delay_s_pcu === null || !Number.isFinite(delay_s_pcu) || delay_s_pcu < 0) return null;
  for (const [level, limit_s] of Object.entries(LEVEL_LIMIT_S)) {
    if (delay_s_pcu <= limit_s) return level as Level;
  }
  return 'F';
}
