// Placeholder until this room is built.
import type { SetupMachine, SetupSurface } from '../surface.ts';

export function serviceSurfaces(_machine: SetupMachine): readonly SetupSurface[] {
  return [];
}
