// What the agent says of a tried request: the decision in big words, why, how the rules were read, and the body as it would be sent.
import { CircleCheck, CircleDashed, CircleMinus, FlaskConical } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { PolicyTrial, RuleTrace } from '../../../src/contract/policy-view.ts';
import type { BridgeError } from '../../bridge.ts';
import { classNames } from '../../class-names.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import { t } from '../../strings/en.ts';
import { ActionBadge, decisionIcon, decisionTone } from './action-badge.tsx';
import type { ReadRule } from './policy-reading.ts';
import css from './tester.module.css';
import { SentBody } from './sent-body.tsx';

export interface Trial {
  readonly answer: PolicyTrial;
  /** What was asked, as text: whether the form still says the same. */
  readonly input: string;
  /** The pasted body; absent where an exchange was picked. */
  readonly original: string | undefined;
}

interface TrialAnswerProps {
  readonly trial: Trial | undefined;
  readonly error: BridgeError | undefined;
  readonly running: boolean;
  readonly isStale: boolean;
  readonly rules: readonly ReadRule[];
}

const traceIcon: Readonly<Record<RuleTrace['verdict'], LucideIcon>> = { matched: CircleCheck, 'not-matched': CircleMinus, 'not-reached': CircleDashed };

export function TrialAnswer({ trial, error, running, isStale, rules }: TrialAnswerProps) {
  return (
    <div className={css['answer']} aria-live="polite" aria-busy={running}>
      {error !== undefined ? (
        <ErrorState error={error} title={t.policy.tester.failed} />
      ) : trial === undefined ? (
        running ? (
          <Loading rows={5} />
        ) : (
          <EmptyState icon={FlaskConical} title={t.policy.tester.waitingTitle} text={t.policy.tester.waiting} />
        )
      ) : (
        <Answer trial={trial} isStale={isStale && !running} rules={rules} />
      )}
    </div>
  );
}

function Answer({ trial: { answer, original }, isStale, rules }: { readonly trial: Trial; readonly isStale: boolean; readonly rules: readonly ReadRule[] }) {
  const Icon = decisionIcon[answer.decision];
  return (
    <>
      {isStale ? <p className={css['staleAnswer']}>{t.policy.tester.stale}</p> : null}
      <div className={classNames(css['verdict'], css[decisionTone[answer.decision]])}>
        <Icon size={28} strokeWidth={1.8} aria-hidden />
        <div>
          <p className={css['bigWords']}>{t.policy.decisions[answer.decision]}</p>
          <p>
            {t.policy.by} <strong>{answer.rule === undefined ? t.policy.noRule : (t.policy.beforeRules[answer.rule] ?? answer.rule)}</strong>
          </p>
        </div>
      </div>
      <p>{answer.why}</p>
      {answer.note === undefined ? null : <p className={css['note']}>{answer.note}</p>}
      <dl className={css['answerFacts']}>
        <div>
          <dt>{t.policy.recognised}</dt>
          <dd>{t.policy.dialects[answer.recognised] ?? answer.recognised}</dd>
        </div>
        <div>
          <dt>{t.policy.findings}</dt>
          <dd className={css['chips']}>
            {answer.findings.length === 0
              ? t.policy.noFindings
              : answer.findings.map(({ detector, count }) => (
                  <Badge key={detector} tone="warn">
                    {t.policy.detectors[detector] ?? detector} {t.policy.times(count)}
                  </Badge>
                ))}
          </dd>
        </div>
      </dl>
      {answer.sent === undefined ? null : <SentBody sent={answer.sent} original={original} />}
      {answer.trace.length === 0 ? null : <Trace trace={answer.trace} rules={rules} />}
    </>
  );
}

function Trace({ trace, rules }: { readonly trace: readonly RuleTrace[]; readonly rules: readonly ReadRule[] }) {
  return (
    <section>
      <h3 className={css['answerTitle']}>{t.policy.trace}</h3>
      <ol className={css['trace']}>
        {trace.map(({ rule, verdict, why }) => {
          const Icon = traceIcon[verdict];
          const action = rules.find(({ id }) => id === rule)?.action;
          return (
            <li key={rule} className={css[verdict]}>
              <Icon size={16} aria-hidden />
              <div>
                <p className={css['traceHead']}>
                  <span className={css['traceRule']}>{rule}</span>
                  <span className={css['traceVerdict']}>{t.policy.verdicts[verdict]}</span>
                  {verdict === 'matched' && action !== undefined ? <ActionBadge action={action} /> : null}
                </p>
                <p className={css['muted']}>{why}</p>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
