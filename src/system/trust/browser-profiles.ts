// Where the certificate databases of browsers are for this user: Chromium's, and one for every profile of Firefox.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { SetupMachine } from '../surface.ts';
import { namesIn } from './kept-files.ts';

type Place = Pick<SetupMachine, 'home' | 'env' | 'platform'>;

/**
 * Databases of Chromium and its relatives on Linux. `~/.pki/nssdb` outweighs the newer place (Chrome 146 and later) wherever it exists,
 * so it is made only where neither is: otherwise a browser would lose sight of the database it has. Confined browsers' count where they are.
 */
export function chromiumDatabases({ home, env }: Place): readonly string[] {
  const older = join(home, '.pki', 'nssdb');
  const newer = join(env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'pki', 'nssdb');
  const confined = [
    ...['.pki/nssdb', '.local/share/pki/nssdb'].map((path) => join(home, 'snap', 'chromium', 'current', path)),
    ...namesIn(join(home, '.var', 'app')).flatMap((app) => ['.pki/nssdb', 'data/pki/nssdb'].map((path) => join(home, '.var', 'app', app, path))),
  ];
  const standing = [newer, ...confined].filter((folder) => existsSync(join(folder, 'cert9.db')));
  return distinct(existsSync(older) || !standing.includes(newer) ? [older, ...standing] : standing);
}

/** Folders of Firefox profiles that exist. */
export function firefoxProfiles(place: Place): readonly string[] {
  return distinct(
    firefoxFolders(place)
      .flatMap(profilesIn)
      .filter((folder) => existsSync(folder)),
  );
}

/** Folders with a `profiles.ini`. */
function firefoxFolders({ platform, home, env }: Place): readonly string[] {
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support', 'Firefox')];
  if (platform === 'win32') return [join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Mozilla', 'Firefox')];
  const configHome = env.XDG_CONFIG_HOME ?? join(home, '.config');
  return [
    join(home, '.mozilla', 'firefox'),
    // Since Firefox 147, where ~/.mozilla does not exist.
    join(configHome, 'mozilla', 'firefox'),
    join(home, 'snap', 'firefox', 'common', '.mozilla', 'firefox'),
    join(home, '.var', 'app', 'org.mozilla.firefox', '.mozilla', 'firefox'),
    join(home, '.var', 'app', 'org.mozilla.firefox', 'config', 'mozilla', 'firefox'),
  ];
}

/** `[Profile0]`, `IsRelative=1`, `Path=abcd.default`: relative to the folder of the list, or absolute. */
function profilesIn(folder: string): readonly string[] {
  const list = textOf(join(folder, 'profiles.ini'));
  return list.split(/^\s*\[/m).flatMap((section) => {
    if (!/^Profile\d+\]/.test(section)) return [];
    const path = /^\s*Path\s*=\s*(.+?)\s*$/m.exec(section)?.[1];
    if (path === undefined) return [];
    const isRelative = /^\s*IsRelative\s*=\s*0\s*$/m.test(section) ? false : !isAbsolute(path);
    return [isRelative ? join(folder, ...path.split('/')) : path];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return '';
  }
}

/** One entry for each folder, however many names lead to it. */
function distinct(folders: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return folders.filter((folder) => {
    const real = existsSync(folder) ? realpathSync(folder) : folder;
    return !seen.has(real) && seen.add(real);
  });
}
