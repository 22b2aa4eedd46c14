/**
 * An audit row's detail as one line: "Kind: stage, Stage: B, Reason: ambulance". `names` are the page's words for what is
 * told; a time (`…_at`) is given as `clock` says it, everything else as it was written.
 */
export function actDetail(
  detail: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
  clock: (at: number) => string,
): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => {
      const time = name.endsWith('_at') && typeof value === 'number';
      const shown = time ? clock(value) : typeof value === 'object' ? JSON.stringify(value) : String(value);
      return `${names[name] ?? name}: ${shown}`;
    })
    .join(', ');
}
