// Every place from which programs of this machine take their environment.
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { bundleSurfaces } from './bundle.ts';
import { launchdEnvironment } from './launchd.ts';
import { scriptSurfaces } from './scripts.ts';
import { shellSurfaces } from './shells.ts';
import { systemdFile, systemdSession } from './systemd-user.ts';
import { windowsEnvironment } from './windows-user.ts';

/** Bundles before what names them. */
export function environmentSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return [...bundleSurfaces(machine), ...scriptSurfaces(machine), ...shellSurfaces(machine), ...sessionSurfaces(machine)];
}

function sessionSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'darwin') return [launchdEnvironment(machine)];
  if (machine.platform === 'win32') return [windowsEnvironment(machine)];
  return [systemdSession(machine), systemdFile(machine)];
}
