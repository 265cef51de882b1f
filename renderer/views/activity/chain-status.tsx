// Whether the log is whole: asked for by a button, answered in words, every fault listed.
import { Link2, ShieldCheck, ShieldX } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { VerifyReport } from '../../../src/contract/audit.ts';
import { agent } from '../../bridge.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { CopyButton, KeyValue, Progress } from '../../parts/figures.tsx';
import { Popover } from '../../parts/popover.tsx';
import { formatNumber, formatWhen } from '../../format.ts';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import css from './activity-view.module.css';

const words = t.activity.chain;
// A log of many millions of rows is read whole.
const longestMs = 30 * 60_000;
const mostFaults = 100;

interface Verified {
  readonly report: VerifyReport;
  readonly at: number;
}

export function ChainStatus() {
  const { run, running, error } = useAgentAction('audit.verify', longestMs);
  const [progress, setProgress] = useState<{ readonly rows: number; readonly of: number } | undefined>(undefined);
  const [verified, setVerified] = useState<Verified | undefined>(undefined);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => agent.on('audit.verifying', setProgress), []);
  const verify = (): void => {
    setProgress(undefined);
    void run({}).then((report) => {
      if (report !== undefined) setVerified({ report, at: Date.now() });
    });
  };
  const ok = verified?.report.ok;
  return (
    <Popover
      label={words.label}
      open={isOpen}
      onOpenChange={setOpen}
      align="end"
      trigger={
        <Button icon={ok === undefined ? Link2 : ok ? ShieldCheck : ShieldX} className={ok === false ? css['broken'] : undefined}>
          {running ? words.runningShort(progress === undefined || progress.of === 0 ? 0 : progress.rows / progress.of) : wordOf(ok)}
        </Button>
      }
    >
      <div className={css['chain']}>
        <div role="status" className={css['chainState']}>
          {running ? (
            <>
              <p>{progress === undefined ? words.starting : words.running(progress.rows, progress.of)}</p>
              <Progress label={words.label} value={progress?.rows ?? 0} of={progress?.of} />
            </>
          ) : verified === undefined ? (
            <p>{words.idle}</p>
          ) : (
            <Answer verified={verified} />
          )}
        </div>
        <ActionError error={error} />
        <Button kind={verified === undefined ? 'primary' : 'secondary'} size="small" icon={ShieldCheck} busy={running} onClick={verify}>
          {verified === undefined ? words.verify : words.again}
        </Button>
      </div>
    </Popover>
  );
}

function wordOf(ok: boolean | undefined): string {
  if (ok === undefined) return words.label;
  return ok ? words.wholeShort : words.brokenShort;
}

function Answer({ verified: { report, at } }: { readonly verified: Verified }) {
  const { faults } = report;
  return (
    <>
      <Badge tone={report.ok ? 'good' : 'bad'} icon={report.ok ? ShieldCheck : ShieldX}>
        {report.ok ? words.whole : words.broken(faults.length)}
      </Badge>
      <p>{report.ok ? words.wholeMore(report.checkpoints, report.unsigned) : words.brokenMore}</p>
      {faults.length === 0 ? null : (
        <ul className={css['faults']} aria-label={words.faultList} tabIndex={0}>
          {faults.slice(0, mostFaults).map((fault, index) => (
            <li key={index}>
              <strong>{words.faults[fault.kind]}</strong>
              {fault.seq === undefined ? '' : ` ${words.atRow(fault.seq)}`}
              <p>{fault.detail}</p>
            </li>
          ))}
        </ul>
      )}
      <KeyValue
        items={[
          { key: words.rows, value: formatNumber(report.rows) },
          { key: words.at, value: formatWhen(at, Date.now()) },
          { key: words.head, value: report.head, mono: true },
        ]}
      />
      <p className={css['hint']}>{words.headMore}</p>
      <CopyButton text={report.head} label={words.copyHead} />
    </>
  );
}
