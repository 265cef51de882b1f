import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';
import { chromiumDatabases, firefoxProfiles } from '../../../../src/system/trust/browser-profiles.ts';
import { trustSurfaces } from '../../../../src/system/trust/surfaces.ts';
import { documentedTools, lookOf, throwAwayMachine } from './machine.ts';

function put(file: string, text = ''): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** As Firefox writes it, Windows' line ends on Windows. */
const profilesIni = (paths: readonly string[], ending = '\n'): string =>
  [
    ...paths.flatMap((path, index) => [`[Profile${index}]`, `Name=p${index}`, `IsRelative=${path.startsWith('/') ? 0 : 1}`, `Path=${path}`, '']),
    '[Install4F96D1932A9F858E]',
    `Default=${paths[0] ?? ''}`,
    'Locked=1',
    '',
    '[General]',
    'StartWithLastProfile=1',
    'Version=2',
    '',
  ].join(ending);

describe('browsers on Linux', () => {
  it('have a database where Chromium looks, and one more where a confined browser has made it', async () => {
    const { home } = (await throwAwayMachine()).machine;
    expect(chromiumDatabases({ home, env: {}, platform: 'linux' })).toEqual([join(home, '.pki/nssdb')]);
    const confined = ['snap/chromium/12/.pki/nssdb', '.var/app/com.google.Chrome/.pki/nssdb'].map((path) => join(home, path));
    for (const folder of confined) put(join(folder, 'cert9.db'));
    symlinkSync(join(home, 'snap/chromium/12'), join(home, 'snap/chromium/current'));
    mkdirSync(join(home, '.var/app/org.example.Editor'), { recursive: true });
    expect(chromiumDatabases({ home, env: {}, platform: 'linux' })).toEqual([
      join(home, '.pki/nssdb'),
      join(home, 'snap/chromium/current/.pki/nssdb'),
      join(home, '.var/app/com.google.Chrome/.pki/nssdb'),
    ]);
  });

  it('keep the newer database of Chrome where it is the only one', async () => {
    const { home } = (await throwAwayMachine()).machine;
    const [older, newer] = [join(home, '.pki/nssdb'), join(home, '.local/share/pki/nssdb')];
    put(join(newer, 'cert9.db'));
    expect(chromiumDatabases({ home, env: {}, platform: 'linux' })).toEqual([newer]);
    mkdirSync(older, { recursive: true });
    expect(chromiumDatabases({ home, env: {}, platform: 'linux' })).toEqual([older, newer]);
  });

  it('Firefox: every profile that exists, wherever it lies', async () => {
    const { home } = (await throwAwayMachine()).machine;
    const elsewhere = join(home, 'elsewhere/my profile');
    put(join(home, '.mozilla/firefox/profiles.ini'), profilesIni(['abcd.default', elsewhere, 'gone.default']));
    put(join(home, 'snap/firefox/common/.mozilla/firefox/profiles.ini'), profilesIni(['snap.default']));
    put(join(home, '.var/app/org.mozilla.firefox/.mozilla/firefox/profiles.ini'), profilesIni(['Profiles/flat.default']));
    const there = [
      join(home, '.mozilla/firefox/abcd.default'),
      elsewhere,
      join(home, 'snap/firefox/common/.mozilla/firefox/snap.default'),
      join(home, '.var/app/org.mozilla.firefox/.mozilla/firefox/Profiles/flat.default'),
    ];
    for (const folder of there) mkdirSync(folder, { recursive: true });
    expect(firefoxProfiles({ home, env: {}, platform: 'linux' })).toEqual(there);
  });

  it('a profile that was struck from the list is still put back', async () => {
    const { machine, ledger } = await throwAwayMachine();
    const profile = join(machine.home, '.mozilla/firefox/abcd.default');
    mkdirSync(profile, { recursive: true });
    const before = lookOf(profile);
    put(join(machine.home, '.mozilla/firefox/profiles.ini'), profilesIni(['abcd.default']));
    const find = (): SetupSurface | undefined => trustSurfaces(machine).find(({ id }) => id === `trust.nss:${profile}`);
    const surface = find();
    if (surface !== undefined) await ledger.apply(surface);
    put(join(machine.home, '.mozilla/firefox/profiles.ini'), profilesIni([]));
    const again = find();
    expect(again !== undefined && (await ledger.revert(again)).outcome).toBe('restored');
    expect(lookOf(profile)).toEqual(before);
    expect(find()).toBeUndefined();
  });

  it('each database and profile is a place of its own', async () => {
    const { machine } = await throwAwayMachine();
    put(join(machine.home, '.mozilla/firefox/profiles.ini'), profilesIni(['abcd.default']));
    mkdirSync(join(machine.home, '.mozilla/firefox/abcd.default'));
    expect(trustSurfaces(machine).map(({ id }) => id)).toEqual([
      'trust.anchors',
      `trust.nss:${machine.home}/.pki/nssdb`,
      `trust.nss:${machine.home}/.mozilla/firefox/abcd.default`,
    ]);
  });
});

describe('Firefox on macOS and Windows', () => {
  const withProfile = async (platform: 'darwin' | 'win32'): Promise<Awaited<ReturnType<typeof throwAwayMachine>> & { readonly profile: string }> => {
    const { run } = documentedTools(() => '');
    const thrown = await throwAwayMachine({ platform, run });
    const folder = join(thrown.machine.home, platform === 'darwin' ? 'Library/Application Support/Firefox' : 'AppData/Roaming/Mozilla/Firefox');
    put(join(folder, 'profiles.ini'), profilesIni(['Profiles/abcd.default'], platform === 'win32' ? '\r\n' : '\n'));
    mkdirSync(join(folder, 'Profiles/abcd.default'), { recursive: true });
    return { ...thrown, profile: join(folder, 'Profiles/abcd.default') };
  };
  const surfaceOf = (machine: SetupMachine, profile: string) => {
    const found = trustSurfaces(machine).find(({ id }) => id === `trust.firefox:${profile}`);
    if (found === undefined) throw new Error('the profile was not found');
    return found;
  };

  it.each(['darwin', 'win32'] as const)('%s: goes by the roots of the system, and is put back byte for byte', async (platform) => {
    const { machine, ledger, profile } = await withProfile(platform);
    const before = lookOf(machine.home);
    await ledger.apply(surfaceOf(machine, profile));
    expect(readFileSync(join(profile, 'user.js'), 'utf8')).toBe('user_pref("security.enterprise_roots.enabled", true); // Heimdall\n');
    await ledger.revert(surfaceOf(machine, profile));
    expect(lookOf(machine.home)).toEqual(before);
  });

  it('keeps what stands in user.js, and what is added', async () => {
    const { machine, ledger, profile } = await withProfile('win32');
    const file = join(profile, 'user.js');
    put(file, 'user_pref("security.enterprise_roots.enabled", false);\r\nuser_pref("a", 1);');
    const surface = surfaceOf(machine, profile);
    await ledger.apply(surface);
    expect(readFileSync(file, 'utf8')).toMatch(/"a", 1\);\r\nuser_pref\("security\.enterprise_roots\.enabled", true\); \/\/ Heimdall\r\n$/);
    writeFileSync(file, `${readFileSync(file, 'utf8')}user_pref("b", 2);\r\n`);
    await ledger.revert(surface);
    expect(readFileSync(file, 'utf8')).toBe('user_pref("security.enterprise_roots.enabled", false);\r\nuser_pref("a", 1);\r\nuser_pref("b", 2);\r\n');
  });

  it('changes nothing where the user has chosen it already', async () => {
    const { machine, ledger, profile } = await withProfile('darwin');
    put(join(profile, 'user.js'), `user_pref('security.enterprise_roots.enabled', true);\n`);
    const before = lookOf(machine.home);
    await ledger.apply(surfaceOf(machine, profile));
    expect(lookOf(machine.home)).toEqual(before);
  });
});
