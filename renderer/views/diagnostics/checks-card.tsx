// The checks of one run, worst first: what was tried, what was seen, what to do.
import { CheckCircle2, CircleMinus, CircleX, TriangleAlert } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { DiagnosticCheck } from '../../../src/contract/diagnostics.ts';
import { classNames } from '../../class-names.ts';
import { formatClockSeconds } from '../../format.ts';
import { go } from '../../navigation.ts';
import { ActionError, ErrorState, Loading } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import type { Call } from '../../use-call.ts';
import { checkGroups, fixPlaceOf, summaryOf, worstVerdict } from './check-groups.ts';
import type { CheckGroup, Verdict } from './check-groups.ts';
import css from './diagnostics.module.css';

const iconOf: Readonly<Record<Verdict, LucideIcon>> = { failed: CircleX, warning: TriangleAlert, skipped: CircleMinus, ok: CheckCircle2 };
const toneOf: Readonly<Record<Verdict, Tone>> = { failed: 'bad', warning: 'warn', skipped: 'idle', ok: 'good' };

export function ChecksCard({ run, ranAt }: { readonly run: Call<readonly DiagnosticCheck[]>; readonly ranAt: number | undefined }) {
  const { data, error, loading, reload } = run;
  return (
    <Card flush>
      {loading ? <Running /> : null}
      {data === undefined ? (
        <div className={css['waiting']}>
          {error === undefined ? <Loading rows={6} /> : <ErrorState error={error} title={t.diagnostics.failed} onRetry={reload} />}
        </div>
      ) : (
        <>
          <Summary checks={data} ranAt={ranAt} />
          {error === undefined ? null : (
            <div className={css['again']}>
              <ActionError error={error} />
            </div>
          )}
          {checkGroups(data).map((group) => (
            <Group key={group.verdict} group={group} />
          ))}
        </>
      )}
    </Card>
  );
}

/** The agent answers when all checks are through, so how far it is nobody knows. */
function Running() {
  return (
    <div className={css['running']}>
      <Progress label={t.diagnostics.running} value={0} of={undefined} />
      <p role="status">{t.diagnostics.runningWhy}</p>
    </div>
  );
}

function Summary({ checks, ranAt }: { readonly checks: readonly DiagnosticCheck[]; readonly ranAt: number | undefined }) {
  const worst = worstVerdict(checks);
  const { head, rest } = summaryOf(checks);
  const Icon = iconOf[worst];
  return (
    <div className={css['summary']}>
      <span className={classNames(css['bigIcon'], css[toneOf[worst]])}>
        <Icon size={24} aria-hidden />
      </span>
      <div role="status">
        <h2>{head}</h2>
        <p>{[...rest, ...(ranAt === undefined ? [] : [t.diagnostics.ranAt(formatClockSeconds(ranAt))])].join(' · ')}</p>
      </div>
    </div>
  );
}

function Group({ group: { verdict, checks } }: { readonly group: CheckGroup }) {
  return (
    <section className={css['group']}>
      <h3 className={css['groupHead']}>
        <Badge tone={toneOf[verdict]}>{t.diagnostics.verdicts[verdict]}</Badge>
        <span className={css['count']}>{checks.length}</span>
      </h3>
      <ul>
        {checks.map((check) => (
          <li key={check.id} className={css['check']}>
            <Check check={check} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Check({ check }: { readonly check: DiagnosticCheck }) {
  const { title, verdict, tried, seen, culprit, fix } = check;
  const place = fixPlaceOf(check);
  const Icon = iconOf[verdict];
  return (
    <>
      <Icon size={17} aria-hidden className={classNames(css['verdict'], css[toneOf[verdict]])} />
      <div className={css['checkBody']}>
        <h4>{title}</h4>
        <dl>
          <div>
            <dt>{t.diagnostics.tried}</dt>
            <dd>{tried}</dd>
          </div>
          <div>
            <dt>{t.diagnostics.seen}</dt>
            <dd>{seen}</dd>
          </div>
          {culprit === undefined ? null : (
            <div>
              <dt>{t.diagnostics.culprit}</dt>
              <dd>{culprit}</dd>
            </div>
          )}
          {fix === undefined ? null : (
            <div className={css['fix']}>
              <dt>{t.diagnostics.fix}</dt>
              <dd className={css['fixText']}>
                <span>{fix}</span>
                {place === undefined ? null : (
                  <Button size="small" onClick={() => go(place)}>
                    {t.diagnostics.fixAt[place]}
                  </Button>
                )}
              </dd>
            </div>
          )}
        </dl>
      </div>
    </>
  );
}
