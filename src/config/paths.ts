// Where Heimdall's files are on each system: settings of the administrator, settings of the user, and the data folder.
import { posix, win32 } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  /** Home directory of the user, absolute. */
  readonly home: string;
  /** What relative paths on the command line and in the environment start from, absolute. */
  readonly cwd: string;
}

export interface HeimdallPaths {
  /** The first that exists is read. */
  readonly managedFiles: readonly string[];
  /** The first that exists is read. */
  readonly userFiles: readonly string[];
  readonly dataDir: string;
}

export function heimdallPaths(machine: Machine): HeimdallPaths {
  const folders = foldersOf(machine);
  const dataDir = machine.env['HEIMDALL_DATA_DIR'];
  return {
    managedFiles: folders.managed.flatMap(settingsIn(machine.platform)),
    userFiles: settingsIn(machine.platform)(folders.user),
    dataDir: dataDir === undefined || dataDir === '' ? folders.data : absolutePath(dataDir, machine.cwd, machine),
  };
}

/** An absolute path; `~/` is the home directory, all else relative starts at `base`. */
export function absolutePath(path: string, base: string, machine: Pick<Machine, 'platform' | 'home'>): string {
  const { resolve } = pathsOf(machine.platform);
  return /^~[\\/]/.test(path) ? resolve(machine.home, path.slice(2)) : resolve(base, path);
}

/** The path functions of the given system, whatever system this runs on. */
export function pathsOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

interface Folders {
  readonly managed: readonly string[];
  readonly user: string;
  readonly data: string;
}

function foldersOf({ platform, env, home }: Machine): Folders {
  if (platform === 'win32') {
    const { join } = win32;
    const local = env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    const roaming = env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
    // The fixed place goes first: a user can set the variable, and must not lose managed settings by it.
    const programData = [...new Set(['C:\\ProgramData', env['ProgramData'] ?? 'C:\\ProgramData'])];
    return { managed: programData.map((folder) => join(folder, 'Heimdall')), user: join(roaming, 'Heimdall'), data: join(local, 'Heimdall') };
  }
  const { join } = posix;
  if (platform === 'darwin') {
    const own = join(home, 'Library', 'Application Support', 'Heimdall');
    return { managed: ['/Library/Application Support/Heimdall'], user: own, data: own };
  }
  return {
    managed: ['/etc/heimdall'],
    user: join(xdg(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'heimdall'),
    data: join(xdg(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), 'heimdall'),
  };
}

/** The XDG specification: a relative path is to be ignored. */
function xdg(folder: string | undefined): string | undefined {
  return folder?.startsWith('/') === true ? folder : undefined;
}

const settingsIn =
  (platform: NodeJS.Platform) =>
  (folder: string): string[] =>
    ['settings.yaml', 'settings.yml', 'settings.json'].map((name) => pathsOf(platform).join(folder, name));
