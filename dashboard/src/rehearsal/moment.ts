/** The figures of one moment of a run, and how the runs differ. */

import type { Chunk } from './chunk';

export interface Moment {
  /** Mean delay so far of every vehicle due; null while there was none. */
  delay_s: number | null;
  queue_veh: number;
  running: number;
  waiting: number;
  /** By junction, in the recording's order. */
  queues: Uint16Array;
  modes: Uint8Array;
  lamps: Uint8Array;
}

/** Of the last whole second that is not after `time_s`, a second of the run that the chunk holds. */
export function momentAt(chunk: Chunk, time_s: number): Moment {
  const m = Math.min(Math.max(Math.floor(time_s) - chunk.first_s, 0), chunk.moments - 1);
  const queues = chunk.queue_veh.subarray(m * chunk.junctions, (m + 1) * chunk.junctions);
  const due = chunk.due[m] ?? 0;
  return {
    delay_s: due > 0 ? (chunk.lost_s[m] ?? 0) / due : null,
    queue_veh: queues.reduce((sum, one) => sum + one, 0),
    running: chunk.running[m] ?? 0,
    waiting: chunk.waiting[m] ?? 0,
    queues,
    modes: chunk.mode.subarray(m * chunk.junctions, (m + 1) * chunk.junctions),
    lamps: chunk.lamp.subarray(m * chunk.groups, (m + 1) * chunk.groups),
  };
}

export interface QueueRow {
  index: number;
  ai: number;
  fixed: number;
}

/** The junctions whose queues differ most between the runs, the largest difference first, then the longest queue. */
export function mostDifferent(ai: Uint16Array, fixed: Uint16Array, count: number): QueueRow[] {
  const rows = Array.from(ai, (queue, index) => ({ index, ai: queue, fixed: fixed[index] ?? 0 }));
  rows.sort(
    (a, b) =>
      Math.abs(b.ai - b.fixed) - Math.abs(a.ai - a.fixed) || b.ai + b.fixed - (a.ai + a.fixed) || a.index - b.index,
  );
  return rows.slice(0, count);
}
