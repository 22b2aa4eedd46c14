/** Who uses the page: asked of the service, which knows by a cookie that no script can read. */

/** From the least to the most; each may do all that the one before it may. */
const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Me {
  name: string;
  by: 'session' | 'key' | 'open';
  role: Role | null;
  banner: 'open_access' | null;
}

export type SignInTrouble = 'wrong' | 'slow' | 'away';

class Session {
  me = $state.raw<Me | null>(null);
  /** Whether the service asks for credentials that the page does not have. */
  needed = $state(false);
  readonly open = $derived(this.me?.banner === 'open_access');

  /** Whether to offer what needs that role. The service decides again, whatever the page offers. */
  may(role: Role): boolean {
    const own = this.me?.role ?? null;
    return this.open || (own !== null && ROLES.indexOf(own) >= ROLES.indexOf(role));
  }

  async ask(): Promise<void> {
    try {
      const answer = await fetch('v1/me');
      this.needed = answer.status === 401;
      this.me = answer.ok ? ((await answer.json()) as Me) : null;
    } catch {
      // The feed says that the service is away.
    }
  }

  /** Signs in; what went wrong, or null. */
  async signIn(name: string, password: string): Promise<SignInTrouble | null> {
    try {
      const answer = await fetch('v1/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, password }),
      });
      if (!answer.ok) return answer.status === 429 ? 'slow' : answer.status >= 500 ? 'away' : 'wrong';
      this.me = (await answer.json()) as Me;
      this.needed = false;
      return null;
    } catch {
      return 'away';
    }
  }

  async signOut(): Promise<void> {
    try {
      await fetch('v1/logout', { method: 'POST' });
    } finally {
      await this.ask();
    }
  }
}

export const session = new Session();
