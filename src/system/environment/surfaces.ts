// Placeholder until this room is built.
import type { SetupMachine, SetupSurface } from '../surface.ts';

export function environmentSurfaces(_machine: SetupMachine): readonly SetupSurface[] {
  return [];
}
