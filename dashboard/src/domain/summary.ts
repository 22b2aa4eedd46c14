/** The city's figures out of one state document, each with how much of the city it stands on. */

import { LEVELS, MODES, type Cause, type City, type CityState, type JunctionState, type Level, type Mode } from '../api/types';

export interface Summary {
  junctions: number;
  modes: Record<Mode, number>;
  modeUnknown: number;
  levels: Record<Level, number>;
  levelUnknown: number;
  /** Mean control delay by PCU passed, in s/PCU; null when no junction has both figures. */
  delay_s_pcu: number | null;
  delayKnown: number;
  /** Vehicles queued on the approaches that are known; null when none is. */
  queue_veh: number | null;
  approaches: number;
  approachesKnown: number;
  longest: { queue_m: number; junction_id: string } | null;
  camerasOk: number;
  camerasLost: number;
  attention: number;
}

const zero = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

/** Causes that are no trouble of the junction's own: as meant, taken over by people, or the whole service's affair. */
const QUIET: readonly Cause[] = ['as_planned', 'police', 'operator', 'no_policy', 'corridor', 'level_crossing', 'night_flash'];

/** What the control room should look at: 2 the lamps are not under control, 1 not as planned, 0 nothing. */
export function attentionLevel(state: JunctionState | undefined): 0 | 1 | 2 {
  if (state === undefined) return 1;
  const flashing = state.mode === 'flash' && state.cause !== 'night_flash';
  if (state.mode === 'dark' || flashing || state.cause === 'conflict_monitor') return 2;
  if (!QUIET.includes(state.cause) || state.mode === 'isolated' || state.mode === 'hold') return 1;
  return state.camera.state !== null && state.camera.state !== 'ok' ? 1 : 0;
}

export function summarise(city: City, state: CityState): Summary {
  const sum: Summary = {
    junctions: city.junctions.length,
    modes: zero(MODES),
    modeUnknown: 0,
    levels: zero(LEVELS),
    levelUnknown: 0,
    delay_s_pcu: null,
    delayKnown: 0,
    queue_veh: null,
    approaches: 0,
    approachesKnown: 0,
    longest: null,
    camerasOk: 0,
    camerasLost: 0,
    attention: 0,
  };
  let delayed_pcu = 0;
  let delay_s = 0;
  for (const junction of city.junctions) {
    const now = state.junctions[junction.id];
    sum.approaches += junction.approaches.length;
    if (attentionLevel(now) > 0) sum.attention += 1;
    if (now === undefined) {
      sum.modeUnknown += 1;
      sum.levelUnknown += 1;
      sum.camerasLost += 1;
      continue;
    }
    sum.modes[now.mode] += 1;
    if (now.los === null) sum.levelUnknown += 1;
    else sum.levels[now.los] += 1;
    if (now.camera.state === 'ok') sum.camerasOk += 1;
    else sum.camerasLost += 1;
    if (now.delay_s_pcu !== null && now.throughput_pcu_h !== null) {
      delay_s += now.delay_s_pcu * now.throughput_pcu_h;
      delayed_pcu += now.throughput_pcu_h;
      sum.delayKnown += 1;
    }
    for (const approach of junction.approaches) {
      const queue = now.approaches[approach.id];
      if (!queue?.known) continue;
      sum.approachesKnown += 1;
      sum.queue_veh = (sum.queue_veh ?? 0) + queue.queue_veh;
      if (sum.longest === null || queue.queue_m > sum.longest.queue_m) {
        sum.longest = { queue_m: queue.queue_m, junction_id: junction.id };
      }
    }
  }
  if (delayed_pcu > 0) sum.delay_s_pcu = delay_s / delayed_pcu;
  return sum;
}

/** Queue over a junction's known approaches, in vehicles, with how many of the approaches are known. */
export function junctionQueue(
  approachIds: readonly string[],
  state: JunctionState | undefined,
): { queue_veh: number | null; known: number } {
  let queue_veh: number | null = null;
  let known = 0;
  for (const id of approachIds) {
    const queue = state?.approaches[id];
    if (!queue?.known) continue;
    known += 1;
    queue_veh = (queue_veh ?? 0) + queue.queue_veh;
  }
  return { queue_veh, known };
}
