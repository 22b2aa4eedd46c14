/** The rows of a comparison: the worst first, what nobody saw last. */

import type { Compared, Comparison, Figures, Grouping, Hotspots } from '../api/figures';
import type { City, Named } from '../api/types';
import { thanaName } from './thanas';

export interface Row extends Compared {
  id: string;
  name: Named;
  /** Only of a junction. */
  thana: Named | null;
  /** PCU hours waited beyond level of service C; only of a junction that was seen. */
  excess_pcu_h: number | null;
  /** 1 for the worst; null where the delay is not known. */
  rank: number | null;
}

/** A corridor is called by its ends, which have a name in both languages. */
export function corridorName(city: City, id: string): Named {
  const junctions = (city.corridors[id] ?? []).flatMap((one) => city.junctions.find((known) => known.id === one) ?? []);
  const [first, last] = [junctions[0], junctions.at(-1)];
  if (first === undefined || last === undefined) return { name_en: id, name_hi: id };
  return { name_en: `${first.name_en} – ${last.name_en}`, name_hi: `${first.name_hi} – ${last.name_hi}` };
}

function nameOf(city: City, grouping: Grouping, id: string): Named {
  if (grouping === 'city') return city;
  if (grouping === 'corridor') return corridorName(city, id);
  if (grouping === 'thana') return thanaName(city, id);
  const junction = grouping === 'junction' ? city.junctions.find((one) => one.id === id) : undefined;
  return junction ?? { name_en: id, name_hi: id };
}

/**
 * Junctions by what was waited there beyond an acceptable level, as the service ranks them; others by their delay.
 * `thana` keeps only that thana's junctions.
 */
export function rowsOf(
  city: City,
  grouping: Grouping,
  comparison: Comparison,
  hotspots: Hotspots | null,
  thana: string,
): Row[] {
  const excess = new Map(hotspots?.junctions.map((one) => [one.junction_id, one.excess_delay_pcu_h]));
  const rows = Object.entries(comparison.figures).map(([id, compared]): Row => {
    const junction = grouping === 'junction' ? city.junctions.find((one) => one.id === id) : undefined;
    return {
      ...compared,
      id,
      name: nameOf(city, grouping, id),
      thana: junction === undefined ? null : thanaName(city, junction.thana),
      excess_pcu_h: excess.get(id) ?? null,
      rank: null,
    };
  });
  const kept = thana === '' ? rows : rows.filter((row) => row.thana?.name_en === thana);
  const badness = (row: Row): number => row.excess_pcu_h ?? (grouping === 'junction' ? -1 : 0);
  kept.sort(
    (a, b) =>
      badness(b) - badness(a) ||
      (b.now.delay_s_pcu ?? -1) - (a.now.delay_s_pcu ?? -1) ||
      a.name.name_en.localeCompare(b.name.name_en),
  );
  kept.forEach((row, index) => (row.rank = row.now.delay_s_pcu === null ? null : index + 1));
  return kept;
}

export type Basis = 'measured' | 'simulated' | 'mixed' | 'unseen';

/** What a figure stands on: cameras on the street, a simulation, both, or nothing. */
export function basisOf(figures: Figures): Basis {
  if (figures.simulated_share === null) return 'unseen';
  if (figures.simulated_share === 0) return 'measured';
  return figures.simulated_share === 1 ? 'simulated' : 'mixed';
}

/** Whether a change is more than chance: its interval lies on one side of none. */
export function verdictOf(change: Compared['delay_change']): 'better' | 'worse' | 'unclear' | 'unknown' {
  if (change === null || change.ratio === null) return 'unknown';
  if (change.hi !== null && change.hi < 0) return 'better';
  if (change.lo !== null && change.lo > 0) return 'worse';
  return 'unclear';
}
