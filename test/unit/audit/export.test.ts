import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportRows } from '../../../src/audit/export.ts';
import type { AuditRecord, AuditRow } from '../../../src/contract/audit.ts';
import { record } from './audit-folder.fixture.ts';

const row = (seq: number, changes: Partial<AuditRecord> = {}): AuditRow => ({ seq, hash: String(seq).padStart(64, '0'), record: record(`r${seq}`, changes) });

/** A plain RFC 4180 reader. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end !== ',') lines.push([]);
  }
  return lines.slice(0, -1);
}

describe('the export', () => {
  it('as JSON lines gives every row back whole, with its place in the chain', () => {
    const rows = [row(1), row(2, { note: 'line\nbreak' })];
    const lines = [...exportRows(rows, 'jsonl')];
    expect(lines.every((line) => line.endsWith('\n'))).toBe(true);
    expect(lines.map((line) => JSON.parse(line) as AuditRow)).toEqual(rows);
  });

  it('as CSV has a header and one line per row, with seq and hash', () => {
    const [header, first] = parseCsv(
      [...exportRows([row(7, { startedAt: 0, findings: [{ detector: 'email', count: 2, fingerprints: ['aa'] }] })], 'csv')].join(''),
    );
    const cell = (name: string): string | undefined => first?.[header?.indexOf(name) ?? -1];
    expect(cell('seq')).toBe('7');
    expect(cell('hash')).toMatch(/^0{63}7$/);
    expect(cell('started_at')).toBe('1970-01-01T00:00:00.000Z');
    expect(cell('findings')).toBe('email:2');
    expect(cell('rule')).toBe('');
    expect(first).toHaveLength(header?.length ?? 0);
  });

  it('as CSV lets no value become a formula or break out of its cell', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '=cmd|"/c calc"!A1', 'a,b', 'a"b', 'a\r\nb')),
        (model) => {
          const lines = parseCsv([...exportRows([row(1, { model })], 'csv')].join(''));
          expect(lines).toHaveLength(2);
          const cell = lines[1]?.[lines[0]?.indexOf('model') ?? -1] ?? '';
          expect(cell.startsWith("'") ? [model, `'${model}`].includes(cell) : cell === model).toBe(true);
          expect(cell).not.toMatch(/^\s*[=+\-@|]/);
        },
      ),
    );
  });

  it('of a time no calendar has leaves the cell empty', () => {
    const lines = parseCsv([...exportRows([row(1, { startedAt: Number.MAX_VALUE })], 'csv')].join(''));
    expect(lines[1]?.[lines[0]?.indexOf('started_at') ?? -1]).toBe('');
  });

  it('of nothing is a header, or nothing', () => {
    expect([...exportRows([], 'csv')]).toHaveLength(1);
    expect([...exportRows([], 'jsonl')]).toEqual([]);
  });
});
