// What a target does at this moment: share, calls under way and waiting, what is left of its limits; and the steering of it by hand.
import { Activity, CornerUpLeft, LogOut } from 'lucide-react';
import { useState } from 'react';
import type { ProbeResult } from '../../../src/contract/routing.ts';
import type { TargetStatus } from '../../../src/contract/status.ts';
import { formatDuration, formatNumber, formatPercent, formatClockSeconds } from '../../format.ts';
import { ActionError } from '../../parts/answers.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Button } from '../../parts/button.tsx';
import { KeyValue, Progress } from '../../parts/figures.tsx';
import type { KeyValueItem } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import { quotaLines, restingUntil } from './quota-left.ts';
import css from './targets.module.css';

export function TargetNow({ target, now }: { readonly target: TargetStatus; readonly now: number }) {
  return (
    <>
      <KeyValue items={factsOf(target, now)} />
      <Steering target={target} />
    </>
  );
}

function factsOf({ id, share, inFlight, waiting, quota }: TargetStatus, now: number): KeyValueItem[] {
  const words = t.targets.now;
  const resting = restingUntil(quota, now);
  const left = quotaLines(quota);
  return [
    {
      key: words.share,
      value: share === undefined ? t.common.notAvailable : <Meter label={words.shareLabel(id)} share={share} text={formatPercent(share)} />,
    },
    { key: words.inFlight, value: words.flying(formatNumber(inFlight), waiting === 0 ? undefined : formatNumber(waiting)) },
    ...(resting === undefined ? [] : [{ key: words.rest, value: <span className={css['resting']}>{words.rests(formatClockSeconds(resting))}</span> }]),
    {
      key: words.quota,
      value:
        left.length === 0
          ? words.noQuota
          : left.map(({ what, text, share: part, tone }) => <Meter key={what} label={words.leftLabel(id, what)} share={part} text={text} tone={tone} />),
    },
  ];
}

/** A figure with its bar; without a bar where the whole is not known. */
function Meter({
  label,
  share,
  text,
  tone,
}: {
  readonly label: string;
  readonly share: number | undefined;
  readonly text: string;
  readonly tone?: Tone | undefined;
}) {
  return (
    <div className={css['meter']}>
      <span className={css['meterText']}>{text}</span>
      {share === undefined ? null : (
        <span className={css['meterBar']}>
          <Progress label={label} value={share} of={1} tone={tone} />
        </span>
      )}
    </div>
  );
}

function Steering({ target: { id, kind, drained } }: { readonly target: TargetStatus }) {
  const drain = useAgentAction('targets.drain');
  const probe = useAgentAction('targets.probe');
  const [results, setResults] = useState<readonly ProbeResult[] | undefined>(undefined);
  const ask = async (): Promise<void> => setResults(await probe.run({ target: id }));
  return (
    <>
      <div className={css['steering']}>
        <Button
          size="small"
          icon={drained ? CornerUpLeft : LogOut}
          busy={drain.running}
          title={drained ? t.targets.undrainWhy(id) : t.targets.drainWhy(id)}
          onClick={() => void drain.run({ target: id, drained: !drained })}
        >
          {drained ? t.targets.undrain : t.targets.drain}
        </Button>
        {kind === 'origin' || kind === 'simulator' ? null : (
          <Button size="small" icon={Activity} busy={probe.running} title={t.targets.probeWhy(id)} onClick={() => void ask()}>
            {t.targets.probe}
          </Button>
        )}
        <span className={css['probed']} role="status">
          {results === undefined ? '' : results.map(probedText).join(' ') || t.targets.notProbed}
        </span>
      </div>
      <ActionError error={drain.error ?? probe.error} />
    </>
  );
}

const probedText = ({ ok, detail, milliseconds }: ProbeResult): string => t.targets.probed(ok, detail, formatDuration(milliseconds));
