/** Figures as comma-separated values (RFC 4180), with the units in the column names and the basis in each row. */

import type { Named } from '../api/types';
import { basisOf, type Row } from './comparison';
import type { Lang } from './format';

/** Makes a spreadsheet read Hindi as UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

type Cell = string | number | null;

/** A cell that a spreadsheet would take for a formula is kept a text. */
function cellText(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return BYTE_ORDER_MARK + [header, ...rows].map((row) => row.map(cellText).join(',') + '\r\n').join('');
}

const HEADER = [
  'rank', 'id', 'name', 'thana', 'begin', 'end', 'delay_s_pcu', 'los', 'delay_before_s_pcu', 'change', 'change_lo',
  'change_hi', 'excess_delay_pcu_h', 'throughput_pcu_h', 'mean_queue_pcu', 'longest_queue_pcu',
  'cycle_failure_share', 'seen_share', 'basis',
];

/** What the compare view shows; unknown is an empty cell. Times are ISO 8601, UTC. */
export function comparisonCsv(
  rows: readonly Row[],
  { begin_at, end_at }: { begin_at: number; end_at: number },
  lang: Lang,
): string {
  const nameIn = (of: Named): string => (lang === 'hi' ? of.name_hi : of.name_en);
  const [begin, end] = [begin_at, end_at].map((at) => new Date(at * 1000).toISOString());
  return csv(
    HEADER,
    rows.map((row) => [
      row.rank, row.id, nameIn(row.name), row.thana === null ? null : nameIn(row.thana), begin ?? null, end ?? null,
      row.now.delay_s_pcu, row.now.los, row.then.delay_s_pcu, row.delay_change?.ratio ?? null,
      row.delay_change?.lo ?? null, row.delay_change?.hi ?? null, row.excess_pcu_h, row.now.throughput_pcu_h,
      row.now.mean_queue_pcu, row.now.longest_queue_pcu, row.now.cycle_failure_share,
      row.now.seen_share, basisOf(row.now),
    ]),
  );
}
