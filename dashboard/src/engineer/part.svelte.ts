/** Which part of the engineer's view the address asks for. */

import { router } from '../router.svelte';

export const ENGINEER_PARTS = ['policies', 'learning', 'waves', 'cameras'] as const;
export type EngineerPart = (typeof ENGINEER_PARTS)[number];

class Part {
  readonly shown: EngineerPart = $derived(
    ENGINEER_PARTS.find((one) => one === router.route.choices.part) ?? 'policies',
  );
}

export const part = new Part();
