// What became of a row, as a badge: colour, icon and word, and its meaning at hover.
import type { LucideIcon } from 'lucide-react';
import { ArrowRightLeft, Ban, Check, CircleAlert, CircleSlash, EyeOff, HandshakeIcon, LogOut, NotebookPen, ShieldOff } from 'lucide-react';
import type { AuditRecord } from '../../../src/contract/audit.ts';
import type { Outcome } from '../../../src/contract/exchange.ts';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { t } from '../../strings/en.ts';

const words = t.activity;

interface Look {
  readonly tone: Tone;
  readonly icon: LucideIcon;
}

const looks: Readonly<Record<Outcome, Look>> = {
  forwarded: { tone: 'good', icon: Check },
  redacted: { tone: 'warn', icon: EyeOff },
  refused: { tone: 'bad', icon: Ban },
  native: { tone: 'idle', icon: ArrowRightLeft },
  tunnelled: { tone: 'idle', icon: ArrowRightLeft },
  'failed-open': { tone: 'warn', icon: ShieldOff },
  'failed-closed': { tone: 'bad', icon: CircleAlert },
  'client-aborted': { tone: 'idle', icon: LogOut },
};

const kindLooks: Readonly<Partial<Record<AuditRecord['kind'], Look>>> = {
  note: { tone: 'info', icon: NotebookPen },
  handshake: { tone: 'bad', icon: HandshakeIcon },
  refused: { tone: 'bad', icon: CircleSlash },
};

/** The word of the badge. */
function outcomeWord({ kind, outcome, redactions }: AuditRecord): string {
  if (kindLooks[kind] !== undefined) return words.kindsShort[kind];
  return redactions === undefined || redactions === 0 || outcome !== 'redacted' ? words.outcomes[outcome] : words.redactedTimes(redactions);
}

/** What it means, in a sentence; nothing for notes. */
export function meaningOf({ kind, outcome }: AuditRecord): string | undefined {
  return kind === 'note' ? undefined : (words.kindMeanings[kind] ?? words.outcomeMeanings[outcome]);
}

export function OutcomeBadge({ record }: { readonly record: AuditRecord }) {
  const { tone, icon } = kindLooks[record.kind] ?? looks[record.outcome];
  return (
    <Badge tone={tone} icon={icon} title={meaningOf(record)}>
      {outcomeWord(record)}
    </Badge>
  );
}
