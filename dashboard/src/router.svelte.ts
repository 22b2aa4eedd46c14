/** Which view the address names: `#/` the city, `#/junction/ID` one junction. */

export type Route = { view: 'city' } | { view: 'junction'; id: string };

export function parseRoute(hash: string): Route {
  const [view, id] = hash.replace(/^#\/?/, '').split('/');
  if (view === 'junction' && id) {
    try {
      return { view: 'junction', id: decodeURIComponent(id) };
    } catch {
      return { view: 'junction', id };
    }
  }
  return { view: 'city' };
}

export const CITY_ADDRESS = '#/';
export const junctionAddress = (id: string): string => `#/junction/${encodeURIComponent(id)}`;

class Router {
  route = $state<Route>(parseRoute(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.route = parseRoute(location.hash)));
  }

  go(address: string): void {
    location.hash = address;
  }
}

export const router = new Router();
