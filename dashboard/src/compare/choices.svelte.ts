/** What the compare view shows, read from the address; a thana that was chosen is kept in this browser. */

import { GROUPINGS, type Grouping } from '../api/figures';
import { PERIODS, type OwnChoice, type PeriodName } from '../domain/period';
import { recallText, remember } from '../remember';
import { router } from '../router.svelte';

const THANA_KEY = 'chauraha.thana';

class Choices {
  readonly #asked = $derived(router.route.choices);
  readonly period: PeriodName = $derived(PERIODS.find((one) => one === this.#asked.period) ?? 'week');
  readonly grouping: Grouping = $derived(GROUPINGS.find((one) => one === this.#asked.by) ?? 'junction');
  readonly thana = $derived(this.grouping === 'junction' ? (this.#asked.thana ?? recallText(THANA_KEY)) : '');
  readonly row = $derived(this.#asked.row ?? '');
  /** The date of the festival that is looked at; the last one where none is asked for. */
  readonly festival = $derived(this.#asked.festival ?? '');
  readonly own: OwnChoice = $derived({
    begin: this.#asked.begin ?? '',
    against: this.#asked.against ?? '',
    days: Number(this.#asked.days) || 7,
  });
}

export const choices = new Choices();

export function keepThana(thana: string): void {
  remember(THANA_KEY, thana);
  router.choose({ thana, row: '' });
}
