// The preferences of the person at this screen, in one file of the data folder. A file that cannot be read counts as empty.
import ElectronStore from 'electron-store';
import { Preferences } from '../src/contract/shell.ts';
import type { ShellParsed } from '../src/contract/shell.ts';

export interface PreferencesStore {
  readonly current: Preferences;
  set(change: ShellParsed<'preferences.set'>): Preferences;
}

/** `folder` is absolute; the file is preferences.json in it. */
export function openPreferences(folder: string): PreferencesStore {
  const store = new ElectronStore<Record<string, unknown>>({ cwd: folder, name: 'preferences', clearInvalidConfig: true });
  const read = (): Preferences => {
    // Each by itself: one entry that someone has spoilt must not take the others with it.
    const entries = Object.entries(store.store).filter(([name, value]) => Preferences.safeParse({ [name]: value }).success);
    return Preferences.parse(Object.fromEntries(entries));
  };
  let current = read();
  return {
    get current() {
      return current;
    },
    set: (change) => {
      store.set(Object.fromEntries(Object.entries(change).filter(isGiven)));
      current = read();
      return current;
    },
  };
}

const isGiven = ([, value]: [string, unknown]): boolean => value !== undefined;
