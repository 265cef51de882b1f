import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryRows, statementFor } from '../../../src/audit/query.ts';
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
    expect(statementFor({}).values).toEqual([50]);
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
      { app: 'x' },
      { host: 'x' },
      { model: 'x' },
      { provider: 'x' },
      { decision: 'block' },
      { outcome: 'x' },
      { target: 'x' },
      { kind: 'note' },
      { detector: 'x' },
      { fingerprint: 'x' },
      { before: 100, host: 'x' },
      { after: 1 },
      { since: 1, until: 2 },
    ];
    for (const filter of filters) {
      const { sql, values } = statementFor(filter);
      const plan = db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map((step) => String(step['detail']));
      expect(plan.join('; '), JSON.stringify(filter)).not.toMatch(/SCAN (e|f)$|TEMP B-TREE/m);
      expect(plan.join('; '), JSON.stringify(filter)).toMatch(/SEARCH (e|f) USING/);
    }
  });
});
