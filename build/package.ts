// `npm run package`: the installed product for this system, put together offline where it can be, and checked before anyone gets it.
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, Platform } from 'electron-builder';
import { buildAgent } from './agent-bundle.ts';
import { ensureBundle } from './bundle.ts';
import { checkPackage } from './check-package.ts';
import { packageConfiguration } from './electron-builder.config.ts';
import { findElectron } from './electron-runtime.ts';

export interface MakePackageOptions {
  readonly targets: readonly string[];
  readonly compression?: 'store' | 'normal' | 'maximum';
  readonly inspectable?: boolean;
  /** Where the results go; else dist/packages. */
  readonly output?: string;
  readonly progress: (line: string) => void;
}

export interface MadePackage {
  /** The unpacked product. */
  readonly folder: string;
  readonly files: readonly string[];
}

const root = join(import.meta.dirname, '..');

/** Builds, packs and checks. Throws an Error that lists what is wrong with the package. */
export async function makePackage(options: MakePackageOptions): Promise<MadePackage> {
  const { targets, compression, inspectable = false, progress } = options;
  const app = await ensureBundle({ progress });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const electron = await findElectron({ progress });
  if (electron.isStandIn) {
    progress(`Packed from the stand-in Electron ${electron.version}: for trying the package only. Where github.com is reachable the pinned Electron is used.`);
  }
  const output = options.output ?? join(root, 'dist/packages');
  const scratch = mkdtempSync(join(tmpdir(), 'heimdall-package-'));
  try {
    const agent = join(scratch, 'agent');
    await buildAgent(root, agent, version);
    for (const [name, value] of Object.entries(offlineTools(scratch))) process.env[name] ??= value;
    const config = packageConfiguration({
      root,
      app,
      agent,
      output,
      node: realpathSync(process.execPath),
      electronVersion: electron.version,
      electronDist: electron.dir,
      inspectable,
      ...(compression === undefined ? {} : { compression }),
    });
    const files = await build({ targets: Platform.current().createTarget([...targets]), projectDir: root, config, publish: 'never' });
    const folder = join(output, unpackedName());
    const wrong = await checkPackage(folder, { root, inspectable });
    if (wrong.length > 0) throw new Error(`The package in ${folder} is not fit to ship:\n${listed(wrong)}`);
    return { folder, files: files.filter((file) => !file.endsWith('.blockmap')) };
  } finally {
    if (process.env['CUSTOM_FPM_PATH']?.startsWith(scratch) === true) delete process.env['CUSTOM_FPM_PATH'];
    rmSync(scratch, { recursive: true, force: true });
  }
}

function listed(faults: readonly string[]): string {
  const shown = faults.slice(0, 20).map((line) => `  ${line}`);
  return [...shown, ...(faults.length > shown.length ? [`  and ${faults.length - shown.length} more`] : [])].join('\n');
}

/** electron-builder downloads 7-Zip and fpm; Debian's own programs do the same where they are installed. Variable → value. */
function offlineTools(scratch: string): Record<string, string> {
  if (process.platform !== 'linux') return {};
  // The highest level, electron-builder's own choice, takes minutes for a few per cent.
  const tools: Record<string, string> = { ELECTRON_BUILDER_COMPRESSION_LEVEL: '3' };
  if (existsSync('/usr/bin/7za')) tools['ELECTRON_BUILDER_7ZIP_PATH'] = '/usr/bin/7za';
  if (existsSync('/usr/bin/dpkg-deb')) {
    const program = join(scratch, 'fpm');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'deb-writer.ts')}' "$@"\n`, { mode: 0o755 });
    tools['CUSTOM_FPM_PATH'] = program;
  }
  return tools;
}

function unpackedName(): string {
  const arch = process.arch === 'x64' ? '' : `-${process.arch}`;
  if (process.platform === 'darwin') return `mac${arch}`;
  return `${process.platform === 'win32' ? 'win' : 'linux'}${arch}-unpacked`;
}

/** What can be made on this system without a download that a closed network refuses. */
function defaultTargets(): string[] {
  if (process.platform === 'darwin') return ['dmg', 'zip'];
  if (process.platform === 'win32') return ['nsis', 'zip'];
  return ['dir', ...(existsSync('/usr/bin/7za') ? ['tar.gz'] : []), ...(existsSync('/usr/bin/dpkg-deb') ? ['deb'] : [])];
}

if (import.meta.main) {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const targets = named.length > 0 ? named : defaultTargets();
  say(`Packing ${targets.join(', ')} …`);
  try {
    const { folder, files } = await makePackage({ targets, progress: say, ...(process.argv.includes('--fast') ? { compression: 'store' } : {}) });
    say(`Checked: ${folder} holds what it should, every fuse is shut.`);
    for (const file of files) say(file);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
