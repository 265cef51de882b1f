// Figures and facts: a big number with its label, a list of names and values, progress, text to copy.
import { Check, Copy } from 'lucide-react';
import { Progress as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { classNames } from '../class-names.ts';
import { t } from '../strings/en.ts';
import type { Tone } from './tone.ts';
import { Button } from './button.tsx';
import css from './figures.module.css';

interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly hint?: ReactNode;
  readonly tone?: Tone | undefined;
}

/** Put several into `StatRow`. */
export function Stat({ label, value, hint, tone }: StatProps) {
  return (
    <div className={css['stat']}>
      <dt className={css['statLabel']}>{label}</dt>
      <dd className={classNames(css['statValue'], tone !== undefined && css[tone])}>{value}</dd>
      {hint === undefined ? null : <dd className={css['statHint']}>{hint}</dd>}
    </div>
  );
}

export function StatRow({ children }: { readonly children: ReactNode }) {
  return <dl className={css['stats']}>{children}</dl>;
}

export interface KeyValueItem {
  readonly key: string;
  readonly value: ReactNode;
  readonly mono?: boolean;
}

export function KeyValue({ items }: { readonly items: readonly KeyValueItem[] }) {
  return (
    <dl className={css['pairs']}>
      {items.map(({ key, value, mono = false }) => (
        <div key={key} className={css['pair']}>
          <dt>{key}</dt>
          <dd className={classNames(mono && css['mono'])}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ProgressProps {
  readonly label: string;
  readonly value: number;
  /** Undefined: how far is not known. */
  readonly of: number | undefined;
  /** For what is short or used up; the words beside it must say so too. */
  readonly tone?: Tone | undefined;
}

export function Progress({ label, value, of, tone }: ProgressProps) {
  const share = of === undefined || of === 0 ? undefined : Math.min(1, value / of);
  return (
    <Radix.Root
      className={classNames(css['progress'], tone !== undefined && css[tone])}
      aria-label={label}
      value={share === undefined ? null : Math.round(share * 100)}
      max={100}
    >
      <Radix.Indicator
        className={classNames(css['indicator'], share === undefined && css['unknown'])}
        style={share === undefined ? {} : { width: `${String(share * 100)}%` }}
      />
    </Radix.Root>
  );
}

export function CopyButton({ text, label = t.common.copy }: { readonly text: string; readonly label?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | undefined>(undefined);
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    );
  };
  const said = outcome === 'copied' ? t.common.copied : outcome === 'failed' ? t.common.copyFailed : '';
  return (
    <>
      <Button size="small" icon={outcome === 'copied' ? Check : Copy} onClick={copy}>
        {said === '' ? label : said}
      </Button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}
