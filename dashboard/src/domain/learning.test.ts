import { describe, expect, it } from 'vitest';
import { axisDigits, evaluationRows, isKnown, points } from './learning';

describe('learning curves', () => {
  it('keeps a gap where a value is not known and drops rows without a step', () => {
    const columns = { steps: [100, null, 300], reward: [-1, -0.5, null], entropy: [null, 1, null] };
    expect(points(columns, 'reward')).toEqual([[100, -1], [300, null]]);
    expect(points({}, 'reward')).toEqual([]);
    expect([isKnown(columns, 'reward'), isKnown(columns, 'entropy'), isKnown({}, 'steps')]).toEqual([true, false, false]);
  });

  it('reads evaluations row by row, and which was the best', () => {
    const evaluations = { steps: [100, 200], delay_s: [63, 61.5], rival_delay_s: [64, 64], best: [0, 1] };
    expect(evaluationRows({ curve: {}, evaluations })).toEqual([
      { steps: 100, delay_s: 63, rival_delay_s: 64, unsafe_events: null, best: false },
      { steps: 200, delay_s: 61.5, rival_delay_s: 64, unsafe_events: null, best: true },
    ]);
  });
});

describe('an axis', () => {
  it('has as many decimals as its ticks need to differ', () => {
    const over = (...values: (number | null)[]) => axisDigits({ steps: values.map((_, i) => i), delay_s: values }, ['delay_s']);
    expect(over(40, 61.2)).toBe(0);
    expect(over(61.4, null, 63)).toBe(1); // 62, 62.5, 63 and not 62, 63, 63
    expect(over(0.42, 0.47)).toBe(2);
  });
});
