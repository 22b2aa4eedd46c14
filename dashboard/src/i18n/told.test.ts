import { describe, expect, it } from 'vitest';
import { refusedInHindi, toldInHindi } from './told';

describe('what the service says in English', () => {
  it.each([
    'guard: minimum green of ghantaghar_s: 3.5 s left',
    'maximum red of another group',
    'control refused: expired',
    'lamp: no lamp of cod_a burns',
    'power: no mains',
    'ghantaghar_s: 90 vehicles in view, the road holds 40',
    'ghantaghar_s: camera is frozen',
  ])('is told in Hindi: %s', (told) => {
    expect(toldInHindi(told)).toMatch(/[\u0900-\u097f]/);
  });

  it('keeps what it is about', () => {
    expect(toldInHindi('guard: minimum green of ghantaghar_s: 3.5 s left')).toContain('ghantaghar_s का न्यूनतम हरा समय, 3.5 से॰');
    expect(toldInHindi('control refused: expired')).toContain('समय बीत चुका था');
  });

  it('is not guessed at', () => {
    expect(toldInHindi('VIP movement')).toBeNull();
    expect(refusedInHindi('never_heard_of')).toBeNull();
  });

  it.each(['plan_id', 'route.2', 'policy_id', 'camera rawatpur-1.toml: zone geeta_nagar_s.polygon', '404'])(
    'is told by what was refused: %s',
    (field) => expect(refusedInHindi(field)).toMatch(/[\u0900-\u097f]/),
  );
});
