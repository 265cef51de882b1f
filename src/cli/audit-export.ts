// `heimdall audit export`: the log for other tools, oldest row first, as JSON lines or CSV.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import type { AuditRecord, AuditRow } from '../contract/audit.ts';
import { AgentError, messageOf } from '../contract/errors.ts';
import { filterOf, filterOptions } from './audit-filter-options.ts';
import { eachRow, withAuditSource } from './audit-source.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandSpec } from './command.ts';

export const auditExport: CommandSpec = {
  name: 'audit export',
  summary: 'write the log as JSON lines or CSV',
  options: [
    { flags: '--format <format>', description: 'jsonl: whole rows; csv: the main columns (default: jsonl)', choices: ['jsonl', 'csv'] },
    { flags: '-o, --output <file>', description: 'write to a new file, mode 0600, instead of standard output' },
    ...filterOptions,
    dataDirOption,
  ],
  examples: [
    ['heimdall audit export -o audit.jsonl', 'the whole log'],
    ['heimdall audit export --since 7d --format csv > week.csv', 'the last week for a spreadsheet'],
  ],
  run: async (context, input) =>
    withAuditSource(context, input, async (source) => {
      const csv = input.text('format') === 'csv' && !input.json;
      const file = input.text('output');
      const sink = file === undefined ? printingSink(context) : await fileSink(file);
      if (csv) await sink.line(csvColumns.map(([title]) => title).join(','));
      let rows = 0;
      for await (const row of eachRow(source, filterOf(context, input))) {
        await sink.line(csv ? csvLine(row) : JSON.stringify(row));
        rows += 1;
      }
      await sink.end();
      if (file !== undefined) context.err.line(`${rows} rows written to ${file}.`);
      return 'ok';
    }),
};

interface Sink {
  line(text: string): Promise<void>;
  end(): Promise<void>;
}

function printingSink({ out }: CommandContext): Sink {
  const line = (text: string): Promise<void> => {
    out.line(text);
    return Promise.resolve();
  };
  return { line, end: () => Promise.resolve() };
}

async function fileSink(file: string): Promise<Sink> {
  const failed = (cause: unknown): AgentError =>
    new AgentError('internal', `${file} cannot be written: ${messageOf(cause)}. Choose another name or place.`, { cause });
  const stream: WriteStream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await once(stream, 'open').catch((cause: unknown) => Promise.reject(failed(cause)));
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined); // raced below; a late failure shows at `end`
  stream.on('error', (cause) => broken.reject(failed(cause)));
  return {
    line: async (text) => {
      if (!stream.write(`${text}\n`)) await Promise.race([once(stream, 'drain'), broken.promise]);
    },
    end: async () => {
      stream.end();
      await Promise.race([once(stream, 'close'), broken.promise]);
    },
  };
}

const csvColumns: readonly (readonly [title: string, value: (record: AuditRecord, row: AuditRow) => string | number | undefined])[] = [
  ['seq', (_record, row) => row.seq],
  ['id', (record) => record.id],
  ['time', (record) => new Date(record.startedAt).toISOString()],
  ['kind', (record) => record.kind],
  ['outcome', (record) => record.outcome],
  ['app', (record) => record.peer?.app],
  ['host', (record) => record.host],
  ['path', (record) => record.path],
  ['provider', (record) => record.provider],
  ['dialect', (record) => record.dialect],
  ['model', (record) => record.model],
  ['decision', (record) => record.decision],
  ['rule', (record) => record.rule],
  ['findings', (record) => record.findings?.map(({ detector, count }) => `${detector}:${count}`).join(' ')],
  ['target', (record) => record.target],
  ['status', (record) => record.status],
  ['duration_ms', (record) => record.durationMs],
  ['first_token_ms', (record) => record.firstTokenMs],
  ['input_tokens', (record) => record.usage?.inputTokens],
  ['output_tokens', (record) => record.usage?.outputTokens],
  ['cost_usd', (record) => record.costUsd],
  ['error', (record) => record.error?.code],
  ['hash', (_record, row) => row.hash],
];

function csvLine(row: AuditRow): string {
  return csvColumns.map(([, value]) => csvCell(value(row.record, row))).join(',');
}

/** RFC 4180; text that a spreadsheet would run as a formula gets an apostrophe before it. */
function csvCell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
