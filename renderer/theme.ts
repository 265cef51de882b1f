// Puts the chosen theme on the document; `system` leaves the choice to the system's own setting.
import { useSyncExternalStore } from 'react';
import { currentFace, subscribeFace } from './agent-state.ts';

const darkQuery = '(prefers-color-scheme: dark)';
const contrastQuery = '(prefers-contrast: more)';

function applyTheme(): void {
  const chosen = currentFace().shell?.preferences.theme ?? 'system';
  const wantsContrast = chosen === 'system' && window.matchMedia(contrastQuery).matches;
  if (chosen === 'system' && !wantsContrast) delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = wantsContrast ? 'contrast' : chosen;
}

export function followTheme(): void {
  applyTheme();
  subscribeFace(applyTheme);
  window.matchMedia(contrastQuery).addEventListener('change', applyTheme);
}

function subscribeTheme(listener: () => void): () => void {
  const queries = [window.matchMedia(darkQuery), window.matchMedia(contrastQuery)];
  const unsubscribe = subscribeFace(listener);
  for (const query of queries) query.addEventListener('change', listener);
  return () => {
    unsubscribe();
    for (const query of queries) query.removeEventListener('change', listener);
  };
}

/** Another string at every change of colours: for what is painted on a canvas, which CSS does not reach. */
export function useThemeKey(): string {
  return useSyncExternalStore(subscribeTheme, () => {
    const chosen = currentFace().shell?.preferences.theme ?? 'system';
    return `${chosen} ${window.matchMedia(darkQuery).matches ? 'dark' : 'light'} ${window.matchMedia(contrastQuery).matches ? 'contrast' : ''}`;
  });
}
