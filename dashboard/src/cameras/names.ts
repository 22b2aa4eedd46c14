/** What a lane group and a shape are called on the page. */

import type { Junction } from '../api/types';
import type { Kind } from '../domain/drawing';
import { i18n } from '../i18n/index.svelte';

/** "Geeta Nagar, geeta_nagar_s": the approach's name tells people, the id tells one lane group from the next. */
export function laneGroupName(junction: Junction, laneGroupId: string): string {
  const group = junction.lane_groups.find((one) => one.id === laneGroupId);
  const approach = junction.approaches.find((one) => one.id === group?.approach_id);
  return approach ? `${i18n.name(approach)}, ${laneGroupId}` : laneGroupId;
}

export function shapeName(junction: Junction, shape: { kind: Kind; name: string }): string {
  const kind = i18n.t.cameras.kind[shape.kind];
  if (shape.kind === 'mask') return kind;
  return `${kind} ${shape.kind === 'line' ? shape.name : laneGroupName(junction, shape.name)}`;
}
