// Our two kinds of window: the main one and the small one that asks. Closed means destroyed: no renderer is kept in memory.
import { BrowserWindow, nativeTheme } from 'electron';
import type { BrowserWindowConstructorOptions } from 'electron';
import type { ShellData } from '../src/contract/shell.ts';
import { sendShellEvent } from './bridge.ts';
import { facePage } from './face-files.ts';

export interface Windows {
  /** Opens or raises the main window, at this place where one is given. */
  showMain(place?: ShellData<'navigate'>): BrowserWindow;
  readonly main: BrowserWindow | undefined;
  showAsk(id: string): void;
  closeAsk(id: string): void;
  /** Closes the windows of questions that are not among these any more. */
  keepAsking(ids: readonly string[]): void;
}

export interface WindowOptions {
  /** Absolute. */
  readonly preload: string;
  readonly icon: string;
}

export function createWindows({ preload, icon }: WindowOptions): Windows {
  let main: BrowserWindow | undefined;
  const asking = new Map<string, BrowserWindow>();

  const open = (hash: string, options: BrowserWindowConstructorOptions): BrowserWindow => {
    const window = new BrowserWindow({
      title: 'Heimdall',
      icon,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#15171c' : '#f7f7f9',
      ...options,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        spellcheck: false,
        navigateOnDragDrop: false,
        safeDialogs: true,
      },
    });
    window.once('ready-to-show', () => window.show());
    window.loadURL(`${facePage}${hash}`).catch(() => undefined); // a window closed while it loads is no fault
    return window;
  };

  return {
    get main() {
      return main;
    },
    showMain: (place) => {
      if (main === undefined) {
        main = open(placeHash(place), { width: 1180, height: 760, minWidth: 880, minHeight: 560 });
        main.once('closed', () => (main = undefined));
        return main;
      }
      if (place !== undefined) sendShellEvent(main.webContents, 'navigate', place);
      if (main.isMinimized()) main.restore();
      main.show();
      main.focus();
      return main;
    },
    showAsk: (id) => {
      if (asking.has(id)) return;
      const size = { width: 480, height: 460, resizable: false, minimizable: false, maximizable: false, fullscreenable: false };
      const window = open(`#/ask/${encodeURIComponent(id)}`, { ...size, alwaysOnTop: true, title: 'Heimdall asks' });
      asking.set(id, window);
      window.once('closed', () => asking.delete(id));
    },
    closeAsk: (id) => asking.get(id)?.close(),
    keepAsking: (ids) => {
      for (const [id, window] of [...asking]) if (!ids.includes(id)) window.close();
    },
  };
}

function placeHash(place: ShellData<'navigate'> | undefined): string {
  if (place === undefined) return '';
  return `#/${place.view}${place.id === undefined ? '' : `?${new URLSearchParams({ id: place.id }).toString()}`}`;
}
