// Which Electron is run: the override, the installed one, the stand-in; and what is said when there is none.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executableName, findElectron } from '../../../build/electron-runtime.ts';
import { checkIntegrity, standInFolder, standInMarker } from '../../../build/stand-in-electron.ts';

let scratch = '';
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), 'heimdall-electron-'))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function makeRuntime(dir: string, version: string): string {
  const executable = join(dir, executableName(process.platform));
  mkdirSync(dirname(executable), { recursive: true });
  writeFileSync(executable, '');
  chmodSync(executable, 0o755);
  writeFileSync(join(dir, 'version'), version);
  return executable;
}

/** An electron package whose own download fails as it does on a closed network, and leaves a trace of each try. */
function makePackageThatCannotDownload(): string {
  const dir = join(scratch, 'package');
  mkdirSync(dir);
  writeFileSync(join(dir, 'install.js'), "require('node:fs').appendFileSync('tries', 'x'); console.error('TypeError: fetch failed'); process.exit(1);");
  return dir;
}

describe('the Electron to run', () => {
  it('is the one ELECTRON_OVERRIDE_DIST_PATH names, before any other', async () => {
    const executable = makeRuntime(join(scratch, 'mine'), 'v45.0.0');
    const found = await findElectron({ env: { ELECTRON_OVERRIDE_DIST_PATH: join(scratch, 'mine') } });
    expect(found).toEqual({ dir: join(scratch, 'mine'), executable, version: '45.0.0', origin: 'override', isStandIn: false });
  });

  it('is never another one than the override, even when that is empty', async () => {
    await expect(findElectron({ env: { ELECTRON_OVERRIDE_DIST_PATH: scratch } })).rejects.toThrow(/ELECTRON_OVERRIDE_DIST_PATH is .*Point it at/);
  });

  it('is the installed package where that has its binary', async () => {
    const packageDir = join(scratch, 'package');
    makeRuntime(join(packageDir, 'dist'), '45.4.1');
    writeFileSync(join(packageDir, 'install.js'), '');
    expect(await findElectron({ env: {}, packageDir })).toMatchObject({ origin: 'installed', version: '45.4.1', isStandIn: false });
  });

  it('is the stand-in from the cache where the download fails, and the download is tried once', async () => {
    const packageDir = makePackageThatCannotDownload();
    const env = { XDG_CACHE_HOME: join(scratch, 'cache') };
    makeRuntime(standInFolder(env), '33.2.1');
    writeFileSync(join(standInFolder(env), standInMarker), '{}');
    const lines: string[] = [];
    const progress = (line: string): void => void lines.push(line);
    expect(await findElectron({ env, packageDir, progress })).toMatchObject({ origin: 'stand-in', version: '33.2.1', isStandIn: true });
    await findElectron({ env, packageDir, progress });
    expect(lines).toEqual(['Downloading Electron (once) …']);
  });

  it('refuses an archive that is not the pinned one', async () => {
    const file = join(scratch, 'archive.tgz');
    writeFileSync(file, 'something else');
    await expect(checkIntegrity(file, 'sha512-AAAA')).rejects.toThrow(/not the expected one/);
  });
});
