/** The service's news: the city once, its state, then what changes in it by server-sent events, with how fresh it is. */

import type { City, CityChange, CityState } from '../api/types';
import { changed } from './change';
import { session } from './session.svelte';
import { ageNow, freshness, type Freshness, type Heard } from '../domain/freshness';

const CITY_RETRY_MS = 5000;
const RECONNECT_MS = 2000;
/** A stream that is open but silent for this long is closed and opened anew. */
const SILENT_MS = 12000;
const TICK_MS = 500;

class Feed {
  city = $state.raw<City | null>(null);
  state = $state.raw<CityState | null>(null);
  cityFailed = $state(false);
  #heard = $state.raw<Heard>({ start_ms: performance.now(), event_ms: null, advance_ms: null });
  /** The browser's own clock, a tick behind at most. */
  now_ms = $state(performance.now());
  #source: EventSource | null = null;
  #opened_ms = 0;
  #everOpen = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  readonly fresh: Freshness = $derived(freshness(this.#heard, this.now_ms));
  readonly live = $derived(this.fresh.kind === 'live');
  /** Seconds since the last event came: by what countdowns in it have gone on. */
  readonly since_s = $derived(
    this.#heard.event_ms === null ? 0 : Math.max(0, (this.now_ms - this.#heard.event_ms) / 1000),
  );

  start(): void {
    void this.loadCity();
    this.#connect();
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** After signing in: everything anew. */
  restart(): void {
    void this.loadCity();
    this.#connect();
  }

  /**
   * Age now of a figure that was `age_s` old when the last event was made. Events of a service whose clock stands make
   * nothing younger.
   */
  age(age_s: number | null): number | null {
    const { advance_ms } = this.#heard;
    return ageNow(age_s, advance_ms === null ? 0 : (this.now_ms - advance_ms) / 1000);
  }

  async loadCity(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const asking = session.me === null;
      const [answer] = await Promise.all([
        fetch('v1/city', { headers: { accept: 'application/json' } }),
        asking ? session.ask() : undefined,
      ]);
      if (answer.status === 401 && !asking) await session.ask(); // a session that has ended
      if (!answer.ok) throw new Error(`GET v1/city: ${answer.status}`);
      this.city = (await answer.json()) as City;
      this.cityFailed = false;
    } catch {
      this.cityFailed = this.city === null;
      this.#retry = setTimeout(() => void this.loadCity(), CITY_RETRY_MS);
    }
  }

  #hear<Told>(data: string, next: (told: Told) => CityState | null): void {
    let state;
    try {
      state = next(JSON.parse(data) as Told);
    } catch {
      // A broken event leaves a gap that no change closes: from the whole state on, then.
      this.#connect();
      return;
    }
    if (state === null) return;
    const now_ms = performance.now();
    const moved = this.state === null || state.at !== this.state.at;
    this.#heard = { ...this.#heard, event_ms: now_ms, advance_ms: moved ? now_ms : this.#heard.advance_ms };
    this.now_ms = now_ms;
    this.state = state;
  }

  #connect(): void {
    this.#source?.close();
    const source = new EventSource('v1/stream');
    this.#source = source;
    this.#opened_ms = performance.now();
    source.addEventListener('open', () => {
      // After a break the service may have been started anew, with another city.
      if (this.#everOpen) void this.loadCity();
      this.#everOpen = true;
    });
    source.addEventListener('state', (event) => this.#hear(event.data as string, (told: CityState) => told));
    source.addEventListener('change', (event) =>
      this.#hear(event.data as string, (told: CityChange) => this.state && changed(this.state, told)),
    );
  }

  #tick(): void {
    this.now_ms = performance.now();
    const quiet_ms = this.now_ms - Math.max(this.#opened_ms, this.#heard.event_ms ?? 0);
    // The browser reconnects a dropped stream by itself, but gives up on an error answer and never sees a dead peer.
    const gone = this.#source?.readyState === EventSource.CLOSED && this.now_ms - this.#opened_ms > RECONNECT_MS;
    if (session.needed) return; // no stream without signing in
    if (gone || quiet_ms > SILENT_MS) {
      if (gone) void session.ask(); // a session may have ended
      this.#connect();
    }
  }
}

export const feed = new Feed();
