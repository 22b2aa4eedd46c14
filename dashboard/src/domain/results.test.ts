import { describe, expect, it } from 'vitest';
import { notesOf, resultsOf } from './results';

describe('resultsOf', () => {
  it('reads the least delay first, a range only where there is one', () => {
    const read = resultsOf({
      scenario: 'kanpur', fidelity: 'training', seeds: [1, 2],
      controllers: {
        fixed: { delay_s: { mean: 205, lo: 202, hi: 208 }, stops: 2.7, unsafe_events: 0 },
        'policy:runs/x.onnx': { delay_s: { mean: 104, lo: null, hi: null } },
        broken: { delay_s: {} },
      },
    });
    expect(read).toMatchObject({ scenario: 'kanpur', fidelity: 'training', seeds: 2 });
    expect(read?.rows.map((row) => [row.controller, row.delay_s.mean, row.delay_s.lo])).toEqual([
      ['policy', 104, null],
      ['fixed', 205, 202],
    ]);
    expect(read?.rows[1]).toMatchObject({ stops: 2.7, unsafe_events: 0, queue_veh: null });
  });

  it('is null for what is no results', () => {
    for (const card of [undefined, null, 'good', {}, { controllers: 3 }, { controllers: { a: null } }]) {
      expect(resultsOf(card)).toBeNull();
    }
  });
});

it('takes notes as a list or as one', () => {
  expect([notesOf(undefined), notesOf('one'), notesOf(['a', 'b'])]).toEqual([[], ['one'], ['a', 'b']]);
});
