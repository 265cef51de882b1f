// Everything about one row, beside the list: its walk, what left this machine, its place in the chain, its raw facts.
import { useState } from 'react';
import type { AuditRow } from '../../../src/contract/audit.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { CopyButton, KeyValue } from '../../parts/figures.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { formatDateTime, formatNumber } from '../../format.ts';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import css from './detail.module.css';
import { LeftTab } from './left-tab.tsx';
import { meaningOf, OutcomeBadge } from './outcome-badge.tsx';
import { WalkTab } from './walk-tab.tsx';

const words = t.activity.detail;

interface DrawerProps {
  readonly id: string;
  /** The row, where the list holds it already. */
  readonly known: AuditRow | undefined;
  readonly onClose: () => void;
  readonly onFilter: (field: 'fingerprint' | 'detector', value: string) => void;
}

type TabName = 'walk' | 'left' | 'chain' | 'raw';

export function DetailDrawer({ id, known, onClose, onFilter }: DrawerProps) {
  const [tab, setTab] = useState<TabName>('walk');
  const asked = useAgentCall('audit.get', { id }, { enabled: known === undefined });
  const row = known ?? asked.data ?? undefined;
  if (row === undefined) {
    return (
      <Drawer title={words.label} onClose={onClose}>
        {asked.error !== undefined ? (
          <ErrorState title={words.failed} error={asked.error} onRetry={asked.reload} />
        ) : asked.data === null ? (
          <EmptyState title={words.missing.title} text={words.missing.text} />
        ) : (
          <Loading rows={6} />
        )}
      </Drawer>
    );
  }
  const { record } = row;
  const meaning = meaningOf(record);
  const isCall = record.kind === 'exchange';
  const tabs = [
    { value: 'walk' as const, label: words.tabs.walk, content: <WalkTab row={row} onFilter={onFilter} /> },
    ...(isCall ? [{ value: 'left' as const, label: words.tabs.left, content: <LeftTab record={record} /> }] : []),
    { value: 'chain' as const, label: words.tabs.chain, content: <ChainTab row={row} /> },
    { value: 'raw' as const, label: words.tabs.raw, content: <RawTab row={row} /> },
  ];
  return (
    <Drawer title={titleOf(row)} subtitle={formatDateTime(record.startedAt)} actions={<OutcomeBadge record={record} />} onClose={onClose}>
      {meaning === undefined ? null : <p className={css['meaning']}>{meaning}</p>}
      <Tabs label={words.label} items={tabs} value={tabs.some(({ value }) => value === tab) ? tab : 'walk'} onChange={setTab} />
    </Drawer>
  );
}

function titleOf({ record: { kind, peer, product, host } }: AuditRow): string {
  if (kind === 'note') return t.activity.kinds.note;
  return words.title(peer?.app, product ?? host);
}

function ChainTab({ row: { seq, hash, record } }: { readonly row: AuditRow }) {
  return (
    <div className={css['stack']}>
      <p className={css['muted']}>{words.chain.text}</p>
      <KeyValue
        items={[
          { key: words.chain.seq, value: formatNumber(seq) },
          { key: words.chain.hash, value: hash, mono: true },
          { key: words.chain.id, value: record.id, mono: true },
          ...(record.policyRevision === undefined ? [] : [{ key: words.chain.revision, value: record.policyRevision, mono: true }]),
        ]}
      />
      <div className={css['buttons']}>
        <CopyButton text={hash} label={words.chain.copyHash} />
        <CopyButton text={record.id} label={words.chain.copyId} />
      </div>
    </div>
  );
}

function RawTab({ row }: { readonly row: AuditRow }) {
  const text = JSON.stringify(row, null, 2);
  return (
    <div className={css['stack']}>
      <div className={css['rawHead']}>
        <p className={css['muted']}>{words.raw}</p>
        <CopyButton text={text} />
      </div>
      <pre className={css['raw']} tabIndex={0} aria-label={words.raw}>
        {text}
      </pre>
    </div>
  );
}
