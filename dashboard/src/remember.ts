/** Small choices kept in this browser; a browser that keeps nothing is no error. */

export function recallText(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function recall<T extends string>(key: string, allowed: readonly T[]): T | null {
  const value = recallText(key);
  return allowed.find((choice) => choice === value) ?? null;
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
