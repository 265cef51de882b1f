// Looks where AI apps are usually installed: names of files and folders only, nothing is opened or run.
import { readdir } from 'node:fs/promises';
import { posix, win32 } from 'node:path';

export interface InstalledAppsOptions {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The app of an executable. */
  readonly appOf: (executable: string) => string;
  /** Whether it is worth telling of: an app that is there to speak to AI. */
  readonly isAiApp: (app: string) => boolean;
  /** Names in a folder; empty where there is no such folder. */
  readonly list?: (folder: string) => Promise<readonly string[]>;
}

/** Folders and launchers that carry an app's name rather than its executable. */
const byTitle = new Map<string, string>([
  ['claude', 'claude-desktop'],
  ['anthropicclaude', 'claude-desktop'],
  ['chatgpt', 'chatgpt-desktop'],
  ['cursor', 'cursor'],
  ['windsurf', 'windsurf'],
  ['zed', 'zed'],
  ['visual studio code', 'vscode'],
  ['microsoft vs code', 'vscode'],
  ['vscodium', 'vscodium'],
  ['ollama', 'ollama'],
  ['claude-desktop', 'claude-desktop'],
  ['code', 'vscode'],
  ['codium', 'vscodium'],
  ['dev.zed.zed', 'zed'],
]);

/** App id → where it was found; the first place wins. */
export async function findInstalledApps(options: InstalledAppsOptions): Promise<ReadonlyMap<string, string>> {
  const list = options.list ?? namesIn;
  const path = options.platform === 'win32' ? win32 : posix;
  const found = new Map<string, string>();
  const note = (app: string | undefined, place: string): void => {
    if (app !== undefined && options.isAiApp(app) && !found.has(app)) found.set(app, place);
  };
  for (const folder of titledFolders(options)) {
    for (const name of await list(folder)) note(byTitle.get(titleOf(name, options.platform)), path.join(folder, name));
  }
  for (const folder of executableFolders(options)) {
    for (const name of await list(folder)) {
      const place = path.join(folder, name);
      if (isProgram(name, options.platform)) note(options.appOf(place.replace(/\.(?:cmd|ps1|bat)$/i, '')), place);
    }
  }
  return found;
}

function titledFolders({ platform, env }: InstalledAppsOptions): readonly string[] {
  const home = env['HOME'];
  const homeFolder = (rest: string): readonly string[] => (home === undefined ? [] : [posix.join(home, rest)]);
  if (platform === 'darwin') return ['/Applications', ...homeFolder('Applications')];
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'];
    return [env['ProgramFiles'], env['ProgramFiles(x86)'], local, local === undefined ? undefined : win32.join(local, 'Programs')].filter(isText);
  }
  return [
    '/usr/share/applications',
    '/usr/local/share/applications',
    '/var/lib/flatpak/exports/share/applications',
    ...homeFolder('.local/share/applications'),
  ];
}

function executableFolders({ platform, env }: InstalledAppsOptions): readonly string[] {
  const isWindows = platform === 'win32';
  const listed = (env['PATH'] ?? env['Path'] ?? '').split(isWindows ? ';' : ':');
  const home = env['HOME'];
  // A service's PATH is short: where package managers of the user put programs.
  const usual =
    isWindows || home === undefined
      ? []
      : ['.local/bin', '.npm-global/bin', '.bun/bin', '.opencode/bin', '.claude/local'].map((rest) => posix.join(home, rest));
  const system = isWindows ? [] : ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];
  const path = isWindows ? win32 : posix;
  return [...new Set([...listed, ...usual, ...system])].filter((folder) => path.isAbsolute(folder));
}

function titleOf(name: string, platform: NodeJS.Platform): string {
  const lower = name.toLowerCase();
  if (platform === 'darwin') return lower.endsWith('.app') ? lower.slice(0, -4) : '';
  if (platform === 'win32') return lower;
  return lower.endsWith('.desktop') ? lower.slice(0, -8) : '';
}

function isProgram(name: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' ? /\.(?:exe|cmd|bat|ps1)$/i.test(name) : !name.startsWith('.');
}

function isText(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    // Not there, or not ours to read: nothing was found in it.
    return [];
  }
}
