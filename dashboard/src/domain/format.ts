/** Figures and times in words, by language. Digits are the international ones in Hindi too. */

export type Lang = 'hi' | 'en';

const LOCALE: Record<Lang, string> = { hi: 'hi-IN', en: 'en-IN' };
const UNITS: Record<Lang, { s: string; min: string; h: string; d: string }> = {
  hi: { s: 'से॰', min: 'मि॰', h: 'घं॰', d: 'दिन' },
  en: { s: 's', min: 'min', h: 'h', d: 'd' },
};

/** Making a formatter costs far more than using it, and a view shows hundreds of figures at once. */
function kept<Made>(make: (key: string) => Made): (key: string) => Made {
  const made = new Map<string, Made>();
  return (key) => {
    let one = made.get(key);
    if (one === undefined) made.set(key, (one = make(key)));
    return one;
  };
}

const numbers = kept((key) => {
  const [locale, digits] = key.split(' ');
  return new Intl.NumberFormat(locale, {
    maximumFractionDigits: Number(digits), minimumFractionDigits: Number(digits), numberingSystem: 'latn',
  });
});
const percents = kept((key) => {
  const [locale, signed] = key.split(' ');
  return new Intl.NumberFormat(locale, {
    style: 'percent', maximumFractionDigits: 0, numberingSystem: 'latn',
    signDisplay: signed === 'signed' ? 'exceptZero' : 'auto',
  });
});
const clock = kept((locale) => new Intl.DateTimeFormat(locale, {
  timeZone: 'Asia/Kolkata', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
}));
const days = kept((locale) => new Intl.DateTimeFormat(`${locale}-u-nu-latn`, {
  timeZone: 'Asia/Kolkata', weekday: 'short', day: 'numeric', month: 'short',
}));
const dates = kept((locale) => new Intl.DateTimeFormat(`${locale}-u-nu-latn`, {
  timeZone: 'Asia/Kolkata', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric',
}));

/** A number with at most `digits` decimals, grouped the Indian way. */
export function formatNumber(value: number, lang: Lang, digits = 0): string {
  return numbers(`${LOCALE[lang]} ${digits}`).format(value);
}

/** A share as a whole percentage; a change carries its sign. */
export function formatPercent(share: number, lang: Lang, signed = false): string {
  return percents(`${LOCALE[lang]} ${signed ? 'signed' : 'plain'}`).format(share);
}

/** Seconds as "42 s", "4 min 20 s", "2 h 5 min" or "3 d 4 h". */
export function formatDuration(seconds: number, lang: Lang): string {
  const unit = UNITS[lang];
  const whole = Math.max(0, Math.floor(seconds));
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
  if (whole < 60) return `${whole} ${unit.s}`;
  if (whole < 3600) return pair(Math.floor(whole / 60), unit.min, whole % 60, unit.s);
  if (whole < 86400) return pair(Math.floor(whole / 3600), unit.h, Math.floor((whole % 3600) / 60), unit.min);
  return pair(Math.floor(whole / 86400), unit.d, Math.floor((whole % 86400) / 3600), unit.h);
}

/** Time of day in Kanpur (IST) of a Unix time, "08:04:31". */
export function formatClock(at: number): string {
  return clock('en-GB').format(at * 1000);
}

/** Day in Kanpur of a Unix time, "शनि, 22 नव॰" or "Sat, 22 Nov". */
export function formatDay(at: number, lang: Lang): string {
  return days(LOCALE[lang]).format(at * 1000);
}

/** The same with its year, "Sat, 22 Nov 2025". */
export function formatDate(at: number, lang: Lang): string {
  return dates(LOCALE[lang]).format(at * 1000);
}
