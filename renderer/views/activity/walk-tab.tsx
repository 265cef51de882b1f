// The walk of one exchange, its times, who asked, where it went, what it used.
import type { LucideIcon } from 'lucide-react';
import { Ban, Check, CircleAlert, CircleDashed, CircleDot, PencilLine } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AuditRecord, AuditRow } from '../../../src/contract/audit.ts';
import { classNames } from '../../class-names.ts';
import { formatBytes, formatMoney, formatNumber } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { KeyValue } from '../../parts/figures.tsx';
import type { KeyValueItem } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import css from './detail.module.css';
import { walkOf } from './walk.ts';
import type { WalkStep } from './walk.ts';
import { waterfallOf } from './waterfall.ts';
import { WaterfallPicture } from './waterfall-picture.tsx';

const words = t.activity.detail;

interface WalkTabProps {
  readonly row: AuditRow;
  readonly onFilter: (field: 'fingerprint' | 'detector', value: string) => void;
}

export function WalkTab({ row, onFilter }: WalkTabProps) {
  const { record } = row;
  const waterfall = waterfallOf(record);
  return (
    <div className={css['stack']}>
      <ol className={css['walk']} aria-label={words.sections.walk}>
        {walkOf(row).map((step, index) => (
          <Step key={index} step={step} />
        ))}
      </ol>
      {record.kind === 'note' ? null : (
        <>
          <Section title={words.sections.times}>
            {waterfall === undefined ? <p className={css['muted']}>{words.times.none}</p> : <WaterfallPicture waterfall={waterfall} />}
          </Section>
          <Findings record={record} onFilter={onFilter} />
          {record.dialect === undefined || record.dialect === 'native' ? null : (
            <Section title={words.sections.usage}>
              <Usage record={record} />
            </Section>
          )}
          <Section title={words.sections.who}>
            {record.peer === undefined ? <p className={css['muted']}>{words.who.unknown}</p> : <KeyValue items={whoItems(record.peer)} />}
          </Section>
          <Section title={words.sections.where}>
            <KeyValue items={whereItems(record)} />
          </Section>
        </>
      )}
    </div>
  );
}

const icons: Readonly<Record<WalkStep['tone'], LucideIcon>> = {
  plain: CircleDot,
  good: Check,
  changed: PencilLine,
  stopped: Ban,
  failed: CircleAlert,
  skipped: CircleDashed,
};

function Step({ step: { tone, title, text, facts } }: { readonly step: WalkStep }) {
  const Icon = icons[tone];
  return (
    <li className={classNames(css['step'], css[tone])}>
      <span className={css['stepIcon']}>
        <Icon size={14} aria-hidden />
      </span>
      <div className={css['stepText']}>
        <span className={css['stepTitle']}>{title}</span>
        <span>{text}</span>
        {facts.map((fact) => (
          <span key={fact} className={css['fact']}>
            {fact}
          </span>
        ))}
      </div>
    </li>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={css['section']}>
      <h3 className={css['sectionTitle']}>{title}</h3>
      {children}
    </section>
  );
}

function Findings({ record: { findings }, onFilter }: { readonly record: AuditRecord; readonly onFilter: WalkTabProps['onFilter'] }) {
  if (findings === undefined || findings.length === 0) return null;
  return (
    <Section title={words.sections.findings}>
      <ul className={css['findings']}>
        {findings.map(({ detector, count, fingerprints }) => (
          <li key={detector}>
            <div className={css['finding']}>
              <strong>{detector}</strong>
              <span className={css['muted']}>{words.occurrences(count)}</span>
              <Button kind="quiet" size="small" onClick={() => onFilter('detector', detector)}>
                {words.sameFinding}
              </Button>
            </div>
            {fingerprints.map((fingerprint) => (
              <div key={fingerprint} className={css['finding']}>
                <code className={css['fingerprint']}>{fingerprint}</code>
                <Button kind="quiet" size="small" onClick={() => onFilter('fingerprint', fingerprint)}>
                  {words.sameValue}
                </Button>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}

const tokenKinds = ['inputTokens', 'cachedInputTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens'] as const;

function Usage({ record: { usage, costUsd, model } }: { readonly record: AuditRecord }) {
  const items: KeyValueItem[] = tokenKinds.flatMap((kind) => {
    const count = usage?.[kind];
    return count === undefined ? [] : [{ key: words.usage[kind], value: words.usage.tokens(formatNumber(count)) }];
  });
  if (items.length === 0) return <p className={css['muted']}>{words.usage.none}</p>;
  const cost = costUsd === undefined ? (model === undefined ? undefined : words.usage.noCost) : formatMoney(costUsd);
  return <KeyValue items={cost === undefined ? items : [...items, { key: words.usage.cost, value: cost }]} />;
}

function whoItems({ app, pid, executable }: NonNullable<AuditRecord['peer']>): KeyValueItem[] {
  return [
    { key: words.who.app, value: app },
    { key: words.who.pid, value: String(pid) },
    { key: words.who.executable, value: executable, mono: true },
  ];
}

function whereItems(record: AuditRecord): KeyValueItem[] {
  const { host, port, product, provider, method, path, httpVersion, target, targetKind } = record;
  const item = (key: string, value: string | undefined, mono = false): KeyValueItem[] => (value === undefined ? [] : [{ key, value, mono }]);
  return [
    ...item(words.where.host, host === '' ? (record.product ?? '') : port === 443 ? host : `${host}:${port}`),
    ...item(words.where.product, product),
    ...item(words.where.provider, provider),
    ...item(words.where.request, method === undefined ? undefined : `${method} ${path ?? ''}`, true),
    ...item(words.where.protocol, httpVersion === undefined ? undefined : `HTTP/${httpVersion}`),
    ...item(
      words.where.target,
      target === undefined
        ? undefined
        : targetKind === undefined || targetKind === target
          ? target
          : words.where.targetOf(target, t.activity.targetKinds[targetKind]),
    ),
    ...item(words.where.bytes, words.bytes(formatBytes(record.bytesFromClient), formatBytes(record.bytesToClient))),
  ];
}
