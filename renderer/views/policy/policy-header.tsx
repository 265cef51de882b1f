// What is in force in one glance: whose policy, from where, which revision, and whether a newer file was refused.
import { FileText, Lock, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { PolicyInfo } from '../../../src/contract/control.ts';
import type { PolicyOrigin } from '../../../src/contract/policy-view.ts';
import { go } from '../../navigation.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { OriginBadge } from './origin-badge.tsx';
import css from './policy.module.css';

const iconOf: Readonly<Record<PolicyOrigin, LucideIcon>> = { managed: Lock, user: FileText, default: ShieldCheck };
const hintOf: Readonly<Record<PolicyOrigin, string>> = {
  managed: t.policy.header.readOnly,
  user: t.policy.header.editable,
  default: t.policy.header.defaultHint,
};

interface PolicyHeaderProps {
  readonly info: PolicyInfo;
  readonly rules: number;
  /** The agent decides by another revision by now; this one is asked for again. */
  readonly isStale: boolean;
}

export function PolicyHeader({ info: { origin, source, revision, rejected }, rules, isStale }: PolicyHeaderProps) {
  const words = t.policy.header;
  const Icon = iconOf[origin];
  return (
    <>
      {rejected === undefined ? null : (
        <section className={css['rejected']} role="alert">
          <TriangleAlert size={20} aria-hidden />
          <div>
            <h2>{t.policy.rejected.title}</h2>
            <p>{t.policy.rejected.text}</p>
            <p className={css['reason']}>{rejected}</p>
          </div>
        </section>
      )}
      <Card>
        <div className={css['header']} aria-busy={isStale}>
          <span className={css['headIcon']}>
            <Icon size={22} strokeWidth={1.7} aria-hidden />
          </span>
          <div className={css['headText']}>
            <h2>{words[origin]}</h2>
            <p>{hintOf[origin]}</p>
            <dl className={css['headFacts']}>
              <div>
                <dt>{words.source}</dt>
                {origin === 'default' ? <dd>{words.builtIn}</dd> : <dd className={css['mono']}>{source}</dd>}
              </div>
              <div>
                <dt>{words.revision}</dt>
                <dd className={css['mono']}>{revision}</dd>
              </div>
              <div>
                <dt>{t.policy.rules.title}</dt>
                <dd>{words.rules(rules)}</dd>
              </div>
            </dl>
          </div>
          <div className={css['headActions']}>
            <OriginBadge origin={origin} />
            {origin === 'user' ? <CopyButton text={source} label={words.copyPath} /> : null}
            {origin === 'default' ? (
              <Button size="small" onClick={() => go('settings')}>
                {words.settings}
              </Button>
            ) : null}
          </div>
        </div>
      </Card>
    </>
  );
}
