// Finds an Electron to run: the one named by ELECTRON_OVERRIDE_DIST_PATH, else the installed package's, else a stand-in from the registry.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { provideStandIn, standInMarker } from './stand-in-electron.ts';

export interface ElectronRuntime {
  /** Folder of the unpacked runtime. */
  readonly dir: string;
  readonly executable: string;
  /** Without a leading v; `unknown` where the folder does not say. */
  readonly version: string;
  readonly origin: 'override' | 'installed' | 'stand-in';
  /** An older Electron for tests and for trying the app; never what users are shipped. */
  readonly isStandIn: boolean;
}

export interface FindElectronOptions {
  /** Called with one line per slow step. */
  readonly progress?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Folder of the installed `electron` package. */
  readonly packageDir?: string;
}

/** Long enough for the official download on a slow line, short enough for a network that swallows packets. */
const downloadLimitMs = 180_000;
const installedPackage = join(import.meta.dirname, '../node_modules/electron');

/** Why the download failed, by package folder: it is not tried twice in one process. */
const failedDownloads = new Map<string, string>();

/** Throws an Error that says what was tried and what to do. */
export async function findElectron(options: FindElectronOptions = {}): Promise<ElectronRuntime> {
  const { progress = () => undefined, env = process.env, packageDir = installedPackage } = options;
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override !== undefined && override !== '') return fromOverride(resolve(override));

  const installed = await fromPackage(packageDir, progress);
  if (typeof installed !== 'string') return installed;
  try {
    const dir = await provideStandIn({ progress, env });
    return runtimeIn(dir, 'stand-in');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `No Electron to run. ${installed} The stand-in: ${reason} Set ELECTRON_OVERRIDE_DIST_PATH to an unpacked Electron, or run "npm ci" on a network that reaches github.com.`,
      { cause },
    );
  }
}

function fromOverride(dir: string): ElectronRuntime {
  const runtime = runtimeIn(dir, 'override');
  if (existsSync(runtime.executable)) return runtime;
  throw new Error(`ELECTRON_OVERRIDE_DIST_PATH is ${dir}, but there is no ${runtime.executable}. Point it at an unpacked Electron, or unset it.`);
}

/** The runtime of the npm package, downloaded by its own script if it is not there yet; else a sentence on why not. */
async function fromPackage(packageDir: string, progress: (line: string) => void): Promise<ElectronRuntime | string> {
  if (!existsSync(join(packageDir, 'install.js'))) return 'The electron package is not installed (npm ci brings it).';
  const dist = runtimeIn(join(packageDir, 'dist'), 'installed');
  if (!isComplete(dist)) {
    const failure = failedDownloads.get(packageDir) ?? (await download(packageDir, progress));
    if (failure !== undefined) failedDownloads.set(packageDir, failure);
    if (!isComplete(dist)) return failure ?? 'The electron package holds no binary.';
  }
  return runtimeIn(dist.dir, 'installed');
}

function isComplete({ dir, executable }: ElectronRuntime): boolean {
  return existsSync(executable) && existsSync(join(dir, 'version'));
}

async function download(packageDir: string, progress: (line: string) => void): Promise<string | undefined> {
  progress('Downloading Electron (once) …');
  const child = spawn(process.execPath, ['install.js'], { cwd: packageDir, stdio: ['ignore', 'ignore', 'pipe'], timeout: downloadLimitMs });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = await new Promise<string | undefined>((done) => {
    child.once('error', (error) => done(error.message));
    child.once('close', (code, signal) => done(code === 0 ? undefined : signal === null ? firstLine(said) : `not finished after ${downloadLimitMs / 1000} s`));
  });
  return ended === undefined ? undefined : `The download of Electron failed (${ended}).`;
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'no reason given'
  );
}

/** What is in this folder, whether or not it is complete. */
function runtimeIn(dir: string, origin: ElectronRuntime['origin']): ElectronRuntime {
  const file = join(dir, 'version');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : 'unknown';
  return { dir, executable: join(dir, executableName(process.platform)), version, origin, isStandIn: existsSync(join(dir, standInMarker)) };
}

/** Path of the program inside an unpacked Electron. */
export function executableName(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return platform === 'win32' ? 'electron.exe' : 'electron';
}
