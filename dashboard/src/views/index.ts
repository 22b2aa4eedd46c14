/** The views that take the page's whole width: where each is loaded from, on first use, and who may open it. */

import type { Component } from 'svelte';
import type { City } from '../api/types';
import type { Role } from '../live/session.svelte';
import type { View } from '../router.svelte';

export type WideView = Exclude<View, 'city' | 'junction'>;

interface Entry {
  role: Role;
  load: () => Promise<{ default: Component<{ city: City }> }>;
}

export const WIDE_VIEWS: Record<WideView, Entry> = {
  alarms: { role: 'viewer', load: () => import('./Alarms.svelte') },
  compare: { role: 'viewer', load: () => import('./Compare.svelte') },
  report: { role: 'viewer', load: () => import('./Report.svelte') },
  rehearsal: { role: 'viewer', load: () => import('./Rehearsal.svelte') },
  engineer: { role: 'viewer', load: () => import('./Engineer.svelte') },
  audit: { role: 'admin', load: () => import('./Audit.svelte') },
};
