import { describe, expect, it } from 'vitest';
import type { City, CityState, Junction, JunctionState } from '../api/types';
import { matches, rank } from './ranking';
import { attentionLevel, junctionQueue, summarise } from './summary';

function junction(id: string, arms: string[] = ['n', 's']): Junction {
  return {
    id,
    name_en: `${id} Chauraha`,
    name_hi: `${id} चौराहा`,
    lat: 26.4,
    lon: 80.3,
    thana: 'Kotwali',
    basis: 'approx',
    approaches: arms.map((arm) => ({ id: arm, name_en: arm, name_hi: arm, bearing_deg: 0 })),
    lane_groups: [],
    groups: [],
    stages: [],
    plans: [],
  };
}

function report(part: Partial<JunctionState> = {}): JunctionState {
  return {
    mode: 'ai', cause: 'as_planned', since_at: 0, rung: 0, reported_age_s: 1, stage: null, lamps: {}, approaches: {},
    delay_s_pcu: null, los: null, throughput_pcu_h: null, camera: { state: 'ok', age_s: 1 }, scores: null, reasons: [],
    ...part,
  };
}

const KOTWALI = { name_en: 'Kotwali', name_hi: 'कोतवाली' };

const queue = (known: boolean, queue_veh: number, queue_m: number) => ({
  known, age_s: known ? 1 : 40, queue_veh, queue_pcu: queue_veh, queue_m, present_veh: queue_veh,
});

const city = (ids: string[]): City => ({
  schema: 'chauraha.city/1', name_en: 'Kanpur', name_hi: 'कानपुर', day_start_at: 0, clock: 'driven',
  map: { type: 'FeatureCollection', features: [] }, corridors: {}, thanas: {}, days: [], junctions: ids.map((id) => junction(id)),
});

const state = (junctions: Record<string, JunctionState>): CityState => ({
  schema: 'chauraha.state/1', at: 100, origin: 'simulated', alarms: [], junctions,
});

describe('summarise', () => {
  it('weighs delay by the PCU passed and leaves out what is not known', () => {
    const sum = summarise(
      city(['a', 'b', 'c']),
      state({
        a: report({ delay_s_pcu: 10, throughput_pcu_h: 3000, los: 'A' }),
        b: report({ delay_s_pcu: 50, throughput_pcu_h: 1000, los: 'C' }),
        c: report({ mode: 'fixed', cause: 'no_counts', camera: { state: 'lost', age_s: null } }),
      }),
    );
    expect(sum.delay_s_pcu).toBe(20);
    expect(sum.delayKnown).toBe(2);
    expect(sum.modes).toMatchObject({ ai: 2, fixed: 1, dark: 0 });
    expect(sum.levels).toMatchObject({ A: 1, C: 1 });
    expect([sum.levelUnknown, sum.camerasOk, sum.camerasLost, sum.attention]).toEqual([1, 2, 1, 1]);
  });

  it('never counts an unknown queue as an empty one', () => {
    const unknown = { n: queue(false, 0, 0), s: queue(false, 0, 0) };
    expect(summarise(city(['a']), state({ a: report({ approaches: unknown }) })).queue_veh).toBeNull();
    const half = { n: queue(true, 7, 30), s: queue(false, 99, 400) };
    const sum = summarise(city(['a']), state({ a: report({ approaches: half }) }));
    expect([sum.queue_veh, sum.approachesKnown, sum.approaches]).toEqual([7, 1, 2]);
    expect(sum.longest).toEqual({ queue_m: 30, junction_id: 'a' });
    expect(junctionQueue(['n', 's'], report({ approaches: half }))).toEqual({ queue_veh: 7, known: 1 });
    expect(junctionQueue(['n'], undefined)).toEqual({ queue_veh: null, known: 0 });
  });

  it('counts a junction without a report as unknown', () => {
    const sum = summarise(city(['a']), state({}));
    expect([sum.modeUnknown, sum.camerasLost, sum.attention]).toEqual([1, 1, 1]);
  });
});

describe('attentionLevel', () => {
  it('tells trouble from plan', () => {
    expect(attentionLevel(report())).toBe(0);
    expect(attentionLevel(report({ mode: 'fixed' }))).toBe(0);
    expect(attentionLevel(report({ mode: 'manual', cause: 'police' }))).toBe(0);
    expect(attentionLevel(report({ mode: 'actuated', cause: 'no_policy' }))).toBe(0);
    expect(attentionLevel(report({ mode: 'fixed', cause: 'stale_counts' }))).toBe(1);
    expect(attentionLevel(report({ camera: { state: 'frozen', age_s: 9 } }))).toBe(1);
    expect(attentionLevel(report({ mode: 'dark', cause: 'no_status' }))).toBe(2);
  });
});

describe('rank', () => {
  it('puts the worst delay first, the unknown last and the dark above all', () => {
    const rows = rank(
      city(['calm', 'none', 'worst', 'dark']),
      state({
        calm: report({ delay_s_pcu: 12 }),
        none: report(),
        worst: report({ delay_s_pcu: 140 }),
        dark: report({ mode: 'dark', cause: 'no_status' }),
      }),
    );
    expect(rows.map((row) => [row.junction.id, row.rank])).toEqual([
      ['dark', null],
      ['worst', 1],
      ['calm', 2],
      ['none', null],
    ]);
  });

  it('finds a junction by a word of either name or its thana', () => {
    expect(matches(junction('tatmill'), KOTWALI, 'TAT kot')).toBe(true);
    expect(matches(junction('tatmill'), KOTWALI, 'कोतवाली')).toBe(true);
    expect(matches(junction('tatmill'), KOTWALI, 'चौराहा')).toBe(true);
    expect(matches(junction('tatmill'), KOTWALI, 'parade')).toBe(false);
  });
});
