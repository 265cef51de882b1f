// Strict capture: what leads programs to the agent that ignore proxies. Both ways are listed, so that either can be taken back.
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { hostsFileSurface } from './hosts-file.ts';
import { nftablesSurface } from './nftables.ts';

export function strictSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return [...(machine.platform === 'linux' ? [nftablesSurface(machine)] : []), hostsFileSurface(machine)];
}
