// Writes rows out for other programs: JSON lines, which keep everything the chain was made of, and CSV, which spreadsheets open.
import type { AuditRow } from '../contract/audit.ts';

export type ExportFormat = 'jsonl' | 'csv';

/** The export in pieces, a line each, line break included. Each row of either format carries its `seq` and `hash`. */
export function* exportRows(rows: Iterable<AuditRow>, format: ExportFormat): Generator<string> {
  if (format === 'csv') yield csvLine(csvColumns.map(([name]) => name));
  for (const row of rows) yield format === 'csv' ? csvLine(csvColumns.map(([, read]) => read(row))) : `${JSON.stringify(row)}\n`;
}

type Cell = string | number | boolean | undefined;

const csvColumns: readonly (readonly [string, (row: AuditRow) => Cell])[] = [
  ['seq', ({ seq }) => seq],
  ['hash', ({ hash }) => hash],
  ['id', ({ record }) => record.id],
  ['started_at', ({ record }) => timeOf(record.startedAt)],
  ['duration_ms', ({ record }) => record.durationMs],
  ['kind', ({ record }) => record.kind],
  ['outcome', ({ record }) => record.outcome],
  ['app', ({ record }) => record.peer?.app],
  ['host', ({ record }) => record.host],
  ['port', ({ record }) => record.port],
  ['provider', ({ record }) => record.provider],
  ['product', ({ record }) => record.product],
  ['method', ({ record }) => record.method],
  ['path', ({ record }) => record.path],
  ['dialect', ({ record }) => record.dialect],
  ['model', ({ record }) => record.model],
  ['stream', ({ record }) => record.stream],
  ['decision', ({ record }) => record.decision],
  ['rule', ({ record }) => record.rule],
  ['policy_revision', ({ record }) => record.policyRevision],
  ['findings', ({ record }) => record.findings?.map(({ detector, count }) => `${detector}:${count}`).join(' ')],
  ['redactions', ({ record }) => record.redactions],
  ['target', ({ record }) => record.target],
  ['status', ({ record }) => record.status],
  ['input_tokens', ({ record }) => record.usage?.inputTokens],
  ['output_tokens', ({ record }) => record.usage?.outputTokens],
  ['cost_usd', ({ record }) => record.costUsd],
  ['first_token_ms', ({ record }) => record.firstTokenMs],
  ['bytes_from_client', ({ record }) => record.bytesFromClient],
  ['bytes_to_client', ({ record }) => record.bytesToClient],
  ['error', ({ record }) => record.error?.code],
  ['note', ({ record }) => record.note],
];

/** ISO 8601, or nothing for a time no calendar has. */
function timeOf(milliseconds: number): string | undefined {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  // Spreadsheets run a cell that begins like a formula, and hosts, paths and models come from outside: an apostrophe makes it text.
  const harmless = /^\s*[=+\-@\t\r|]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
