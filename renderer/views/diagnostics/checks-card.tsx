// The checks of one run, worst first: what was tried, what was seen, what to do.
import { CheckCircle2, CircleMinus, CircleX, TriangleAlert, Wrench } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { DiagnosticCheck } from '../../../src/contract/diagnostics.ts';
import type { BridgeError } from '../../bridge.ts';
import { classNames } from '../../class-names.ts';
import { formatClockSeconds } from '../../format.ts';
import { go } from '../../navigation.ts';
import { ActionError, ErrorState, Loading } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Disclosure } from '../../parts/disclosure.tsx';
import { Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import type { Call } from '../../use-call.ts';
import { checkGroups, fixPlaceOf, repairable, summaryOf, worstVerdict } from './check-groups.ts';
import type { CheckGroup, Verdict } from './check-groups.ts';
import css from './diagnostics.module.css';

const iconOf: Readonly<Record<Verdict, LucideIcon>> = { failed: CircleX, warning: TriangleAlert, skipped: CircleMinus, ok: CheckCircle2 };
const toneOf: Readonly<Record<Verdict, Tone>> = { failed: 'bad', warning: 'warn', skipped: 'idle', ok: 'good' };

/** Puts right what the agent can, and checks again. */
interface Repair {
  readonly running: boolean;
  readonly error: BridgeError | undefined;
  readonly start: () => void;
}

interface ChecksCardProps {
  readonly run: Call<readonly DiagnosticCheck[]>;
  readonly ranAt: number | undefined;
  readonly repair: Repair;
}

export function ChecksCard({ run, ranAt, repair }: ChecksCardProps) {
  const { data, error, loading, reload } = run;
  return (
    <Card flush>
      {loading || repair.running ? (
        <Running
          label={repair.running ? t.diagnostics.repairing : t.diagnostics.running}
          text={repair.running ? t.diagnostics.repairWhy : t.diagnostics.runningWhy}
        />
      ) : null}
      {data === undefined ? (
        <div className={css['waiting']}>
          {error === undefined ? <Loading rows={6} /> : <ErrorState error={error} title={t.diagnostics.failed} onRetry={reload} />}
        </div>
      ) : (
        <>
          <Summary checks={data} ranAt={ranAt} repair={loading ? undefined : repair} />
          {(error ?? repair.error) === undefined ? null : (
            <div className={css['again']}>
              <ActionError error={error ?? repair.error} />
            </div>
          )}
          {checkGroups(data).map((group) => (
            <Group key={group.verdict} group={group} isCalm={worstVerdict(data) === 'ok'} />
          ))}
        </>
      )}
    </Card>
  );
}

/** The agent answers when all checks are through, so how far it is nobody knows. */
function Running({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div className={css['running']}>
      <Progress label={label} value={0} of={undefined} />
      <p role="status">{text}</p>
    </div>
  );
}

interface SummaryProps {
  readonly checks: readonly DiagnosticCheck[];
  readonly ranAt: number | undefined;
  /** Absent while the checks run. */
  readonly repair: Repair | undefined;
}

function Summary({ checks, ranAt, repair }: SummaryProps) {
  const open = repairable(checks).length;
  const worst = worstVerdict(checks);
  const { head, rest } = summaryOf(checks);
  const Icon = iconOf[worst];
  return (
    <div className={css['summary']}>
      <span className={classNames(css['bigIcon'], css[toneOf[worst]])}>
        <Icon size={24} aria-hidden />
      </span>
      <div role="status" className={css['summaryText']}>
        <h2>{head}</h2>
        <p>{[...rest, ...(ranAt === undefined ? [] : [t.diagnostics.ranAt(formatClockSeconds(ranAt))])].join(' · ')}</p>
      </div>
      {open === 0 || repair === undefined ? null : (
        <Button icon={Wrench} busy={repair.running} title={t.diagnostics.repairWhy} onClick={repair.start}>
          {t.diagnostics.repair(open)}
        </Button>
      )}
    </div>
  );
}

/** Many that need nothing are folded while there is something that does. */
const longest = 4;

function Group({ group: { verdict, checks }, isCalm }: { readonly group: CheckGroup; readonly isCalm: boolean }) {
  const head = (
    <>
      <Badge tone={toneOf[verdict]}>{t.diagnostics.verdicts[verdict]}</Badge>
      <span className={css['count']}>{checks.length}</span>
    </>
  );
  const list = (
    <ul>
      {checks.map((check) => (
        <li key={check.id} className={css['check']}>
          <Check check={check} />
        </li>
      ))}
    </ul>
  );
  const folds = !isCalm && (verdict === 'ok' || verdict === 'skipped') && checks.length > longest;
  return (
    <section className={css['group']}>
      {folds ? (
        <Disclosure summary={head}>{list}</Disclosure>
      ) : (
        <>
          <h3 className={css['groupHead']}>{head}</h3>
          {list}
        </>
      )}
    </section>
  );
}

function Check({ check }: { readonly check: DiagnosticCheck }) {
  const { title, verdict, tried, seen, culprit, fix, canFix, repaired } = check;
  const place = fixPlaceOf(check);
  const Icon = iconOf[verdict];
  return (
    <>
      <Icon size={17} aria-hidden className={classNames(css['verdict'], css[toneOf[verdict]])} />
      <div className={css['checkBody']}>
        <div className={css['checkHead']}>
          <h4>{title}</h4>
          {culprit === undefined ? null : <Badge>{t.diagnostics.blames(culprit)}</Badge>}
          {canFix === true ? (
            <Badge tone="info" icon={Wrench}>
              {t.diagnostics.canFix}
            </Badge>
          ) : null}
        </div>
        <dl>
          <div>
            <dt>{t.diagnostics.tried}</dt>
            <dd>{tried}</dd>
          </div>
          <div>
            <dt>{t.diagnostics.seen}</dt>
            <dd>{seen}</dd>
          </div>
          {repaired === undefined ? null : (
            <div>
              <dt>{t.diagnostics.repaired}</dt>
              <dd>{repaired}</dd>
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
