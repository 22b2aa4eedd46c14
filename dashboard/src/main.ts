import '@fontsource/noto-sans-devanagari/400.css';
import '@fontsource/noto-sans-devanagari/600.css';
import './app.css';

import { mount } from 'svelte';

/** At `/public` what anyone may see, and not a byte of the control room. */
const isPublic = location.pathname.replace(/\/$/, '').endsWith('/public');
const loading = isPublic ? import('./public/Public.svelte') : import('./App.svelte');
// The map's library is most of the page's weight: where it is wanted first, it comes beside the page, not after it.
if (!isPublic && ['', '#', '#/'].includes(location.hash)) import('./parts/CityMap.svelte').catch(() => undefined);

void loading.then(({ default: Shown }) => {
  const target = document.getElementById('app');
  if (target !== null) mount(Shown, { target });
});
