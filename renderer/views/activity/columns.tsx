// The columns of the activity table; the one place that knows the table library.
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import type { AuditRecord, AuditRow } from '../../../src/contract/audit.ts';
import { formatCompact, formatDateTime, formatDuration, formatMoney } from '../../format.ts';
import { t } from '../../strings/en.ts';
import css from './activity-table.module.css';
import { OutcomeBadge } from './outcome-badge.tsx';
import { rowTime } from './row-time.ts';

const words = t.activity;

/** A row of the list; without its data while that is on its way. */
export interface ListEntry {
  readonly index: number;
  readonly row: AuditRow | undefined;
}

const features = tableFeatures({});
const helper = createColumnHelper<typeof features, ListEntry>();

type Name = keyof typeof words.columns;

const column = (id: Name, cell: (record: AuditRecord) => ReactNode) =>
  helper.display({ id, header: words.columns[id], cell: ({ row }) => (row.original.row === undefined ? <Skeleton /> : cell(row.original.row.record)) });

const columns = helper.columns([
  column('time', ({ startedAt }) => <Time at={startedAt} />),
  column('app', ({ peer }) => peer?.app ?? <Nothing />),
  column('host', (record) => <Where record={record} />),
  column('model', ({ model, kind }) => (kind === 'note' ? null : (model ?? <Nothing />))),
  column('outcome', (record) => <OutcomeBadge record={record} />),
  column('target', ({ target }) => target ?? <Nothing />),
  column('status', ({ status }) => (status === undefined ? <Nothing /> : <span className={status >= 400 ? css['bad'] : undefined}>{status}</span>)),
  column('tokens', ({ usage }) => <Tokens input={usage?.inputTokens} output={usage?.outputTokens} />),
  column('cost', ({ costUsd }) => (costUsd === undefined ? <Nothing /> : formatMoney(costUsd))),
  column('duration', ({ durationMs, kind }) => (kind === 'note' ? <Nothing /> : formatDuration(durationMs))),
]);

export interface Line {
  readonly entry: ListEntry;
  readonly cells: readonly { readonly id: string; readonly content: ReactNode }[];
}

/** The heads, and the cells of the rows in view. */
export function useLines(entries: readonly ListEntry[]): {
  readonly heads: readonly { readonly id: string; readonly content: ReactNode }[];
  readonly lines: readonly Line[];
} {
  const table = useTable({ features, columns, data: entries, getRowId: (entry) => String(entry.index) });
  const heads = useMemo(
    () => table.getHeaderGroups().flatMap((group) => group.headers.map((header) => ({ id: header.column.id, content: <table.FlexRender header={header} /> }))),
    [table],
  );
  const lines = table.getRowModel().rows.map((row) => ({
    entry: row.original,
    cells: row.getAllCells().map((cell) => ({ id: cell.column.id, content: <table.FlexRender cell={cell} /> })),
  }));
  return { heads, lines };
}

function Skeleton() {
  return <span className={css['skeleton']} aria-hidden />;
}

function Nothing() {
  return <span className={css['nothing']}>{words.none}</span>;
}

function Time({ at }: { readonly at: number }) {
  const { day, clock } = rowTime(at, Date.now());
  return (
    <time dateTime={new Date(at).toISOString()} title={formatDateTime(at)}>
      {day === undefined ? null : <span className={css['day']}>{day} </span>}
      {clock}
    </time>
  );
}

function Where({ record: { kind, host, product, note } }: { readonly record: AuditRecord }) {
  if (kind === 'note') return <span className={css['note']}>{note}</span>;
  return (
    <>
      <span>{host}</span>
      {product === undefined ? null : <span className={css['product']}>{product}</span>}
    </>
  );
}

function Tokens({ input, output }: { readonly input: number | undefined; readonly output: number | undefined }) {
  if (input === undefined && output === undefined) return <Nothing />;
  const [into, out] = [input, output].map((count) => (count === undefined ? words.unknownCount : formatCompact(count)));
  return (
    <>
      <span aria-hidden>{words.tokens(into ?? '', out ?? '')}</span>
      <span className="visually-hidden">{words.tokensSpoken(into ?? '', out ?? '')}</span>
    </>
  );
}
