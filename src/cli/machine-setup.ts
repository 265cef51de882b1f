// The set-up of this machine as the command line opens it, with or without a running agent.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { interceptedHosts } from '../catalog/match.ts';
import { setupMachine } from '../system/setup-machine.ts';
import { allSurfaces, Setup } from '../system/setup.ts';
import type { SetupMachine, SetupSurface } from '../system/surface.ts';
import type { CommandContext } from './command.ts';

interface SetupOptions {
  /** 0: no agent listens. */
  readonly port?: number;
  /** Where the certificate is, if not in the data folder. */
  readonly caDir?: string;
  /** An administrator works on a user's data folder: only what belongs to the whole machine is touched, never a home. */
  readonly isForSomeoneElse?: boolean;
}

/** Undefined where there is no certificate: no agent ever ran on this folder, so nothing was changed for it. */
export function openSetup(
  context: CommandContext,
  dataDir: string,
  { port = 0, caDir = dataDir, isForSomeoneElse = false }: SetupOptions = {},
): Setup | undefined {
  if (!existsSync(join(caDir, 'ca.pem'))) return undefined;
  const machine = setupMachine({ ...context, dataDir, caDir, hosts: interceptedHosts(), port: () => port });
  return new Setup(machine, isForSomeoneElse ? machineWide(machine) : allSurfaces(machine));
}

/** What an administrator finds that the same person without the right to it does not. */
function machineWide(machine: SetupMachine): readonly SetupSurface[] {
  const ofUser = new Set(allSurfaces({ ...machine, isPrivileged: false }).map(({ id }) => id));
  return allSurfaces(machine).filter(({ id }) => !ofUser.has(id) || machineWideIds.test(id));
}

/** Listed for everybody, with the words that an administrator is needed. */
const machineWideIds = /^(trust\.(anchors|java|system-keychain|machine-root)|proxy\.(winhttp|quic)|strict\.)/;

/** Whether an administrator works on the data folder of somebody else. */
export function isForSomeoneElse(dataDir: string): boolean {
  return process.getuid?.() === 0 && (statSync(dataDir, { throwIfNoEntry: false })?.uid ?? 0) !== 0;
}
