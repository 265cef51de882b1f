// The icon of each kind of target and the colour of each state.
import { Cloud, FlaskConical, RadioTower } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { TargetStatus } from '../../../src/contract/status.ts';
import type { Tone } from '../../parts/badge.tsx';

export const targetIcon: Readonly<Record<TargetStatus['kind'], LucideIcon>> = { gateway: RadioTower, origin: Cloud, simulator: FlaskConical };
export const targetTone: Readonly<Record<TargetStatus['state'], Tone>> = { up: 'good', down: 'bad', unknown: 'idle' };
