/** What a stage lets go, and the ways on from a junction along the city's corridors. */

import { turnsOf, type Movement, type Turn } from '../api/site';
import type { Approach, City, Junction } from '../api/types';

export interface Served {
  approach: Approach;
  /** Empty where the whole arm goes, or where its turns are not known. */
  turns: Turn[];
}

/** The arms that a stage's groups let go. */
export function servedBy(junction: Junction, groupIds: readonly string[], movements: readonly Movement[]): Served[] {
  return junction.approaches.flatMap((approach): Served[] => {
    const own = junction.groups.filter((group) => group.approach_id === approach.id && group.kind === 'vehicle');
    const green = own.filter((group) => groupIds.includes(group.id));
    if (green.length === 0) return [];
    const turns = green.length === own.length ? [] : green.flatMap((group) => turnsOf(movements, group.id));
    return [{ approach, turns }];
  });
}

/** The route to each junction that a corridor leads to from this one, both ways; the nearest first. */
export function routesFrom(city: City, junctionId: string): string[][] {
  return Object.values(city.corridors).flatMap((ids) => {
    const place = ids.indexOf(junctionId);
    if (place < 0) return [];
    const on = ids.slice(place + 1).map((_, index) => ids.slice(place, place + index + 2));
    const back = ids.slice(0, place).map((_, index) => ids.slice(place - index - 1, place + 1).reverse());
    return [...on, ...back];
  });
}
