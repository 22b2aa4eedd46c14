import { describe, expect, it } from 'vitest';
import type { CityState, JunctionState } from '../api/types';
import { changed } from './change';

const junction: JunctionState = {
  mode: 'ai',
  cause: 'as_planned',
  since_at: 100,
  rung: 0,
  reported_age_s: 0.5,
  stage: { id: 'A', name: 'A', elapsed_s: 4 },
  lamps: { a: 'G' },
  approaches: {
    n: { known: true, age_s: 1, queue_veh: 3, queue_pcu: 2, queue_m: 20, present_veh: 4 },
    s: { known: false, age_s: null, queue_veh: 0, queue_pcu: 0, queue_m: 0, present_veh: 0 },
  },
  delay_s_pcu: 12,
  los: 'A',
  throughput_pcu_h: 900,
  camera: { state: 'ok', age_s: 1 },
  scores: null,
  reasons: [],
};
const state: CityState = { schema: 'chauraha.state/1', at: 200, origin: 'simulated', alarms: [], junctions: { j: junction } };

describe('changed', () => {
  it('ages what is not told again', () => {
    const next = changed(state, { schema: 'chauraha.state-change/1', at: 203, origin: 'simulated', junctions: {} });
    const now = next.junctions.j;
    expect(next.at).toBe(203);
    expect(now?.stage?.elapsed_s).toBe(7);
    expect(now?.camera.age_s).toBe(4);
    expect(now?.approaches.n?.age_s).toBe(4);
    expect(now?.approaches.s?.age_s).toBeNull();
    expect(now?.reported_age_s).toBe(0.5);
    expect(now?.delay_s_pcu).toBe(12);
    expect(junction.camera.age_s).toBe(1);
  });

  it('puts what is told in the place of what was', () => {
    const stage = { id: 'B', name: 'B', elapsed_s: 0 };
    const told = { stage, lamps: { a: 'r' as const } };
    const next = changed(state, { schema: 'chauraha.state-change/1', at: 201, origin: 'measured', junctions: { j: told } });
    expect(next.origin).toBe('measured');
    expect(next.junctions.j).toMatchObject({ stage, lamps: { a: 'r' }, mode: 'ai', camera: { age_s: 2 } });
    const later = changed(next, { schema: 'chauraha.state-change/1', at: 205, origin: 'measured', junctions: {} });
    expect(later.junctions.j?.stage?.elapsed_s).toBe(0);
  });

  it('keeps the alarms until others are told', () => {
    const alarms = [{ id: 'x' }] as unknown as CityState['alarms'];
    const with_alarms = { ...state, alarms };
    const change = { schema: 'chauraha.state-change/1', at: 201, origin: 'measured' as const, junctions: {} };
    expect(changed(with_alarms, change).alarms).toBe(alarms);
    expect(changed(with_alarms, { ...change, alarms: [] }).alarms).toEqual([]);
  });
});
