// What a target does at this moment: share, calls under way and waiting, what is left of its limits; and the steering of it by hand.
import { Activity, CornerUpLeft, LogOut } from 'lucide-react';
import { useState } from 'react';
import type { ProbeResult, QuotaLeft } from '../../../src/contract/routing.ts';
import type { TargetStatus } from '../../../src/contract/status.ts';
import { formatDuration, formatNumber, formatPercent, formatClockSeconds } from '../../format.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { KeyValue } from '../../parts/figures.tsx';
import type { KeyValueItem } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import css from './targets.module.css';

export function TargetNow({ target }: { readonly target: TargetStatus }) {
  return (
    <>
      <KeyValue items={factsOf(target)} />
      <Steering target={target} />
    </>
  );
}

function factsOf({ share, inFlight, waiting, quota }: TargetStatus): KeyValueItem[] {
  const words = t.targets.now;
  return [
    { key: words.share, value: share === undefined ? t.common.notAvailable : formatPercent(share) },
    { key: words.inFlight, value: formatNumber(inFlight) },
    ...(waiting === 0 ? [] : [{ key: words.waiting, value: formatNumber(waiting) }]),
    { key: words.quota, value: quotaText(quota) },
  ];
}

function quotaText(quota: QuotaLeft | undefined): string {
  const words = t.targets.now;
  if (quota?.restingUntil !== undefined) return words.rests(formatClockSeconds(quota.restingUntil));
  const part = (left: number | undefined, limit: number | undefined, what: string): string[] =>
    left === undefined ? [] : [words.quotaOf(formatNumber(left), limit === undefined ? undefined : formatNumber(limit), what)];
  const parts = [...part(quota?.requests, quota?.requestsLimit, words.requests), ...part(quota?.tokens, quota?.tokensLimit, words.tokens)];
  return parts.length === 0 ? words.noQuota : parts.join(', ');
}

function Steering({ target: { id, drained } }: { readonly target: TargetStatus }) {
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
        <Button size="small" icon={Activity} busy={probe.running} title={t.targets.probeWhy(id)} onClick={() => void ask()}>
          {t.targets.probe}
        </Button>
        <span className={css['probed']} role="status">
          {results === undefined ? '' : results.map(probedText).join(' ') || t.targets.notProbed}
        </span>
      </div>
      <ActionError error={drain.error ?? probe.error} />
    </>
  );
}

const probedText = ({ ok, detail, milliseconds }: ProbeResult): string => t.targets.probed(ok, detail, formatDuration(milliseconds));
