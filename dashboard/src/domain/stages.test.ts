import { describe, expect, it } from 'vitest';
import type { City, Junction } from '../api/types';
import { routesFrom, servedBy } from './stages';

const arm = (id: string) => ({ id, name_en: id, name_hi: id, bearing_deg: 0 });
const junction = {
  approaches: [arm('n'), arm('s')],
  groups: [
    { id: 'n1', approach_id: 'n', kind: 'vehicle' }, { id: 'n2', approach_id: 'n', kind: 'vehicle' },
    { id: 's1', approach_id: 's', kind: 'vehicle' }, { id: 'walk', approach_id: 's', kind: 'pedestrian' },
  ],
} as Junction;
const movement = (group_id: string, turn: 'left' | 'right') => ({
  id: group_id, from_approach: 'n', to_approach: 's', turn, group_id,
});

describe('servedBy', () => {
  it('names turns only where part of an arm goes', () => {
    const movements = [movement('n1', 'left'), movement('n2', 'right')];
    const told = (ids: string[]) => servedBy(junction, ids, movements).map(({ approach, turns }) => [approach.id, turns]);
    expect(told(['n1', 's1'])).toEqual([['n', ['left']], ['s', []]]);
    expect(told(['n1', 'n2'])).toEqual([['n', []]]);
    expect(told(['walk'])).toEqual([]);
  });
});

describe('routesFrom', () => {
  const city = { corridors: { a: ['1', '2', '3', '4'], b: ['9', '2'], c: ['7', '8'] } } as unknown as City;
  it('leads both ways along each corridor of the junction', () => {
    expect(routesFrom(city, '2')).toEqual([['2', '3'], ['2', '3', '4'], ['2', '1'], ['2', '9']]);
    expect(routesFrom(city, '4')).toEqual([['4', '3'], ['4', '3', '2'], ['4', '3', '2', '1']]);
    expect(routesFrom(city, '5')).toEqual([]);
  });
});
