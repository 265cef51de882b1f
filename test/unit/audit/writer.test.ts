import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPublicKey } from '../../../src/audit/keys.ts';
import { queryRows } from '../../../src/audit/query.ts';
import { verifyChain } from '../../../src/audit/verify.ts';
import type { AuditRow } from '../../../src/contract/audit.ts';
import { filledFolder, newFolder, openWriter, record, removeFolders, tamper, texts } from './audit-folder.fixture.ts';

afterAll(removeFolders);

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const verify = (dir: string) => verifyChain(dir, readPublicKey(dir));
const rowsIn = (dir: string): readonly AuditRow[] => {
  let rows: readonly AuditRow[] = [];
  tamper(dir, (db) => (rows = queryRows(db, { after: 0, limit: 1000 })));
  return rows;
};
const checkpointsIn = (dir: string): { kind: string; seq: number; chain: string }[] => {
  const found: { kind: string; seq: number; chain: string }[] = [];
  tamper(dir, (db) => {
    for (const row of db.prepare('SELECT text FROM checkpoints ORDER BY id').all()) found.push(JSON.parse(String(row['text'])) as (typeof found)[0]);
  });
  return found;
};

describe('the writer', () => {
  it('signs a checkpoint every so many rows, and at the end', () => {
    const dir = newFolder();
    const writer = openWriter(dir, { checkpointEvery: 4 });
    for (let index = 0; index < 10; index += 1) writer.append(texts(record(`r${index}`)));
    writer.close();
    expect(checkpointsIn(dir).map(({ seq }) => seq)).toEqual([1, 5, 9, 11]);
    expect(new Set(checkpointsIn(dir).map(({ chain }) => chain)).size).toBe(1);
  });

  it('signs nothing at the end when nothing is new', () => {
    const dir = filledFolder(3);
    const before = checkpointsIn(dir).length;
    openWriter(dir).close();
    expect(checkpointsIn(dir)).toHaveLength(before);
  });

  it('writes a batch whole or not at all', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    expect(() => writer.append([...texts(record('a'), record('b')), 'not JSON'])).toThrow(SyntaxError);
    expect(writer.last.seq).toBe(1);
    writer.append(texts(record('c')));
    writer.close();
    expect(
      rowsIn(dir)
        .map((row) => row.record.id)
        .slice(1),
    ).toEqual(['c']);
    expect(verify(dir).ok).toBe(true);
  });

  it('gives rows that are searched by the same values one facet, also after a failed batch and after opening anew', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    expect(() => writer.append([...texts(record('a')), 'not JSON'])).toThrow(SyntaxError);
    writer.append(texts(record('b'), record('c')));
    writer.close();
    const again = openWriter(dir);
    again.append(texts(record('d'), record('e', { host: 'other.example' })));
    again.close();
    tamper(dir, (db) => expect(db.prepare('SELECT count(*) AS n FROM facets').get()).toEqual({ n: 3 }));
    expect(verify(dir).ok).toBe(true);
  });

  it('takes values that are no whole Unicode text', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    writer.append(texts(record('a', { model: 'half \ud800', findings: [{ detector: 'email', count: 1, fingerprints: ['\udc00'] }] })));
    writer.close();
    expect(rowsIn(dir)[1]?.record.model).toBe('half \ud800');
    expect(verify(dir)).toMatchObject({ ok: true, faults: [] });
  });

  it('leaves the log whole when the disk is full, and goes on when it no longer is', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    writer.limitPages(1);
    const batch = texts(...Array.from({ length: 500 }, (_, index) => record(`r${index}`)));
    expect(() => writer.append(batch)).toThrow(/full/);
    expect(() => writer.append(batch)).toThrow(/full/);
    expect(verify(dir)).toMatchObject({ ok: true, rows: 1 });
    writer.limitPages(100_000);
    expect(writer.append(batch).first).toBe(2);
    writer.close();
    expect(verify(dir)).toMatchObject({ ok: true, rows: 501 });
  });

  it('lets a second writer lengthen the chain without forking it', () => {
    const dir = newFolder();
    const [one, two] = [openWriter(dir), openWriter(dir)];
    for (let index = 0; index < 5; index += 1) {
      one.append(texts(record(`one${index}`)));
      two.append(texts(record(`two${index}`)));
    }
    one.close();
    two.close();
    expect(verify(dir)).toMatchObject({ ok: true, rows: 11 });
  });

  it('orders rows by their place, whatever the clock says', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    for (const at of [start, start + 50 * day, start - 50 * day, Number.NaN, 1.5]) writer.append(texts(record(`at ${at}`, { startedAt: at })));
    writer.close();
    expect(
      rowsIn(dir)
        .map((row) => row.record.id)
        .slice(1),
    ).toEqual([start, start + 50 * day, start - 50 * day, 'NaN', 1.5].map((at) => `at ${at}`));
    expect(verify(dir).ok).toBe(true);
  });
});

describe('opening', () => {
  it('says in a new chain’s first row that the earlier file is gone, and where it ended', () => {
    const dir = filledFolder(4);
    rmSync(join(dir, 'audit.db'));
    openWriter(dir).close();
    expect(rowsIn(dir)[0]?.record.note).toMatch(/An earlier audit file is gone; by its signed head it ended with row 5/);
    expect(verify(dir).ok).toBe(true);
  });

  it('sets a file aside that another key signed', () => {
    const dir = filledFolder(4);
    rmSync(join(dir, 'audit-signing.key'));
    const writer = openWriter(dir);
    expect(writer.setAside).toMatch(/audit-corrupt-/);
    writer.close();
    expect(rowsIn(dir)[0]?.record.note).toContain('nothing in it is signed with the signing key of this installation');
    expect(verify(dir).ok).toBe(true);
  });

  it('sets a file of a later version aside instead of writing into it', () => {
    const dir = filledFolder(4);
    tamper(dir, (db) => db.exec('PRAGMA user_version = 99'));
    const before = readFileSync(join(dir, 'audit.db'));
    const writer = openWriter(dir);
    const aside = writer.setAside ?? '';
    writer.close();
    expect(readFileSync(aside).subarray(100)).toEqual(before.subarray(100));
  });

  it('sets a file with a missing table aside', () => {
    const dir = filledFolder(4);
    tamper(dir, (db) => db.exec('DROP TABLE findings'));
    const writer = openWriter(dir);
    expect(writer.setAside).toBeDefined();
    writer.close();
    expect(verify(dir).ok).toBe(true);
  });
});

describe('retention', () => {
  /** One row a day for `days` days, the last one today. */
  const daily = (dir: string, days: number): number => {
    const writer = openWriter(dir, { now: () => start });
    for (let index = 0; index < days; index += 1) writer.append(texts(record(`day${index}`, { startedAt: start + index * day })));
    writer.close();
    return start + (days - 1) * day;
  };

  it('removes rows past it, and the rest still verifies', () => {
    const dir = newFolder();
    const now = daily(dir, 100);
    const writer = openWriter(dir, { retentionDays: 30, now: () => now });
    expect(writer.prune()).toBe(70);
    expect(writer.prune()).toBe(0);
    expect(writer.rows).toBe(31);
    writer.append(texts(record('next')));
    writer.close();
    expect(verify(dir)).toMatchObject({ ok: true, rows: 32, faults: [] });
    expect(rowsIn(dir)[0]?.record.id).toBe('day69');
    expect(checkpointsIn(dir)[0]).toMatchObject({ kind: 'head' });
    expect(checkpointsIn(dir).some(({ kind, seq }) => kind === 'pruned' && seq === 70)).toBe(true);
  });

  it('hides no tampering: a deletion after it is still found', () => {
    const dir = newFolder();
    const now = daily(dir, 100);
    const writer = openWriter(dir, { retentionDays: 30, now: () => now });
    writer.prune();
    writer.close();
    tamper(dir, (db) => db.exec('DELETE FROM entries WHERE seq = 71'));
    expect(verify(dir).faults).toMatchObject([{ kind: 'deleted', seq: 71 }]);
  });

  it('keeps the last row, and everything when a clock ran ahead', () => {
    const dir = newFolder();
    daily(dir, 10);
    const writer = openWriter(dir, { retentionDays: 30, now: () => start + 4000 * day });
    expect(writer.prune()).toBe(0);
    writer.close();
    expect(rowsIn(dir)).toHaveLength(11);
  });

  it('is not held up by a row that a wrong clock dated into the future', () => {
    const dir = newFolder();
    const writer = openWriter(dir, { retentionDays: 30, now: () => start + 60 * day });
    for (const age of [0, 1, 9999, 2, 55, 60]) writer.append(texts(record(`age${age}`, { startedAt: start + age * day })));
    // The chain's first row is dated by the writer's clock, so it is made old here like the others.
    writer.close();
    expect(rowsIn(dir)).toHaveLength(7);
    const later = openWriter(dir, { retentionDays: 30, now: () => start + 100 * day });
    for (const age of [99, 100]) later.append(texts(record(`age${age}`, { startedAt: start + age * day })));
    later.prune();
    later.close();
    expect(rowsIn(dir).map((row) => row.record.id)).toEqual(['age99', 'age100']);
    expect(verify(dir).ok).toBe(true);
  });

  it('removes findings with their rows', () => {
    const dir = newFolder();
    const writer = openWriter(dir, { retentionDays: 1, now: () => start });
    writer.append(texts(record('old', { startedAt: start - 9 * day, findings: [{ detector: 'email', count: 1, fingerprints: ['aa'] }] })));
    writer.append(texts(record('new', { startedAt: start + 9 * day })));
    writer.close();
    const later = openWriter(dir, { retentionDays: 1, now: () => start + 9 * day });
    later.prune();
    later.close();
    tamper(dir, (db) => expect(db.prepare('SELECT count(*) AS n FROM findings').get()).toEqual({ n: 0 }));
    expect(verify(dir).ok).toBe(true);
  });

  it('removes what rows were searched by with the last row that says it, and goes on writing after', () => {
    const dir = newFolder();
    const writer = openWriter(dir, { retentionDays: 1, now: () => start });
    const old = Array.from({ length: 3000 }, (_, index) =>
      record(`old${index}`, { startedAt: start - 9 * day, host: index % 2 === 0 ? 'gone.example' : 'kept.example' }),
    );
    writer.append(texts(...old, record('new', { startedAt: start + 9 * day, host: 'kept.example' })));
    writer.close();
    const later = openWriter(dir, { retentionDays: 1, now: () => start + 9 * day });
    expect(later.prune()).toBe(3001);
    tamper(dir, (db) => {
      expect(db.prepare(`SELECT host FROM facets`).all()).toEqual([{ host: 'kept.example' }]);
      expect(db.prepare('SELECT block FROM times').all()).toEqual([{ block: 2 }]);
    });
    later.append(texts(record('again', { startedAt: start + 9 * day, host: 'gone.example' })));
    later.close();
    tamper(dir, (db) => expect(queryRows(db, { host: 'gone.example' }).map((row) => row.record.id)).toEqual(['again']));
    expect(verify(dir)).toMatchObject({ ok: true, rows: 2 });
  });
});
