/** The city's police stations, and what each is called. */

import type { City, Named } from '../api/types';

export const thanasOf = (city: City): string[] => [...new Set(city.junctions.map((one) => one.thana))].sort();

/** A thana is known by its English name; where nobody gave a Hindi one it is called by that in both languages. */
export const thanaName = (city: City, id: string): Named => ({ name_en: id, name_hi: city.thanas[id]?.name_hi ?? id });
