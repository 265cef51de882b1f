// What the package managers of the system have installed: their databases are read as files; only Windows is asked through `reg`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RunProgram } from '../run-program.ts';
import { systemPath } from '../surface.ts';
import { expand, namesIn } from './folder-patterns.ts';
import type { FoundPackage, PackagePlace } from './found-package.ts';

export async function systemPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  const { platform, run } = place;
  if (platform === 'win32') return await windowsPrograms(run);
  const brew = brewPackages(place);
  if (platform === 'darwin') return await brew;
  return (await Promise.all([debianPackages(place), Promise.resolve(rpmPackages(place)), folderPackages(place), brew])).flat();
}

async function debianPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  const status = await readFile(systemPath(place, '/var/lib/dpkg/status'), 'utf8').catch(() => '');
  return packagesFromDpkg(status);
}

/** From the text of /var/lib/dpkg/status: packages that are installed, not those of which only settings are left. */
export function packagesFromDpkg(status: string): readonly FoundPackage[] {
  return status.split('\n\n').flatMap((stanza) => {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.+)$`, 'm').exec(stanza)?.[1];
    const name = field('Package');
    if (name === undefined || field('Status')?.endsWith(' installed') !== true) return [];
    return [{ kind: 'system' as const, name: name.toLowerCase(), version: field('Version'), list: 'Debian package' }];
  });
}

/** RPM 4.16 and later keep an SQLite file; its table `Name` is the index of the packages by name. Older databases are not read. */
function rpmPackages(place: PackagePlace): readonly FoundPackage[] {
  for (const path of ['/usr/lib/sysimage/rpm/rpmdb.sqlite', '/var/lib/rpm/rpmdb.sqlite']) {
    try {
      const database = new DatabaseSync(systemPath(place, path), { readOnly: true });
      try {
        const rows = database.prepare('SELECT DISTINCT key FROM Name').all();
        return rows.map(({ key }) => ({ kind: 'system' as const, name: String(key).toLowerCase(), list: 'RPM package' }));
      } finally {
        database.close();
      }
    } catch {
      // No such database here, or not one that can be read: nothing was found in it.
    }
  }
  return [];
}

/** Snap and Flatpak: one folder each. */
async function folderPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  return await inFolders([
    [systemPath(place, '/snap'), 'Snap'],
    [systemPath(place, '/var/lib/flatpak/app'), 'Flatpak'],
    [join(place.home, '.local/share/flatpak/app'), 'Flatpak'],
  ]);
}

async function brewPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  const prefixes = await expand(systemPath(place, place.platform === 'darwin' ? '/opt/homebrew' : '/home/linuxbrew/.linuxbrew'));
  const all = [...prefixes, ...(place.platform === 'darwin' ? [systemPath(place, '/usr/local')] : [])];
  return await inFolders(
    all.flatMap((prefix) => [[join(prefix, 'Cellar'), 'Homebrew formula'] as const, [join(prefix, 'Caskroom'), 'Homebrew cask'] as const]),
  );
}

async function inFolders(folders: readonly (readonly [folder: string, list: string])[]): Promise<readonly FoundPackage[]> {
  const found = await Promise.all(
    folders.map(async ([folder, list]) => (await namesIn(folder)).map((name) => ({ kind: 'system' as const, name: name.toLowerCase(), list }))),
  );
  return found.flat();
}

const uninstallKeys = [
  String.raw`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`,
  String.raw`HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`,
  String.raw`HKCU\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`,
];

async function windowsPrograms(run: RunProgram): Promise<readonly FoundPackage[]> {
  // Exit code 1: no such key, or none with a name. There is nothing to read then.
  const outputs = await Promise.all(uninstallKeys.map((key) => run('reg', ['query', key, '/s', '/v', 'DisplayName'])));
  return outputs.flatMap(({ stdout }) => programsFromReg(stdout));
}

/** From what `reg query … /s /v DisplayName` prints. */
export function programsFromReg(output: string): readonly FoundPackage[] {
  return [...output.matchAll(/^\s+DisplayName\s+REG_(?:SZ|EXPAND_SZ)\s+(.+?)\s*$/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [{ kind: 'windows' as const, name, list: 'installed program' }],
  );
}
