import { describe, expect, it } from 'vitest';
import { ageNow, freshness } from './freshness';

describe('freshness', () => {
  it('waits until the first event', () => {
    expect(freshness({ start_ms: 1000, event_ms: null, advance_ms: null }, 4000)).toEqual({ kind: 'waiting', age_s: 3 });
  });

  it('is live up to five seconds after an event and silent past it', () => {
    const heard = { start_ms: 0, event_ms: 10_000, advance_ms: 10_000 };
    expect(freshness(heard, 15_000).kind).toBe('live');
    expect(freshness(heard, 15_001)).toEqual({ kind: 'silent', age_s: 5.001 });
  });

  it('is not live when events come but the service’s clock stands', () => {
    expect(freshness({ start_ms: 0, event_ms: 20_000, advance_ms: 12_000 }, 20_500)).toEqual({
      kind: 'standing',
      age_s: 8.5,
    });
  });
});

describe('ageNow', () => {
  it('grows with the silence and stays unknown when nothing was seen', () => {
    expect(ageNow(3, 4)).toBe(7);
    expect(ageNow(3, -1)).toBe(3);
    expect(ageNow(null, 4)).toBeNull();
  });
});
