/** Light and dark: as the device has it, or as chosen here. */

import { recall, remember } from './remember';

const CHOICES = ['auto', 'light', 'dark'] as const;
export type Choice = (typeof CHOICES)[number];
const KEY = 'chauraha.theme';

class Theme {
  choice = $state<Choice>(recall(KEY, CHOICES) ?? 'auto');
  #device = $state<'light' | 'dark'>('light');
  readonly shown = $derived(this.choice === 'auto' ? this.#device : this.choice);

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#device = query.matches ? 'dark' : 'light';
    query.addEventListener('change', (event) => (this.#device = event.matches ? 'dark' : 'light'));
  }

  next(): void {
    this.choice = CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length] ?? 'auto';
    remember(KEY, this.choice);
  }
}

export const theme = new Theme();
