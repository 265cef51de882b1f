// The conditions the agent reports right now, worst first as it sorts them.
import { CheckCircle2 } from 'lucide-react';
import type { Warning } from '../../../src/contract/status.ts';
import { formatWhen } from '../../format.ts';
import { Loading } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { useNow } from '../../use-now.ts';
import css from './diagnostics.module.css';

const toneOf: Readonly<Record<Warning['leadsTo'], Tone>> = { protected: 'info', degraded: 'warn', blocked: 'bad' };
const clockMs = 60_000;

export function WarningsCard({ warnings }: { readonly warnings: readonly Warning[] | undefined }) {
  const now = useNow(clockMs);
  return (
    <Card title={t.diagnostics.warnings.title}>
      {warnings === undefined ? (
        <Loading rows={2} />
      ) : warnings.length === 0 ? (
        <p className={css['allWell']}>
          <CheckCircle2 size={16} aria-hidden className={css['good']} />
          {t.diagnostics.warnings.none}
        </p>
      ) : (
        <ul className={css['warnings']}>
          {warnings.map(({ code, title, text, since, leadsTo }) => (
            <li key={code}>
              <h3>{title}</h3>
              <p>{text}</p>
              <p className={css['warningFoot']}>
                <Badge tone={toneOf[leadsTo]}>{t.diagnostics.warnings.leadsTo[leadsTo]}</Badge>
                <span>{t.diagnostics.warnings.since(formatWhen(since, now))}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
