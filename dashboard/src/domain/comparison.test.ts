import { describe, expect, it } from 'vitest';
import type { Comparison, Figures } from '../api/figures';
import type { City } from '../api/types';
import { basisOf, corridorName, rowsOf, verdictOf } from './comparison';
import { comparisonCsv, csv } from './csv';
import { dateOf, dayAt, dayOf, everyOf, spanOf } from './period';

const figures = (delay_s_pcu: number | null, simulated_share: number | null = 0): Figures => ({
  delay_s_pcu, los: null, throughput_pcu_h: null, mean_queue_pcu: null, longest_queue_pcu: null, departed_pcu: null,
  cycle_failure_share: null, recorded_s: 900, seen_share: 0.5, simulated_share, mode_share: {},
});

const junction = (id: string, thana: string) => ({
  id, thana, name_en: `${id} Chauraha`, name_hi: `${id} चौराहा`, lat: 0, lon: 0, basis: 'approx', approaches: [],
  lane_groups: [], groups: [], stages: [], plans: [],
});

const city: City = {
  schema: 'chauraha.city/1', name_en: 'Kanpur', name_hi: 'कानपुर', day_start_at: 0, clock: 'driven',
  map: { type: 'FeatureCollection', features: [] }, corridors: { mall_road: ['b', 'c', 'a'], empty: [] },
  thanas: { Kotwali: { name_hi: 'कोतवाली', basis: 'memory' } }, days: [],
  junctions: [junction('a', 'Kotwali'), junction('b', 'Kotwali'), junction('c', 'Barra')],
};

const comparison = (delays: Record<string, number | null>): Comparison => ({
  at: 0, begin_at: 0, end_at: 900, against_at: -900,
  figures: Object.fromEntries(
    Object.entries(delays).map(([id, delay]) => [id, { now: figures(delay), then: figures(null), delay_change: null }]),
  ),
});

describe('rowsOf', () => {
  it('ranks junctions by what was waited too long, then by delay, and those not known last', () => {
    const hotspots = {
      at: 0, acceptable_s_pcu: 65, unknown: ['a'],
      junctions: [{ junction_id: 'c', excess_delay_pcu_h: 9 }, { junction_id: 'b', excess_delay_pcu_h: 2 }],
    };
    const rows = rowsOf(city, 'junction', comparison({ a: null, b: 90, c: 70 }), hotspots, '');
    expect(rows.map((row) => [row.id, row.rank])).toEqual([['c', 1], ['b', 2], ['a', null]]);
    expect(rowsOf(city, 'junction', comparison({ a: 3, b: 90, c: 70 }), hotspots, 'Kotwali').map((row) => row.id)).toEqual(['b', 'a']);
  });

  it('names thanas in Hindi where they have such a name, corridors by their ends and the city by its name', () => {
    expect(rowsOf(city, 'thana', comparison({ Kotwali: 1 }), null, '')[0]?.name.name_hi).toBe('कोतवाली');
    expect(rowsOf(city, 'thana', comparison({ Barra: 1 }), null, '')[0]?.name.name_hi).toBe('Barra');
    expect(rowsOf(city, 'city', comparison({ city: 1 }), null, '')[0]?.name.name_hi).toBe('कानपुर');
    expect(corridorName(city, 'mall_road').name_en).toBe('b Chauraha – a Chauraha');
    expect(corridorName(city, 'empty').name_hi).toBe('empty');
  });
});

describe('what a figure stands on', () => {
  it('is measured, simulated, both or not seen', () => {
    expect([0, 1, 0.3, null].map((share) => basisOf(figures(1, share)))).toEqual(['measured', 'simulated', 'mixed', 'unseen']);
  });

  it('makes a change certain only where its range leaves out none', () => {
    const change = (lo: number | null, hi: number | null) => ({ ratio: 0.1, lo, hi, quarters: 4 });
    expect(verdictOf(change(0.02, 0.2))).toBe('worse');
    expect(verdictOf(change(-0.2, -0.02))).toBe('better');
    expect(verdictOf(change(-0.2, 0.02))).toBe('unclear');
    expect(verdictOf(change(null, null))).toBe('unclear');
    expect(verdictOf(null)).toBe('unknown');
  });
});

describe('csv', () => {
  it('quotes what needs it, keeps formulas as text and unknown as an empty cell', () => {
    expect(csv(['a', 'b', 'c'], [['x,"y"', null, '=1+1'], [-2, 'ठीक', '']])).toBe('\uFEFFa,b,c\r\n"x,""y""",,\'=1+1\r\n-2,ठीक,\r\n');
  });

  it('holds a row with its basis and the time it is of', () => {
    const rows = rowsOf(city, 'junction', comparison({ a: 12.5 }), null, '');
    const [, line = ''] = comparisonCsv(rows, { begin_at: 0, end_at: 900 }, 'hi').split('\r\n');
    expect(line).toBe('1,a,a चौराहा,कोतवाली,1970-01-01T00:00:00.000Z,1970-01-01T00:15:00.000Z,12.5,,,,,,,,,,,0.5,measured');
  });
});

describe('periods', () => {
  /** 2026-01-05 00:00 in Kanpur, a Monday. */
  const MONDAY = 1_767_551_400;
  const own = { begin: '2026-01-01', against: '2025-12-25', days: 7 };

  it('know days as Kanpur has them', () => {
    expect(dayOf(MONDAY + 3600)).toBe(MONDAY);
    expect(dayOf(MONDAY - 1)).toBe(MONDAY - 86_400);
    expect(dateOf(MONDAY)).toBe('2026-01-05');
    expect(dayAt('2026-01-05')).toBe(MONDAY);
    expect([dayAt(''), dayAt('2026-13-40')]).toEqual([null, null]);
  });

  it('compare today with the same weekday, a week and a month with as many days before', () => {
    const now = MONDAY + 9 * 3600 + 60;
    const to = MONDAY + 9 * 3600 + 900;
    expect(spanOf('today', now, own)).toEqual({ from: MONDAY, to, against: MONDAY - 7 * 86_400 });
    expect(spanOf('week', now, own)).toEqual({ from: to - 7 * 86_400, to, against: to - 14 * 86_400 });
    expect(spanOf('month', now, own)).toEqual({ from: to - 28 * 86_400, to, against: to - 56 * 86_400 });
    expect(spanOf('today', MONDAY, own)).toEqual({ from: MONDAY - 900, to: MONDAY, against: MONDAY - 900 - 7 * 86_400 });
  });

  it('end a chosen time now, and are none while a date is missing or lies ahead', () => {
    const now = MONDAY + 3600;
    expect(spanOf('own', now, own)).toEqual({ from: MONDAY - 4 * 86_400, to: now, against: MONDAY - 11 * 86_400 });
    expect(spanOf('own', now, { ...own, days: 1 })?.to).toBe(MONDAY - 3 * 86_400);
    expect(spanOf('own', now, { ...own, against: '' })).toBeNull();
    expect(spanOf('own', now, { ...own, begin: '2026-01-06' })).toBeNull();
  });

  it('are drawn by the hour up to two days', () => {
    expect(everyOf({ from: 0, to: 2 * 86_400, against: 0 })).toBe('hour');
    expect(everyOf({ from: 0, to: 3 * 86_400, against: 0 })).toBe('day');
  });
});
