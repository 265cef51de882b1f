import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryRows } from '../../../src/audit/query.ts';
import type { AuditFilter } from '../../../src/contract/audit.ts';
import { newFolder, openWriter, record, removeFolders, texts } from './audit-folder.fixture.ts';

let db: DatabaseSync;
beforeAll(() => {
  const dir = newFolder();
  const writer = openWriter(dir);
  const finding = (detector: string, ...fingerprints: string[]) => ({ detector, count: fingerprints.length || 1, fingerprints });
  writer.append(
    texts(
      record('two', { startedAt: 1000, host: 'api.openai.com', provider: 'openai', model: 'gpt', target: 'origin', findings: [finding('email', 'aa', 'bb')] }),
      record('three', { startedAt: 2000, decision: 'block', outcome: 'refused', findings: [finding('github-token', 'cc'), finding('email', 'aa')] }),
      record('four', { startedAt: 500, kind: 'tunnel', outcome: 'tunnelled', peer: undefined, model: undefined, decision: undefined, target: undefined }),
      record('five', { startedAt: 3000, peer: { pid: 2, executable: '/usr/bin/curl', app: 'curl' }, findings: [finding('jwt')] }),
    ),
  );
  writer.close();
  db = new DatabaseSync(join(dir, 'audit.db'));
});
afterAll(() => {
  db.close();
  removeFolders();
});

const ids = (filter: AuditFilter): string[] => queryRows(db, filter).map((row) => row.record.id);
const begin = () => queryRows(db, { before: 2 })[0]?.record.id ?? '';

describe('a query', () => {
  it('gives the newest rows first, and fifty where nothing is said', () => {
    expect(ids({})).toEqual(['five', 'four', 'three', 'two', begin()]);
  });

  const cases: readonly (readonly [string, AuditFilter, readonly string[]])[] = [
    ['by app', { app: 'curl' }, ['five']],
    ['by host', { host: 'api.openai.com' }, ['two']],
    ['by model', { model: 'claude-sonnet' }, ['five', 'three']],
    ['by provider', { provider: 'openai' }, ['two']],
    ['by decision', { decision: 'block' }, ['three']],
    ['by outcome', { outcome: 'tunnelled' }, ['four']],
    ['by target', { target: 'gateway-1' }, ['five', 'three']],
    ['by kind', { kind: 'tunnel' }, ['four']],
    ['by several at once', { app: 'claude-code', outcome: 'forwarded' }, ['two']],
    ['by a detector', { detector: 'email' }, ['three', 'two']],
    ['by a detector that kept no fingerprint', { detector: 'jwt' }, ['five']],
    ['by the fingerprint of a leaked value', { fingerprint: 'aa' }, ['three', 'two']],
    ['by detector and fingerprint', { detector: 'github-token', fingerprint: 'aa' }, []],
    ['by fingerprint and another column', { fingerprint: 'aa', decision: 'block' }, ['three']],
    ['from a time on, by time and not by place', { since: 1000, until: 3000 }, ['five', 'three', 'two']],
    ['until a time', { until: 999 }, ['four']],
    ['since a time that nothing reaches', { since: 1e15 }, []],
    ['until a time before everything', { until: 499 }, []],
    ['by a detector and another column', { detector: 'email', outcome: 'forwarded' }, ['two']],
    ['by a column and a time', { app: 'claude-code', since: 1500 }, ['three']],
    ['by a fingerprint and a time', { fingerprint: 'aa', until: 1500 }, ['two']],
    ['by a column after a row, oldest first', { app: 'claude-code', after: 1, limit: 1 }, ['two']],
    ['by a column before a row', { app: 'claude-code', before: 3 }, ['two']],
    ['before a row', { before: 4, limit: 2 }, ['three', 'two']],
    ['after a row, oldest first', { after: 2, limit: 2 }, ['three', 'four']],
    ['after the last row', { after: 5 }, []],
    ['for nothing that is there', { host: 'bank.example' }, []],
    ['with a quote in it', { host: `' OR 1=1 --` }, []],
  ];
  for (const [name, filter, expected] of cases) {
    it(`filters ${name}`, () => expect(ids(filter)).toEqual(expected));
  }

  it('pages through everything without a gap or a repeat', () => {
    const seen: number[] = [];
    for (let before = Number.MAX_SAFE_INTEGER; ; before = seen.at(-1) ?? 0) {
      const page = queryRows(db, { before, limit: 2 });
      if (page.length === 0) break;
      seen.push(...page.map(({ seq }) => seq));
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });

  it('is answered from an index, in order, for every filter', () => {
    const filters: AuditFilter[] = [
      { app: 'claude-code' },
      { detector: 'email' },
      { fingerprint: 'aa' },
      { fingerprint: 'aa', detector: 'email', kind: 'exchange' },
      { before: 100, host: 'api.openai.com' },
      { after: 1 },
      { since: 1, until: 2000 },
      { kind: 'exchange', since: 1, until: 2000 },
    ];
    for (const filter of filters) {
      const asked: string[] = [];
      const prepare = vi.spyOn(db, 'prepare');
      queryRows(db, filter);
      for (const [sql] of prepare.mock.calls) asked.push(sql);
      prepare.mockRestore();
      const plan = asked
        .filter((sql) => /FROM (entries|findings)/.test(sql))
        .flatMap((sql) => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: sql.split('?').length - 1 }, () => 1)))
        .map((step) => String(step['detail']))
        .join('; ');
      expect(plan, JSON.stringify(filter)).not.toMatch(/SCAN (e|f|entries)\b|TEMP B-TREE/);
      expect(plan, JSON.stringify(filter)).toMatch(/SEARCH (e|f|entries) USING/);
    }
  });

  it('leaves no transaction open, not even when it fails', () => {
    expect(() => queryRows(db, { limit: Number.NaN })).toThrow();
    expect(db.isTransaction).toBe(false);
  });
});

describe('in a log with several blocks of rows and any number of facets', () => {
  const apps = ['a', 'b', 'c'];
  const hosts = 700;
  const rows = 3000;
  const startedAt = (index: number): number => (index === 2000 ? 5 : 1_000_000 + index);
  let big: DatabaseSync;
  beforeAll(() => {
    const dir = newFolder();
    const writer = openWriter(dir, { now: () => 1_000_000 });
    writer.append(
      texts(
        ...Array.from({ length: rows }, (_, index) =>
          record(`${index}`, { startedAt: startedAt(index), host: `h${index % hosts}`, peer: { pid: 1, executable: '/x', app: apps[index % 3] ?? '' } }),
        ),
      ),
    );
    writer.close();
    big = new DatabaseSync(join(dir, 'audit.db'));
  });
  afterAll(() => big.close());

  const all = Array.from({ length: rows }, (_, index) => index);
  const expected = (filter: AuditFilter): string[] => {
    const passing = all.filter(
      (index) =>
        (filter.app === undefined || apps[index % 3] === filter.app) &&
        (filter.host === undefined || `h${index % hosts}` === filter.host) &&
        startedAt(index) >= (filter.since ?? 0) &&
        startedAt(index) <= (filter.until ?? Infinity) &&
        index + 2 < (filter.before ?? Infinity) &&
        index + 2 > (filter.after ?? 1),
    );
    return (filter.after === undefined ? passing.toReversed() : passing).slice(0, filter.limit ?? 50).map(String);
  };

  const filters: readonly AuditFilter[] = [
    { app: 'a' },
    { host: 'h7' },
    { app: 'b', host: 'h7' },
    { kind: 'exchange' },
    { kind: 'exchange', limit: 1000, after: 900 },
    { app: 'c', limit: 1000, after: 5 },
    { app: 'c', before: 2100, limit: 7 },
    { since: 1_001_500, until: 1_001_600 },
    { app: 'a', since: 1_000_100, until: 1_002_500 },
    { kind: 'exchange', until: 10 },
    { host: 'h600', since: 1_002_000 },
  ];
  for (const filter of filters) {
    it(`answers ${JSON.stringify(filter)} as reading every row would`, () => {
      const found = queryRows(big, filter).map((row) => row.record.id);
      expect(found.length).toBeGreaterThan(0);
      expect(found).toEqual(expected(filter));
    });
  }
});
