// Builds the app folder dist/app that Electron runs: shell, preload and face. As a program (npm run build), or on demand for start and tests.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { withBuildLock } from './build-lock.ts';

const root = join(import.meta.dirname, '..');

/** The folder to give to Electron. */
export const appFolder = join(root, 'dist/app');

/** Its time is the start of the build, so a source changed meanwhile counts as newer. */
const stamp = join(appFolder, 'package.json');
const lock = join(root, 'dist/.building');
const sources = ['electron', 'renderer', 'src', 'build/vite-builds.ts', 'build/licences.ts', 'build/bundle.ts', 'package.json'];

export interface EnsureBundleOptions {
  readonly progress?: (line: string) => void;
}

/** Builds dist/app where it is missing or older than its sources; returns its path. */
export async function ensureBundle({ progress = () => undefined }: EnsureBundleOptions = {}): Promise<string> {
  if (isFresh()) return appFolder;
  await withBuildLock(lock, async () => {
    if (isFresh()) return;
    progress('Building the app …');
    // In a process of its own: the build must not see a test runner's NODE_ENV, or React would come in its development form.
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, '--locked'], { cwd: root, env: buildEnvironment() });
    for (const line of stdout.trim().split('\n')) progress(line);
  });
  return appFolder;
}

function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined, NODE_ENV: 'production' };
}

function isFresh(): boolean {
  return existsSync(stamp) && statSync(stamp).mtimeMs > Math.max(...sources.map((name) => newestIn(join(root, name))));
}

/** Newest change below this path, milliseconds; folders count too, since a removed file changes its folder. */
function newestIn(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestIn(join(path, name))), stat.mtimeMs);
}

async function buildApp(): Promise<void> {
  const { buildFace, buildPreload, buildShell } = await import('./vite-builds.ts');
  const started = Date.now();
  const scratch = join(root, `dist/building-${process.pid}`);
  try {
    mkdirSync(scratch, { recursive: true });
    await buildShell(root, scratch);
    await buildPreload(root, scratch);
    await buildFace(root, join(scratch, 'face'));
    const icons = join(root, 'electron/icons');
    if (existsSync(icons)) cpSync(icons, join(scratch, 'icons'), { recursive: true, filter: (file) => !/\.tsx?$/.test(file) });
    writeManifest(scratch, started);
    rmSync(appFolder, { recursive: true, force: true });
    renameSync(scratch, appFolder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`Built dist/app in ${((Date.now() - started) / 1000).toFixed(1)} s; the face is ${faceSize(join(appFolder, 'face'))}\n`);
}

function writeManifest(folder: string, builtAt: number): void {
  const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>;
  const author = { name: 'The Heimdall authors', email: 'heimdall@heimdall.example' };
  const homepage = 'https://heimdall.example';
  const manifest = {
    name: 'heimdall',
    productName: 'Heimdall',
    version,
    description,
    license,
    author,
    homepage,
    desktopName: 'heimdall-tray.desktop',
    type: 'module',
    main: 'main.js',
  };
  const file = join(folder, 'package.json');
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  utimesSync(file, new Date(builtAt), new Date(builtAt));
}

function faceSize(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.(js|css|html)$/.test(entry.name));
  const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const kilobytes = (sizes: number[]): number => Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  return `${kilobytes(contents.map((bytes) => bytes.length))} kB, ${kilobytes(contents.map((bytes) => gzipSync(bytes).length))} kB compressed`;
}

if (import.meta.main) {
  process.env['NODE_ENV'] = 'production';
  await (process.argv.includes('--locked') ? buildApp() : withBuildLock(lock, buildApp));
}
