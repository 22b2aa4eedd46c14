/** What anyone may know of the city. */

import { get } from './ask';
import type { Level, Named, Origin } from './types';

/** The ones that concern a driver most first. */
export const PUBLIC_STATES = ['out_of_order', 'flashing', 'by_police', 'unknown', 'working'] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];

export interface PublicJunction extends Named {
  id: string;
  lat: number;
  lon: number;
  state: PublicState;
  los: Level | null;
}

export interface PublicCity extends Named {
  at: number;
  origin: Origin;
  junctions: PublicJunction[];
}

export const loadPublic = (): Promise<PublicCity> => get<PublicCity>('v1/public');
