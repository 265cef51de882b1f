// How programs find the proxy: the address of the agent's PAC file in the settings of each system. The PAC goes on as the machine did before, and ends in DIRECT.
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { gnomeProxy } from './gnome.ts';
import { internetSettings } from './internet-settings.ts';
import { kdeProxy } from './kde.ts';
import { networkServices } from './network-services.ts';
import { quicSurfaces } from './quic.ts';
import { winHttp } from './winhttp.ts';

export function proxySurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return [...settingsOf(machine), ...quicSurfaces(machine)];
}

function settingsOf(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'darwin') return [networkServices(machine)];
  if (machine.platform === 'win32') return [internetSettings(machine), winHttp(machine)];
  return [gnomeProxy(machine), ...kdeProxy(machine)];
}
