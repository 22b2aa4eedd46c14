/** The audit: `GET /v1/audit` and whether its rows follow from each other, `GET /v1/audit/chain`. */

import { get } from './ask';

export interface Act {
  seq: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
  hash: string;
}

export interface Chain {
  holds: boolean;
  rows: number;
  head_hash: string;
  fault: string | null;
}

export interface Words {
  actor: string;
  action: string;
  subject: string;
}

/** As many acts as one answer holds at most; fewer are the last ones. */
export const PAGE_LENGTH = 200;

export async function loadActs(words: Words, before: number | null): Promise<Act[]> {
  return (await get<{ acts: Act[] }>('v1/audit', { ...words, before })).acts;
}

export const loadChain = (): Promise<Chain> => get('v1/audit/chain');
