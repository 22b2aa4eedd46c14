import '@fontsource/noto-sans-devanagari/400.css';
import '@fontsource/noto-sans-devanagari/600.css';
import './app.css';

import { mount } from 'svelte';

/** At `/public` what anyone may see, and not a byte of the control room. */
const isPublic = location.pathname.replace(/\/$/, '').endsWith('/public');
const loading = isPublic ? import('./public/Public.svelte') : import('./App.svelte');

void loading.then(({ default: Shown }) => {
  const target = document.getElementById('app');
  if (target !== null) mount(Shown, { target });
});
