/** Where a replay is and how fast it goes. */

export const SPEEDS = ['1', '2', '5', '10', '30', '60'] as const;
export type Speed = (typeof SPEEDS)[number];

/** The page's figures follow the pictures this often. */
const SHOW_EVERY_MS = 200;
/** A page that was hidden, or a machine that stalled, does not make the replay jump. */
const LONGEST_FRAME_MS = 250;

export class Playback {
  playing = $state(false);
  speed = $state<Speed>('10');
  end_s = $state(0);
  /** The second of the run that the figures are of; `exact_s` is that of the pictures. */
  shown_s = $state(0);
  exact_s = 0;
  #shown_ms = -Infinity;

  /** A frame at `now_ms`, after one at `before_ms`. While what is to be shown is not there yet, time stands still. */
  advance(now_ms: number, before_ms: number, ready: boolean): void {
    if (this.playing && ready) {
      const passed_s = (Math.min(now_ms - before_ms, LONGEST_FRAME_MS) / 1000) * Number(this.speed);
      this.exact_s = Math.min(this.exact_s + passed_s, this.end_s);
      if (this.exact_s >= this.end_s) this.playing = false;
    }
    if (now_ms - this.#shown_ms >= SHOW_EVERY_MS || !this.playing) {
      this.#shown_ms = now_ms;
      this.shown_s = this.exact_s;
    }
  }

  toggle(): void {
    if (!this.playing && this.exact_s >= this.end_s) this.seek(0);
    this.playing = !this.playing;
  }

  seek(time_s: number): void {
    this.exact_s = Math.min(Math.max(time_s, 0), this.end_s);
    this.shown_s = this.exact_s;
  }
}

/** Seconds of a run as "4:05" or "1:02:30". */
export function runClock(time_s: number): string {
  const whole = Math.floor(time_s);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
