/** Whether what the page shows is live, by the browser's own clock. */

/** Seconds without news after which nothing on the page counts as live. */
export const STALE_AFTER_S = 5;

export interface Freshness {
  /**
   * `waiting`: nothing has come yet. `live`: news within the limit. `silent`: no event has come for longer.
   * `standing`: events come, but the service's own clock stands still, so they carry nothing new.
   */
  kind: 'waiting' | 'live' | 'silent' | 'standing';
  /** Seconds since the last news; since the page began to wait when there was none. */
  age_s: number;
}

export interface Heard {
  /** When the page began to listen, when the last event came and when one last moved the service's time, in ms. */
  start_ms: number;
  event_ms: number | null;
  advance_ms: number | null;
}

/** How fresh the page is at `now_ms`, all times on one clock in milliseconds. */
export function freshness(heard: Heard, now_ms: number): Freshness {
  const since_s = (then_ms: number): number => Math.max(0, (now_ms - then_ms) / 1000);
  if (heard.event_ms === null || heard.advance_ms === null) return { kind: 'waiting', age_s: since_s(heard.start_ms) };
  const silent_s = since_s(heard.event_ms);
  const standing_s = since_s(heard.advance_ms);
  if (silent_s > STALE_AFTER_S) return { kind: 'silent', age_s: silent_s };
  if (standing_s > STALE_AFTER_S) return { kind: 'standing', age_s: standing_s };
  return { kind: 'live', age_s: silent_s };
}

/** Age of a figure that was `age_s` old in an event heard `since_s` ago; null when it never was seen. */
export function ageNow(age_s: number | null, since_s: number): number | null {
  return age_s === null ? null : age_s + Math.max(0, since_s);
}
