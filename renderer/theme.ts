// Puts the chosen theme on the document; `system` leaves the choice to the system's own setting.
import { currentFace, subscribeFace } from './agent-state.ts';

function applyTheme(): void {
  const chosen = currentFace().shell?.preferences.theme ?? 'system';
  const wantsContrast = chosen === 'system' && window.matchMedia('(prefers-contrast: more)').matches;
  if (chosen === 'system' && !wantsContrast) delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = wantsContrast ? 'contrast' : chosen;
}

export function followTheme(): void {
  applyTheme();
  subscribeFace(applyTheme);
  window.matchMedia('(prefers-contrast: more)').addEventListener('change', applyTheme);
}
