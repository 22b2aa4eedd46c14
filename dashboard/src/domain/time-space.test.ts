import { describe, expect, it } from 'vitest';
import type { GreenWaves, WaveSignal } from '../api/green-waves';
import { greenBars, longestCycle_s, shown_s, signalsOf, stripes } from './time-space';

const signal = (id: string, at_m: number, out_s: number, back_s: number, from_s: number): WaveSignal => ({
  junction_id: id, at_m, cycle_s: 60, offset_s: from_s, outbound_at_s: out_s, inbound_at_s: back_s,
  outbound: [{ from_s, length_s: 30 }], inbound: [{ from_s, length_s: 30 }],
});
const waves: GreenWaves = {
  corridor_id: 'r', program: 'p', programs: ['p'], calendar_program: null,
  progression_share: 0.8, progression_basis: 'assumed', least_band_s: 8,
  signals: [signal('a', 0, 0, 30, 0), signal('b', 300, 30, 0, 30)],
  end_to_end: null,
  sections: [{
    from_junction: 'a', to_junction: 'b',
    outbound: { from_s: 0, width_s: 30, share: 0.5 }, inbound: { from_s: 30, width_s: 30, share: 0.5 },
  }],
};

describe('time-space diagram', () => {
  it('draws three cycles of greens, cut at the edges', () => {
    expect([longestCycle_s(waves), shown_s(waves)]).toEqual([60, 180]);
    const ofB = greenBars(waves).filter((bar) => bar.signal.junction_id === 'b' && bar.direction === 'outbound');
    expect(ofB.map((bar) => [bar.from_s, bar.to_s])).toEqual([[30, 60], [90, 120], [150, 180]]);
    const late = { ...waves, signals: [signal('c', 0, 0, 0, 45)] };
    const wrapped = greenBars(late).filter((bar) => bar.direction === 'inbound');
    expect(wrapped.map((bar) => [bar.from_s, bar.to_s])).toEqual([[0, 15], [45, 75], [105, 135], [165, 180]]);
  });

  it('draws a band from green to green, every cycle', () => {
    expect(signalsOf(waves, waves.sections[0]!).map((one) => one.junction_id)).toEqual(['a', 'b']);
    const out = stripes(waves).filter((one) => one.direction === 'outbound').map((one) => one.outline);
    expect(out).toContainEqual([[0, 0], [30, 300], [60, 300], [30, 0]]);
    expect(out).toContainEqual([[60, 0], [90, 300], [120, 300], [90, 0]]);
    const back = stripes(waves).filter((one) => one.direction === 'inbound').map((one) => one.outline);
    // It leaves b at 30 s and is at a 30 s later.
    expect(back).toContainEqual([[60, 0], [30, 300], [60, 300], [90, 0]]);
    expect(stripes(waves).every((one) => one.outline.some(([at_s]) => at_s <= 180))).toBe(true);
  });
});
