/** The page's language: Hindi first, English by choice, remembered in this browser. */

import type { Named } from '../api/types';
import { formatDate, formatDay, formatDuration, formatNumber, formatPercent, type Lang } from '../domain/format';
import { recall, remember } from '../remember';
import { en, type Messages } from './en';
import { hi } from './hi';

const MESSAGES: Record<Lang, Messages> = { hi, en };
const KEY = 'chauraha.lang';

class I18n {
  lang = $state<Lang>(recall(KEY, ['hi', 'en'] as const) ?? 'hi');
  readonly t = $derived(MESSAGES[this.lang]);

  choose(lang: Lang): void {
    this.lang = lang;
    remember(KEY, lang);
  }

  name(of: Named): string {
    return this.lang === 'hi' ? of.name_hi : of.name_en;
  }

  otherName(of: Named): string {
    return this.lang === 'hi' ? of.name_en : of.name_hi;
  }

  number(value: number, digits = 0): string {
    return formatNumber(value, this.lang, digits);
  }

  percent(share: number, signed = false): string {
    return formatPercent(share, this.lang, signed);
  }

  day(at: number): string {
    return formatDay(at, this.lang);
  }

  date(at: number): string {
    return formatDate(at, this.lang);
  }

  duration(seconds: number): string {
    return formatDuration(seconds, this.lang);
  }

  ago(seconds: number): string {
    return this.t.ago(this.duration(seconds));
  }
}

export const i18n = new I18n();
