// The icon of each kind of target and the colour of each state.
import { Cloud, FlaskConical, KeyRound, RadioTower } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { TargetStatus } from '../../../src/contract/status.ts';
import type { Tone } from '../../parts/tone.ts';
import { t } from '../../strings/en.ts';

export const targetIcon: Readonly<Record<TargetStatus['kind'], LucideIcon>> = {
  gateway: RadioTower,
  provider: KeyRound,
  origin: Cloud,
  simulator: FlaskConical,
};
const healthTone: Readonly<Record<TargetStatus['health'], Tone>> = { healthy: 'good', degraded: 'warn', recovering: 'warn', failed: 'bad' };

/** How a target fares, in a word and its colour. */
export function lookOf({ state, health, drained }: TargetStatus): { readonly tone: Tone; readonly word: string } {
  if (drained) return { tone: 'pause', word: t.targets.drained };
  return state === 'unknown' ? { tone: 'idle', word: t.targets.states.unknown } : { tone: healthTone[health], word: t.targets.health[health] };
}
