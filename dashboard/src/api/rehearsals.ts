/** Recorded rehearsals: `/v1/rehearsals`. A chunk's bytes are `rehearsal/chunk.ts`'s. */

import type { Mode } from './types';
import { get, Trouble } from './ask';

export const RUNS = ['ai', 'fixed'] as const;
export type Run = (typeof RUNS)[number];

export interface RehearsalFault {
  fault: string;
  kind: 'server-down' | 'camera-lost' | 'signal-dark';
  junction_id: string | null;
  from_s: number;
  /** Null: to the end. */
  to_s: number | null;
}

export interface About {
  scenario: string;
  day: string | null;
  begin_at: number;
  seed: number;
  minutes: number;
  fidelity: string;
  policy: string | null;
  faults: RehearsalFault[];
  versions: Record<string, string>;
}

export interface Rehearsal {
  id: string;
  changed_at: number;
  /** Why it cannot be replayed; then nothing else of it is known. */
  fault: string | null;
  complete: boolean;
  about: Partial<About>;
  runs: Partial<Record<Run, { seconds: number; delay_s: number | null }>>;
}

export interface ChunkEntry {
  file: string;
  size: number;
  first_s: number;
  /** A second apart; the last is the next chunk's first. */
  moments: number;
  vehicles: number;
  delay_s: number | null;
  queue_veh: number;
}

/** Half of the sides in a chunk's units, and the places of 3 x 3 points, rows from south to north. */
export interface Box {
  unit_m: number;
  half_x: number;
  half_y: number;
  lon: number[][];
  lat: number[][];
}

interface RunReport {
  delay_s: number | null;
  trips: number;
  arrived: number;
  unsafe_events: number;
}

export interface Recording {
  complete: boolean;
  about: About;
  box: Box;
  classes: string[];
  /** Length and width by class. */
  bodies_m: Record<string, [number, number]>;
  modes: Mode[];
  junctions: { id: string; groups: string[] }[];
  runs: Partial<Record<Run, ChunkEntry[]>>;
  report: { controllers: Record<Run, RunReport> } | null;
}

const pathOf = (id: string): string => `v1/rehearsals/${encodeURIComponent(id)}`;

export const loadRehearsals = async (): Promise<Rehearsal[]> =>
  (await get<{ rehearsals: Rehearsal[] }>('v1/rehearsals')).rehearsals;
export const loadRecording = (id: string): Promise<Recording> => get(pathOf(id));

/** A chunk's bytes, unpacked. Raises Trouble. */
export async function loadChunk(id: string, file: string): Promise<ArrayBuffer> {
  try {
    const answer = await fetch(`${pathOf(id)}/chunks/${encodeURIComponent(file)}`);
    if (!answer.ok || answer.body === null) throw new Trouble('refused', `${file}: ${answer.status}`);
    return await new Response(answer.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble('away', file);
  }
}
