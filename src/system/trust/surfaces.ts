// Every place on this machine where the CA can be trusted, each on its own: one that is missing never stops the others.
import { existsSync } from 'node:fs';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { anchorLayout } from './anchor-layouts.ts';
import { linuxAnchors } from './anchors.ts';
import { chromiumDatabases, firefoxProfiles } from './browser-profiles.ts';
import { enterpriseRoots } from './enterprise-roots.ts';
import { javaKeystore } from './java-keystore.ts';
import { javaKeystores } from './java-keystores.ts';
import { KeptFiles } from './kept-files.ts';
import { loginKeychain, systemKeychain } from './keychain.ts';
import { nssDatabase } from './nss-database.ts';
import { machineRootStore, userRootStore } from './root-store.ts';

export function trustSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'linux') return onLinux(machine);
  const system = machine.platform === 'darwin' ? systemKeychain(machine) : machineRootStore(machine);
  const user = machine.platform === 'darwin' ? loginKeychain(machine, system) : userRootStore(machine);
  const roots = async (): Promise<readonly string[]> => (await Promise.all([system, user].map(async (store) => (await store.roots?.()) ?? []))).flat();
  const found = [system, user, ...firefoxProfiles(machine).map((profile) => enterpriseRoots(profile, roots)), ...java(machine, [])];
  return [...found, ...noLongerFound(machine, found)];
}

function onLinux(machine: SetupMachine): readonly SetupSurface[] {
  const generated = anchorLayout(machine)?.generated.filter(({ deep }) => deep) ?? [];
  const found = [
    linuxAnchors(machine),
    ...chromiumDatabases(machine).map((folder) => nssDatabase(machine, { folder, what: `Certificate database of Chromium and Chrome (${folder})` })),
    ...firefoxProfiles(machine).map((folder) => nssDatabase(machine, { folder, what: `Certificate database of Firefox (${folder})` })),
    ...java(
      machine,
      generated.map(({ folder }) => folder),
    ),
  ];
  return [...found, ...noLongerFound(machine, found)];
}

/** A profile that was struck from the list, a runtime that was moved: what stands changed there is still to be put back. */
function noLongerFound(machine: SetupMachine, found: readonly SetupSurface[]): readonly SetupSurface[] {
  const ids = new Set(found.map(({ id }) => id));
  return new KeptFiles(machine.dataDir).records().flatMap(({ id }) => {
    const [, kind, path = ''] = /^trust\.(nss|java):(.+)$/.exec(id) ?? [];
    if (kind === undefined || ids.has(id) || !existsSync(path)) return [];
    return [
      kind === 'nss'
        ? nssDatabase(machine, { folder: path, what: `Certificate database (${path})` })
        : javaKeystore(machine, { file: path, keytool: undefined }),
    ];
  });
}

const java = (machine: SetupMachine, generated: readonly string[]): readonly SetupSurface[] =>
  javaKeystores(machine, generated).map((keystore) => javaKeystore(machine, keystore));
