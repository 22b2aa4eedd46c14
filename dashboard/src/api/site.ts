/** A junction's movements, from its site document: which turns each signal group serves. */

export const TURNS = ['left', 'straight', 'right', 'u_turn'] as const;
export type Turn = (typeof TURNS)[number];

export interface Movement {
  id: string;
  from_approach: string;
  to_approach: string;
  turn: Turn;
  group_id: string;
}

const known = new Map<string, Movement[]>();

/** The movements of a junction; none when the service does not give them, and the page then shows no arrows. */
export async function loadMovements(junctionId: string): Promise<Movement[]> {
  const had = known.get(junctionId);
  if (had) return had;
  try {
    const answer = await fetch(`v1/junctions/${encodeURIComponent(junctionId)}/site`);
    if (!answer.ok) return [];
    const site = (await answer.json()) as { layout: { movements: Movement[] } };
    known.set(junctionId, site.layout.movements);
    return site.layout.movements;
  } catch {
    return [];
  }
}

/** Turns that a signal group serves, from left to right. */
export function turnsOf(movements: readonly Movement[], groupId: string): Turn[] {
  return TURNS.filter((turn) => movements.some((one) => one.group_id === groupId && one.turn === turn));
}
