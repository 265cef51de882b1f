// Where tools and their settings are looked for; nothing is run.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import type { SetupMachine } from '../surface.ts';
import { systemPath } from '../surface.ts';

/** Where settings of programs live: `~/.config`, `~/Library/Application Support`, `%APPDATA%`. */
export function settingsHome({ platform, env, home }: SetupMachine): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  return env['XDG_CONFIG_HOME'] || join(home, '.config');
}

/** The same, and those of every program of Flatpak, which has a home of its own. */
export function settingsHomes(machine: SetupMachine): readonly string[] {
  const own = settingsHome(machine);
  const flatpaks = join(machine.home, '.var', 'app');
  if (machine.platform !== 'linux' || !existsSync(flatpaks)) return [own];
  return [
    own,
    ...readdirSync(flatpaks)
      .sort()
      .map((app) => join(flatpaks, app, 'config')),
  ];
}

/** Folders of the home where package managers put programs: the PATH of a service has none of them. */
const usual = ['.local/bin', '.npm-global/bin', '.bun/bin', '.cargo/bin', '.claude/local', 'bin'] as const;
const system = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'] as const;
const endings = { win32: ['.exe', '.cmd', '.bat'], other: [''] } as const;

export function hasProgram(machine: SetupMachine, name: string): boolean {
  const { env, home, platform } = machine;
  const isWindows = platform === 'win32';
  const listed = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const inHome = usual.map((folder) => join(home, folder));
  const folders = [...listed, ...inHome, ...(isWindows ? [] : system)].map((folder) => (isInside(home, folder) ? folder : systemPath(machine, folder)));
  return folders.some((folder) => (isWindows ? endings.win32 : endings.other).some((ending) => existsSync(join(folder, `${name}${ending}`))));
}

/** A path for people: `~/.gitconfig`. */
export function tilde({ home }: Pick<SetupMachine, 'home'>, path: string): string {
  return isInside(home, path) ? `~${path.slice(home.length)}` : path;
}

const isInside = (folder: string, path: string): boolean => path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
