/** The strings of the public page, in both languages. */

import type { PublicState } from '../api/public';

export interface PublicMessages {
  title: (city: string) => string;
  intro: string;
  state: Record<PublicState, string>;
  stateHead: string;
  junction: string;
  level: string;
  noLevel: string;
  updated: (clock: string) => string;
  stale: (clock: string) => string;
  loading: string;
}

export const publicEn: PublicMessages = {
  title: (city) => `Signals in ${city}`,
  intro: 'Which signals work, and the level of service (A best, F worst) of the last five minutes.',
  state: {
    working: 'Working', by_police: 'Police on the spot', flashing: 'Flashing by night: give way',
    out_of_order: 'Out of order: give way', unknown: 'Not known',
  },
  stateHead: 'Signal',
  junction: 'Junction',
  level: 'Level of service',
  noLevel: 'not known',
  updated: (clock) => `as of ${clock}`,
  stale: (clock) => `Old: nothing new since ${clock}`,
  loading: 'Loading …',
};

export const publicHi: PublicMessages = {
  title: (city) => `${city} के सिग्नल`,
  intro: 'कौन-से सिग्नल चल रहे हैं, और पिछले पाँच मिनट का सेवा-स्तर (A सबसे अच्छा, F सबसे ख़राब)।',
  state: {
    working: 'चालू', by_police: 'पुलिस मौक़े पर', flashing: 'रात में ब्लिंकिंग: रास्ता दें',
    out_of_order: 'ख़राब: रास्ता दें', unknown: 'पता नहीं',
  },
  stateHead: 'सिग्नल',
  junction: 'चौराहा',
  level: 'सेवा-स्तर',
  noLevel: 'पता नहीं',
  updated: (clock) => `${clock} तक`,
  stale: (clock) => `पुराना: ${clock} से कुछ नया नहीं`,
  loading: 'आ रहा है …',
};
