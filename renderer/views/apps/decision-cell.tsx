// The decision on one app: three segments, or a lock with the one who decided. It shows what the agent said, never what was clicked.
import { LoaderCircle, Lock } from 'lucide-react';
import type { AppDecision, AppRow } from '../../../src/contract/usage.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Segmented } from '../../parts/segmented.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import css from './apps.module.css';

const toneOf: Readonly<Record<AppDecision, Tone>> = { pending: 'idle', approved: 'good', denied: 'bad' };
const order: readonly AppDecision[] = ['pending', 'approved', 'denied'];

interface DecisionCellProps {
  readonly row: AppRow;
  readonly locked: boolean;
  readonly onDecided: (row: AppRow) => void;
}

export function DecisionCell({ row, locked, onDecided }: DecisionCellProps) {
  const decide = useAgentAction('apps.decide');
  if (row.decidedBy === 'managed' || locked) {
    const [by, why] = row.decidedBy === 'managed' ? [t.apps.managed, t.apps.managedWhy] : [t.apps.lockedByPolicy, t.apps.lockedByPolicyWhy];
    return (
      <div className={css['decision']}>
        <Badge tone={toneOf[row.decision]}>{t.apps.decided[row.decision]}</Badge>
        <span className={css['lock']} title={why}>
          <Lock size={12} aria-hidden />
          {by}
        </span>
      </div>
    );
  }
  const send = async (decision: AppDecision) => {
    // Not disabled meanwhile: that would take the keyboard's place away.
    if (decide.running) return;
    const answered = await decide.run({ app: row.id, decision });
    if (answered !== undefined) onDecided(answered);
  };
  return (
    <div className={css['decision']}>
      <span className={css['choice']}>
        <Segmented
          size="small"
          label={t.apps.decisions.label(row.name)}
          value={row.decision}
          segments={order.map((value) => ({
            value,
            label: value === row.decision ? t.apps.decided[value] : t.apps.decisions[value],
            tone: toneOf[value],
            title: t.apps.meaning[value],
          }))}
          onChange={(decision) => void send(decision)}
        />
        {decide.running ? <LoaderCircle size={14} className={css['spinner']} role="img" aria-label={t.apps.deciding} /> : null}
      </span>
      <ActionError error={decide.error} />
    </div>
  );
}
