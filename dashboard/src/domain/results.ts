/** The evaluation that a policy's card carries, read with care: cards are files that people write too. */

export interface ResultRow {
  controller: string;
  /** Mean delay in s a vehicle, with its range over the seeds where there is more than one. */
  delay_s: { mean: number; lo: number | null; hi: number | null };
  stops: number | null;
  queue_veh: number | null;
  throughput_veh: number | null;
  unsafe_events: number | null;
}

export interface Results {
  scenario: string;
  fidelity: string;
  seeds: number;
  /** The least delay first. */
  rows: ResultRow[];
}

type Unknown = Record<string, unknown>;
const part = (value: unknown): Unknown => (typeof value === 'object' && value !== null ? (value as Unknown) : {});
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Null where the card has no results that can be read. */
export function resultsOf(results: unknown): Results | null {
  const all = part(results);
  const rows = Object.entries(part(all.controllers)).flatMap(([controller, figures]): ResultRow[] => {
    const { delay_s, stops, queue_veh, throughput_veh, unsafe_events } = part(figures);
    const { mean, lo, hi } = part(delay_s);
    const delay = number(mean);
    if (delay === null) return [];
    return [
      {
        // A policy is named by its file; the folders before it say nothing here.
        controller: controller.replace(/^(policy):.*$/, '$1'),
        delay_s: { mean: delay, lo: number(lo), hi: number(hi) },
        stops: number(stops),
        queue_veh: number(queue_veh),
        throughput_veh: number(throughput_veh),
        unsafe_events: number(unsafe_events),
      },
    ];
  });
  if (rows.length === 0) return null;
  rows.sort((a, b) => a.delay_s.mean - b.delay_s.mean);
  const seeds = Array.isArray(all.seeds) ? all.seeds.length : 0;
  return { scenario: text(all.scenario), fidelity: text(all.fidelity), seeds, rows };
}

/** A card's notes as a list, also where it holds a single one. */
export const notesOf = (notes: readonly string[] | string | undefined): string[] =>
  notes === undefined ? [] : typeof notes === 'string' ? [notes] : notes.map(String);
