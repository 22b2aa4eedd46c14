/** The hotspot list: junctions by delay, worst first. */

import type { City, CityState, Junction, JunctionState, Named } from '../api/types';
import { attentionLevel } from './summary';

export interface Ranked {
  junction: Junction;
  state: JunctionState | undefined;
  attention: 0 | 1 | 2;
  /** 1 for the worst; null where the delay is not known. */
  rank: number | null;
}

/**
 * Junctions by delay, worst first; those whose delay is not known come last. A junction whose lamps are not under
 * control stands above all, whatever its delay; the ranks are by delay alone.
 */
export function rank(city: City, state: CityState | null): Ranked[] {
  const rows = city.junctions.map((junction): Ranked => {
    const now = state?.junctions[junction.id];
    return { junction, state: now, attention: state === null ? 0 : attentionLevel(now), rank: null };
  });
  rows.sort((a, b) => {
    const delay = (b.state?.delay_s_pcu ?? -1) - (a.state?.delay_s_pcu ?? -1);
    return delay || b.attention - a.attention || a.junction.name_en.localeCompare(b.junction.name_en);
  });
  rows.forEach((row, index) => {
    if (row.state !== undefined && row.state.delay_s_pcu !== null) row.rank = index + 1;
  });
  return [...rows.filter((row) => row.attention === 2), ...rows.filter((row) => row.attention < 2)];
}

/** Whether a junction's names, its thana's or its id hold the words typed into the search box. */
export function matches(junction: Junction, thana: Named, query: string): boolean {
  const words = query.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const text = `${junction.name_en} ${junction.name_hi} ${thana.name_en} ${thana.name_hi} ${junction.id}`.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}
