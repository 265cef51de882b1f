import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listCells, listColumns, livePrinter } from '../../../src/cli/exchange-line.ts';
import { Output } from '../../../src/cli/output.ts';
import { tableLines } from '../../../src/cli/table.ts';
import { record } from './fixture.ts';

function terminal(columns: number | undefined): { output: Output; lines: () => string[]; resize: (columns: number) => void } {
  let text = '';
  const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
    text += chunk.toString();
    done();
  };
  const stream = Object.assign(new Writable({ write }), { isTTY: columns !== undefined, columns });
  return { output: new Output(stream, { NO_COLOR: '1' }), lines: () => text.trimEnd().split('\n'), resize: (wide) => (stream.columns = wide) };
}

const row = { seq: 7, hash: 'h', record: record({ model: 'claude-haiku-4-5-20251001', host: 'generativelanguage.googleapis.com' }) };

describe('a table of exchanges', () => {
  test('is never wider than a terminal of 80 columns or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 220 }), fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (columns, host, model) => {
        const cells = listCells({ ...row, record: record({ host, model }) });
        for (const line of tableLines(listColumns, [cells], terminal(columns).output)) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('keeps who, where, which model and what was decided at 80 columns', () => {
    const { output, lines } = terminal(80);
    livePrinter(output).row(row);
    expect(lines()[0]?.split(/\s+/)).toEqual(['TIME', 'APP', 'HOST', 'MODEL', 'DECISION', 'STATUS']);
    expect(lines()[1]).toContain('claude-code');
    expect(lines()[1]).toContain('redact');
  });

  test('cuts nothing that is short enough for its column where no terminal bounds it', () => {
    const [head, line] = tableLines(listColumns, [listCells(row)], terminal(undefined).output);
    expect(head).toContain('COST');
    expect(line).toContain('generativelanguage.googleapis.com');
    expect(line).toContain('claude-haiku-4-5-20251001');
  });

  test('that grows line by line keeps its columns under their titles', () => {
    const { output, lines } = terminal(160);
    const table = livePrinter(output);
    table.row(row);
    table.row({ ...row, record: record({ model: 'm', host: 'h' }) });
    const [head = '', ...rest] = lines();
    expect(rest).toHaveLength(2);
    for (const line of rest) expect(line.slice(head.indexOf('DECISION')).startsWith('redact')).toBe(true);
  });

  test('has a new head where the terminal has changed its width', () => {
    const { output, lines, resize } = terminal(160);
    const table = livePrinter(output);
    table.head();
    table.row(row);
    resize(80);
    table.row(row);
    expect(lines().map((line) => line.startsWith('TIME'))).toEqual([true, false, true, false]);
  });
});
