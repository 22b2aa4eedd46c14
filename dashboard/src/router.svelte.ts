/**
 * Which view the address names: `#/` the city, `#/junction/ID` one junction, `#/compare?thana=Kotwali` a view with its
 * choices. The choices are in the address, so that a view can be kept, sent and gone back to.
 */

export const VIEWS = ['city', 'junction', 'alarms', 'compare', 'report', 'rehearsal', 'engineer', 'audit'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  view: View;
  /** Of the junction view only. */
  id: string | null;
  choices: Readonly<Record<string, string>>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name, id] = path.split('/');
  const choices = Object.fromEntries(new URLSearchParams(query));
  if (name === 'junction' && id) return { view: 'junction', id: decoded(id), choices };
  const view = VIEWS.find((one) => one === name && one !== 'junction') ?? 'city';
  return { view, id: null, choices };
}

export const CITY_ADDRESS = '#/';
export const junctionAddress = (id: string): string => `#/junction/${encodeURIComponent(id)}`;

/** The address of a view with its choices; empty ones are left out. */
export function viewAddress(view: View, choices: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(Object.entries(choices).filter(([, value]) => value !== '')).toString();
  return `#/${view === 'city' ? '' : view}${query && `?${query}`}`;
}

class Router {
  route = $state.raw<Route>(parseRoute(location.hash));
  /** The junction that was looked at last, for the way back to it. */
  lastJunction = $state<string | null>(null);

  constructor() {
    this.#note();
    addEventListener('hashchange', () => {
      this.route = parseRoute(location.hash);
      this.#note();
    });
  }

  go(address: string): void {
    location.hash = address;
  }

  /** Changes some of the view's choices, without a step in the browser's history. */
  choose(choices: Readonly<Record<string, string>>): void {
    location.replace(viewAddress(this.route.view, { ...this.route.choices, ...choices }));
  }

  #note(): void {
    if (this.route.id !== null) this.lastJunction = this.route.id;
  }
}

export const router = new Router();
