import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('addEventListener', () => undefined);
const { junctionAddress, parseRoute, viewAddress } = await import('./router.svelte');

describe('addresses', () => {
  it('name a view, a junction and the choices', () => {
    expect(parseRoute('')).toEqual({ view: 'city', id: null, choices: {} });
    expect(parseRoute('#/compare?thana=Rail%20Bazar')).toEqual({ view: 'compare', id: null, choices: { thana: 'Rail Bazar' } });
    expect(parseRoute(junctionAddress('a/b'))).toEqual({ view: 'junction', id: 'a/b', choices: {} });
    expect(parseRoute(viewAddress('compare', { by: 'thana', row: '' }))).toMatchObject({ choices: { by: 'thana' } });
  });

  it('that are none lead to the city', () => {
    for (const hash of ['#/moon', '#/junction', '#/junction/', '#junction']) expect(parseRoute(hash).view).toBe('city');
    expect(parseRoute('#/junction/%E0%A4').id).toBe('%E0%A4');
  });
});
