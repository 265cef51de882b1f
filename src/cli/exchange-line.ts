// One exchange as one line of a table, for `run`, `audit list` and `audit tail`.
import type { AuditRecord, AuditRow } from '../contract/audit.ts';
import type { Outcome } from '../contract/exchange.ts';
import { clockTime, dateTime } from './moment.ts';
import type { Output, Paint } from './output.ts';
import { headLine, liveLayout, rowLine } from './table.ts';
import type { Cell, Column, LaidColumn } from './table.ts';

const columns: readonly Column[] = [
  { title: 'APP', widest: 18, narrowest: 11, squeezed: 8 },
  { title: 'HOST', widest: 36, narrowest: 26, squeezed: 14 },
  { title: 'DIALECT', widest: 18, narrowest: 18, dispensable: 6 },
  { title: 'MODEL', widest: 28, narrowest: 25, squeezed: 10 },
  { title: 'DECISION', widest: 22, narrowest: 13, squeezed: 13 },
  { title: 'TARGET', widest: 16, narrowest: 9, squeezed: 9, dispensable: 4 },
  { title: 'STATUS', align: 'right', dispensable: 1 },
  { title: 'FIRST', align: 'right', narrowest: 8, dispensable: 5 },
  { title: 'TOKENS', align: 'right', narrowest: 10, dispensable: 2 },
  { title: 'COST', align: 'right', narrowest: 9, dispensable: 3 },
];

/** As the rows come, with the time of day. */
const liveColumns: readonly Column[] = [{ title: 'TIME', narrowest: 8 }, ...columns];
/** Of rows already written, with their place in the chain. */
export const listColumns: readonly Column[] = [{ title: 'SEQ', align: 'right' }, { title: 'TIME', narrowest: 19 }, ...columns];

/** Prints exchanges as they come, under a head; again under a new one where the terminal has changed its width. */
export function livePrinter(output: Output): { head(): void; row(row: AuditRow): void } {
  let printed = '';
  const head = (): LaidColumn[] => {
    const layout = liveLayout(liveColumns, output);
    const titles = headLine(layout, output);
    if (titles !== printed) output.line(titles);
    printed = titles;
    return layout;
  };
  return { head: () => void head(), row: (row) => output.line(rowLine(head(), liveCells(row), output)) };
}

function liveCells({ record }: AuditRow): Cell[] {
  return [{ text: clockTime(record.startedAt), paint: 'dim' }, ...cellsOf(record)];
}

export function listCells({ seq, record }: AuditRow): Cell[] {
  return [{ text: String(seq), paint: 'dim' }, { text: dateTime(record.startedAt) }, ...cellsOf(record)];
}

function cellsOf(record: AuditRecord): Cell[] {
  const paint = paints[record.outcome];
  return [
    { text: record.peer?.app ?? '-' },
    { text: record.host === '' ? (record.product ?? '-') : record.host },
    { text: record.dialect ?? record.kind },
    { text: record.model ?? '-' },
    { text: verdictOf(record), paint },
    { text: record.target ?? '-' },
    { text: record.status === undefined ? '-' : String(record.status), paint: (record.status ?? 0) >= 400 ? 'red' : undefined },
    { text: record.firstTokenMs === undefined ? '-' : `${record.firstTokenMs.toFixed(0)} ms` },
    { text: tokensOf(record) },
    { text: record.costUsd === undefined ? '-' : dollars(record.costUsd) },
  ];
}

const paints: Readonly<Record<Outcome, Paint | undefined>> = {
  forwarded: 'green',
  redacted: 'yellow',
  refused: 'red',
  native: 'dim',
  tunnelled: 'dim',
  'failed-open': 'yellow',
  'failed-closed': 'red',
  'client-aborted': 'dim',
};

/** The decision where one was taken, and the outcome where it says more. */
function verdictOf({ kind, decision, outcome }: AuditRecord): string {
  if (kind === 'note') return '-';
  const usual: Partial<Record<Outcome, string>> = { forwarded: 'allow', redacted: 'redact', refused: 'block' };
  if (decision === undefined) return outcome;
  if (usual[outcome] === decision) return decision;
  return decision === 'allow' ? outcome : `${decision}, ${outcome}`;
}

/** `in+out`. */
function tokensOf({ usage }: AuditRecord): string {
  return usage?.inputTokens === undefined && usage?.outputTokens === undefined ? '-' : `${usage.inputTokens ?? '?'}+${usage.outputTokens ?? '?'}`;
}

/** Small sums keep two significant figures. */
export function dollars(sum: number): string {
  if (sum === 0) return '$0';
  return sum >= 0.01 ? `$${sum.toFixed(2)}` : `$${sum.toFixed(Math.min(8, 1 - Math.floor(Math.log10(sum))))}`;
}
