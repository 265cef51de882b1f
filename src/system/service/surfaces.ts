// The agent as a service of the session, on each system by its own means; made only when asked for.
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { launchAgentSurfaces } from './launch-agent.ts';
import { scheduledTask } from './scheduled-task.ts';
import { systemdSurfaces } from './systemd-unit.ts';

export function serviceSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'darwin') return launchAgentSurfaces(machine);
  if (machine.platform === 'win32') return [scheduledTask(machine)];
  return systemdSurfaces(machine);
}
