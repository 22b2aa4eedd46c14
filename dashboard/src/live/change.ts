/** Puts a `change` of the stream into the state before it: what is not told again has only grown older. */

import type { CityChange, CityState, JunctionState } from '../api/types';

/** The state at the change's time. */
export function changed(before: CityState, change: CityChange): CityState {
  const passed_s = change.at - before.at;
  const junctions: Record<string, JunctionState> = {};
  for (const [id, junction] of Object.entries(before.junctions)) {
    junctions[id] = { ...aged(junction, passed_s), ...change.junctions[id] };
  }
  return {
    ...before,
    at: change.at,
    origin: change.origin,
    alarms: change.alarms ?? before.alarms,
    junctions,
  };
}

function aged(junction: JunctionState, passed_s: number): JunctionState {
  const older = (age_s: number | null): number | null => (age_s === null ? null : age_s + passed_s);
  const { stage, camera, approaches } = junction;
  return {
    ...junction,
    // A stage that is not all green yet has not begun.
    stage: stage === null || stage.elapsed_s === 0 ? stage : { ...stage, elapsed_s: stage.elapsed_s + passed_s },
    camera: { ...camera, age_s: older(camera.age_s) },
    approaches: Object.fromEntries(
      Object.entries(approaches).map(([id, approach]) => [id, { ...approach, age_s: older(approach.age_s) }]),
    ),
  };
}
