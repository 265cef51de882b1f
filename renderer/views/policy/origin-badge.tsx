// Says where a part of the policy comes from.
import { FileText, Lock, Package } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { PolicyOrigin } from '../../../src/contract/policy-view.ts';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { t } from '../../strings/en.ts';

const iconOf: Readonly<Record<PolicyOrigin, LucideIcon>> = { managed: Lock, user: FileText, default: Package };
const toneOf: Readonly<Record<PolicyOrigin, Tone>> = { managed: 'pause', user: 'info', default: 'idle' };

export function OriginBadge({ origin }: { readonly origin: PolicyOrigin }) {
  return (
    <Badge tone={toneOf[origin]} icon={iconOf[origin]} title={t.policy.originMeaning[origin]}>
      {t.policy.origins[origin]}
    </Badge>
  );
}
