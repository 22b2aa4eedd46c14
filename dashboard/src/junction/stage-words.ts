/** A stage in the page's language: "GT Road: straight, left", a line an arm. */

import type { Movement } from '../api/site';
import type { Junction, Stage } from '../api/types';
import { servedBy } from '../domain/stages';
import { i18n } from '../i18n/index.svelte';

export function stageLines(junction: Junction, stage: Stage, movements: readonly Movement[]): string[] {
  return servedBy(junction, stage.group_ids, movements).map(({ approach, turns }) => {
    const name = i18n.name(approach);
    return turns.length === 0 ? name : `${name}: ${turns.map((turn) => i18n.t.turn[turn]).join(', ')}`;
  });
}

/** With its letter, on one line; the stage's own name where no arm is known. */
export function stageLine(junction: Junction, stage: Stage, movements: readonly Movement[]): string {
  return `${stage.id}: ${stageLines(junction, stage, movements).join('; ') || stage.name}`;
}
