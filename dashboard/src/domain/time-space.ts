/** A time-space diagram: greens as bars over time at each signal's distance, bands as stripes between signals. */

import { DIRECTIONS, type Direction, type Green, type GreenWaves, type Section, type WaveSignal } from '../api/green-waves';

/** How many of the longest cycles are drawn. */
const CYCLES = 3;

export interface Bar {
  signal: WaveSignal;
  direction: Direction;
  from_s: number;
  to_s: number;
}

/** `[seconds, metres]`: along the head of the band and back along its tail. */
export type Outline = [number, number][];

export interface Stripe {
  direction: Direction;
  outline: Outline;
}

export const longestCycle_s = (waves: GreenWaves): number => Math.max(...waves.signals.map((one) => one.cycle_s));

export const shown_s = (waves: GreenWaves): number => CYCLES * longestCycle_s(waves);

function bars(signal: WaveSignal, direction: Direction, green: Green, until_s: number): Bar[] {
  const found: Bar[] = [];
  // A green may have begun before midnight, the diagram's left edge.
  for (let from_s = green.from_s - signal.cycle_s; from_s < until_s; from_s += signal.cycle_s) {
    const bar = { signal, direction, from_s: Math.max(0, from_s), to_s: Math.min(until_s, from_s + green.length_s) };
    if (bar.to_s > bar.from_s) found.push(bar);
  }
  return found;
}

export const greenBars = (waves: GreenWaves): Bar[] =>
  waves.signals.flatMap((signal) =>
    DIRECTIONS.flatMap((direction) => signal[direction].flatMap((green) => bars(signal, direction, green, shown_s(waves)))),
  );

const arrival_s = (signal: WaveSignal, direction: Direction): number =>
  direction === 'outbound' ? signal.outbound_at_s : signal.inbound_at_s;

/** The signals of a section, in the corridor's order. */
export function signalsOf(waves: GreenWaves, section: Section): WaveSignal[] {
  const place = (id: string): number => waves.signals.findIndex((one) => one.junction_id === id);
  return waves.signals.slice(place(section.from_junction), place(section.to_junction) + 1);
}

/** Every band of the sections as often as it comes into the drawn time. */
export function stripes(waves: GreenWaves): Stripe[] {
  const until_s = shown_s(waves);
  return waves.sections.flatMap((section) => {
    const signals = signalsOf(waves, section);
    const cycle_s = Math.max(...signals.map((one) => one.cycle_s));
    return DIRECTIONS.flatMap((direction) => {
      const { from_s, width_s } = section[direction];
      const times = signals.map((one) => from_s + arrival_s(one, direction));
      const first = -Math.ceil((Math.max(...times) + width_s) / cycle_s);
      const last = Math.floor((until_s - Math.min(...times)) / cycle_s);
      const found: Stripe[] = [];
      for (let turn = first; turn <= last; turn += 1) {
        const head = signals.map((one, i): [number, number] => [(times[i] ?? 0) + turn * cycle_s, one.at_m]);
        const tail = head.map(([at_s, at_m]): [number, number] => [at_s + width_s, at_m]);
        found.push({ direction, outline: [...head, ...tail.reverse()] });
      }
      return found;
    });
  });
}
