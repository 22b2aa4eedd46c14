/** One answer of the service that is not streamed: loading, here, not to be had, or here and no longer fresh. */

import { Trouble } from '../api/ask';
import { feed } from './feed.svelte';
import { session } from './session.svelte';

/** After this long without a new answer the old one is shown as old. Views ask again more often than that. */
const OLD_AFTER_S = 300;

export class Answer<T> {
  value = $state.raw<T | null>(null);
  trouble = $state.raw<Trouble | null>(null);
  loading = $state(false);
  #question = '';
  #turn = 0;
  #answered_ms = $state(0);

  readonly age_s = $derived(Math.max(0, (feed.now_ms - this.#answered_ms) / 1000));
  /** Figures of a service that is silent, whose clock stands, or that did not answer again, are old. */
  readonly old = $derived(!feed.live || this.trouble !== null || this.age_s > OLD_AFTER_S);

  /** Asks; an answer to another `question` is dropped, one to the same stays until the new one is there. */
  async load(question: string, asking: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    if (question !== this.#question) {
      this.#question = question;
      this.value = null;
      this.trouble = null;
    }
    this.loading = true;
    try {
      const value = await asking();
      if (turn !== this.#turn) return;
      this.value = value;
      this.trouble = null;
      this.#answered_ms = performance.now();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.trouble = error instanceof Trouble ? error : new Trouble('away');
      if (this.trouble.kind === 'signed_out') void session.ask();
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }
}
