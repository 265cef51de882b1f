// Answers the shell's own methods: preferences, pages, files, the agent's restart.
import { app, BrowserWindow, shell as desktop } from 'electron';
import type { WebContents } from 'electron';
import type { ControlClient } from '../src/contract/control.ts';
import type { AgentLink } from '../src/contract/shell.ts';
import { broadcastShellEvent } from './bridge.ts';
import type { ShellHandlers } from './bridge-calls.ts';
import { loginItemUnavailable, setLoginItem } from './login-item.ts';
import { pageAddresses } from './pages.ts';
import type { PreferencesStore } from './preferences.ts';
import { saveBundle, saveCa, saveExport } from './save-files.ts';

export interface ShellHandlerDeps {
  readonly call: ControlClient['call'];
  readonly preferences: PreferencesStore;
  readonly link: () => AgentLink;
  readonly restartAgent: () => Promise<void>;
  readonly onPreferences: () => void;
}

export function shellHandlers({ call, preferences, link, restartAgent, onPreferences }: ShellHandlerDeps): ShellHandlers<WebContents> {
  return {
    'shell.info': () => ({
      version: app.getVersion(),
      electron: process.versions.electron,
      chromium: process.versions.chrome,
      platform: process.platform,
      isPackaged: app.isPackaged,
      preferences: preferences.current,
      link: link(),
      openAtLoginUnavailable: loginItemUnavailable(),
    }),
    'preferences.set': (change) => {
      if (change.openAtLogin !== undefined && change.openAtLogin !== preferences.current.openAtLogin) setLoginItem(change.openAtLogin);
      const now = preferences.set(change);
      onPreferences();
      broadcastShellEvent('preferences.changed', now);
      return now;
    },
    'page.open': async ({ page }) => {
      await desktop.openExternal(pageAddresses[page]);
      return { opened: true };
    },
    'file.saveExport': (params, window) => saveExport(call, params, window),
    'file.saveBundle': (_params, window) => saveBundle(call, window),
    'file.saveCa': (_params, window) => saveCa(call, window),
    'agent.restart': async () => {
      await restartAgent();
      return { restarting: true };
    },
    'ask.done': (_params, window) => {
      // The main window may show a question, too; it stays.
      if (window.getURL().includes('#/ask/')) BrowserWindow.fromWebContents(window)?.close();
      return { closed: true };
    },
  };
}
