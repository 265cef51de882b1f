// The action of a rule or decision as a badge with its icon.
import { Ban, CircleCheck, EyeOff, MessageCircleQuestion, Waypoints } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { PolicyTrial } from '../../../src/contract/policy-view.ts';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { t } from '../../strings/en.ts';
import type { ReadRule } from './policy-reading.ts';

export const decisionIcon: Readonly<Record<PolicyTrial['decision'], LucideIcon>> = {
  allow: CircleCheck,
  block: Ban,
  redact: EyeOff,
  ask: MessageCircleQuestion,
  tunnel: Waypoints,
};
export const decisionTone: Readonly<Record<PolicyTrial['decision'], Tone>> = { allow: 'good', block: 'bad', redact: 'warn', ask: 'info', tunnel: 'idle' };

export function ActionBadge({ action }: { readonly action: ReadRule['action'] }) {
  return (
    <Badge tone={decisionTone[action]} icon={decisionIcon[action]}>
      {t.policy.actions[action]}
    </Badge>
  );
}
