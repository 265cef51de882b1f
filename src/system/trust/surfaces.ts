// Every place on this machine where the CA can be trusted, each on its own: one that is missing never stops the others.
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { anchorLayout } from './anchor-layouts.ts';
import { linuxAnchors } from './anchors.ts';
import { chromiumDatabases, firefoxProfiles } from './browser-profiles.ts';
import { enterpriseRoots } from './enterprise-roots.ts';
import { javaKeystore } from './java-keystore.ts';
import { javaKeystores } from './java-keystores.ts';
import { loginKeychain, systemKeychain } from './keychain.ts';
import { nssDatabase } from './nss-database.ts';
import { machineRootStore, userRootStore } from './root-store.ts';

export function trustSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'linux') return onLinux(machine);
  const system = machine.platform === 'darwin' ? systemKeychain(machine) : machineRootStore(machine);
  const user = machine.platform === 'darwin' ? loginKeychain(machine, system) : userRootStore(machine);
  const roots = async (): Promise<readonly string[]> => (await Promise.all([system, user].map(async (store) => (await store.roots?.()) ?? []))).flat();
  return [system, user, ...firefoxProfiles(machine).map((profile) => enterpriseRoots(profile, roots)), ...java(machine, [])];
}

function onLinux(machine: SetupMachine): readonly SetupSurface[] {
  const generated = anchorLayout(machine)?.generated.filter(({ deep }) => deep) ?? [];
  return [
    linuxAnchors(machine),
    ...chromiumDatabases(machine).map((folder) => nssDatabase(machine, { folder, what: `Certificate database of Chromium and Chrome (${folder})` })),
    ...firefoxProfiles(machine).map((folder) => nssDatabase(machine, { folder, what: `Certificate database of Firefox (${folder})` })),
    ...java(
      machine,
      generated.map(({ folder }) => folder),
    ),
  ];
}

const java = (machine: SetupMachine, generated: readonly string[]): readonly SetupSurface[] =>
  javaKeystores(machine, generated).map((keystore) => javaKeystore(machine, keystore));
