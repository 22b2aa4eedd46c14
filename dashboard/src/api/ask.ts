/** Asking the service, and what went wrong in a form that the page can say. */

export type TroubleKind = 'away' | 'signed_out' | 'forbidden' | 'refused';

/**
 * `refused`: the service understood and said no; `detail` is what it said, in English, `field` what it was about, with
 * the status where it was about nothing in the question.
 */
export class Trouble extends Error {
  constructor(
    readonly kind: TroubleKind,
    readonly detail = '',
    readonly field = '',
  ) {
    super(detail || kind);
  }
}

async function troubleOf(answer: Response): Promise<Trouble> {
  if (answer.status === 401) return new Trouble('signed_out');
  if (answer.status === 403) return new Trouble('forbidden');
  if (answer.status >= 500) return new Trouble('away');
  const problem = (await answer.json().catch(() => null)) as { detail?: unknown; errors?: { field?: unknown }[] } | null;
  const field = problem?.errors?.[0]?.field;
  return new Trouble(
    'refused',
    typeof problem?.detail === 'string' ? problem.detail : `${answer.status}`,
    typeof field === 'string' ? field : `${answer.status}`,
  );
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Trouble('away');
  }
  if (!answer.ok) throw await troubleOf(answer);
  return (await answer.json()) as T;
}

/** `GET`, with the parts of the query that are not null. Raises Trouble. */
export function get<T>(path: string, query: Readonly<Record<string, string | number | null>> = {}): Promise<T> {
  const given = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  const search = new URLSearchParams(given).toString();
  return ask<T>(search ? `${path}?${search}` : path, { headers: { accept: 'application/json' } });
}

/** `POST` or `DELETE`, with a JSON body where there is one. Raises Trouble. */
export function send<T>(path: string, body: unknown, method: 'POST' | 'DELETE' = 'POST'): Promise<T> {
  if (body === undefined) return ask<T>(path, { method });
  return ask<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}
