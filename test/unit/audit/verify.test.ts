import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { link } from '../../../src/audit/chain.ts';
import { readPublicKey } from '../../../src/audit/keys.ts';
import { verifyChain } from '../../../src/audit/verify.ts';
import type { VerifyReport } from '../../../src/contract/audit.ts';
import { filledFolder, newFolder, openWriter, record, removeFolders, tamper, texts } from './audit-folder.fixture.ts';

afterAll(removeFolders);

const verify = (dir: string): VerifyReport => verifyChain(dir, readPublicKey(dir));
const faultsOf = (dir: string): string[] => verify(dir).faults.map(({ kind, seq }) => `${kind} ${String(seq)}`);

const contents = 'hash, started_at, facet, text';
const rowAt = (db: DatabaseSync, seq: number) =>
  db.prepare('SELECT * FROM entries WHERE seq = ?').get(seq) as Record<string, unknown> & { hash: Uint8Array; text: string };

/** Computes hashes anew from `seq` on, as an attacker without the signing key can. */
function rehash(db: DatabaseSync, from: number): void {
  let previous = rowAt(db, from - 1).hash;
  for (const { seq, text } of db.prepare('SELECT seq, text FROM entries WHERE seq >= ? ORDER BY seq').all(from) as { seq: number; text: string }[]) {
    previous = link(previous, seq, text);
    db.prepare('UPDATE entries SET hash = ? WHERE seq = ?').run(previous, seq);
  }
}

const edit = (db: DatabaseSync, seq: number): void => {
  db.prepare(`UPDATE entries SET text = replace(text, '"bytesToClient":20', '"bytesToClient":21') WHERE seq = ?`).run(seq);
};

/** Moves rows from `seq` on by `by` places; downwards, the row that stands in the way must be gone. */
const renumber = (db: DatabaseSync, seq: number, by: number): void => {
  for (const table of ['entries', 'findings']) {
    db.prepare(`UPDATE ${table} SET seq = -seq WHERE seq >= ?`).run(seq);
    db.prepare(`UPDATE ${table} SET seq = -seq + ? WHERE seq < 0`).run(by);
  }
};

describe('a log nobody touched', () => {
  it('verifies, with its head and its checkpoints', () => {
    const dir = filledFolder(25, { checkpointEvery: 10 });
    const report = verify(dir);
    expect(report).toMatchObject({ ok: true, rows: 26, unsigned: 0, faults: [] });
    expect(report.checkpoints).toBe(4);
    expect(report.head).toMatch(/^[0-9a-f]{64}$/);
  });

  it('verifies while it is being written', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    for (let index = 0; index < 5; index += 1) {
      writer.append(texts(record('a'), record('b')));
      expect(verify(dir)).toMatchObject({ ok: true, rows: 3 + 2 * index, unsigned: 0 });
    }
    writer.close();
  });

  it('tells how far the reading has come', () => {
    const seen: number[] = [];
    const dir = filledFolder(3);
    verifyChain(dir, readPublicKey(dir), (rows) => seen.push(rows));
    expect(seen).toEqual([4]);
  });
});

describe('verify finds', () => {
  it('an edited row', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => edit(db, 5));
    expect(faultsOf(dir)).toEqual(['edited 5']);
  });

  it('several edited rows, each one', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => [2, 5, 6, 11].forEach((seq) => edit(db, seq)));
    expect(faultsOf(dir)).toEqual(['edited 2', 'edited 5', 'edited 6', 'edited 11']);
  });

  it('any edit of any row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.string({ minLength: 1, maxLength: 5 }), (seq, host) => {
        const dir = filledFolder(8);
        tamper(dir, (db) => db.prepare(`UPDATE entries SET text = json_set(text, '$.host', ?) WHERE seq = ?`).run(host, seq));
        expect(faultsOf(dir)).toEqual([`edited ${seq}`]);
      }),
      { numRuns: 15 },
    );
  });

  it('an edited row whose own hash was made to fit', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => {
      edit(db, 5);
      db.prepare('UPDATE entries SET hash = ? WHERE seq = 5').run(link(rowAt(db, 4).hash, 5, rowAt(db, 5).text));
    });
    expect(faultsOf(dir)).toEqual(['edited 6']);
  });

  it('an edited row after which the whole chain was computed anew', () => {
    const dir = filledFolder(10, { checkpointEvery: 4 });
    tamper(dir, (db) => {
      edit(db, 5);
      rehash(db, 5);
    });
    const report = verify(dir);
    expect(report.ok).toBe(false);
    expect(report.faults[0]).toMatchObject({ kind: 'edited', detail: expect.stringContaining('written anew') as string });
  });

  it('an edited last row, computed anew', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => {
      edit(db, 11);
      rehash(db, 11);
    });
    expect(faultsOf(dir)).toEqual(['edited 11']);
  });

  it('a facet that hides a row from a search while its text is whole', () => {
    for (const column of ['host', 'app', 'model', 'provider', 'decision', 'outcome', 'target', 'kind', 'detectors']) {
      const changes = [
        `UPDATE facets SET ${column} = 'other' WHERE id = (SELECT facet FROM entries WHERE seq = 3)`,
        `CREATE TEMP TABLE f AS SELECT * FROM facets WHERE id = (SELECT facet FROM entries WHERE seq = 3);
         UPDATE f SET id = 99, ${column} = 'other'; INSERT INTO facets SELECT * FROM f; UPDATE entries SET facet = 99 WHERE seq = 3`,
      ];
      for (const change of changes) {
        const dir = filledFolder(3);
        tamper(dir, (db) => db.exec(change));
        expect(verify(dir).faults, change).toMatchObject([{ kind: 'edited', seq: 3, detail: expect.stringContaining(column) as string }]);
      }
    }
  });

  it('a facet that is another row’s, or gone', () => {
    for (const change of ['UPDATE entries SET facet = 1 WHERE seq = 3', 'DELETE FROM facets WHERE id = (SELECT facet FROM entries WHERE seq = 3)']) {
      const dir = filledFolder(3);
      tamper(dir, (db) => db.exec(change));
      expect(faultsOf(dir), change).toEqual(['edited 3']);
    }
  });

  it('times that hide rows from a search, of a row or of a whole block', () => {
    const changes = [
      'UPDATE entries SET started_at = started_at + 1 WHERE seq = 3',
      'DELETE FROM times',
      'UPDATE times SET earliest = latest + 1',
      'UPDATE times SET latest = earliest - 1',
    ];
    for (const change of changes) {
      const dir = filledFolder(3);
      tamper(dir, (db) => db.exec(change));
      expect(faultsOf(dir), change).toContain('edited 3');
    }
  });

  it('findings that were taken out of, changed in or added to their index', () => {
    const changes = [
      'DELETE FROM findings WHERE seq = 2',
      `UPDATE findings SET fingerprint = 'ff' WHERE fingerprint = 'aa'`,
      `INSERT INTO findings VALUES ('ff', 2, 'email')`,
      `INSERT INTO findings VALUES ('ff', 99, 'email')`,
    ];
    for (const change of changes) {
      const dir = newFolder();
      const writer = openWriter(dir);
      writer.append(texts(record('a', { findings: [{ detector: 'email', count: 2, fingerprints: ['aa', 'bb'] }] }), record('b')));
      writer.close();
      expect(verify(dir).ok).toBe(true);
      tamper(dir, (db) => db.exec(change));
      expect(verify(dir).ok, change).toBe(false);
    }
  });

  it('a deleted row', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => db.exec('DELETE FROM entries WHERE seq = 5'));
    expect(faultsOf(dir)).toEqual(['deleted 5']);
  });

  it('deleted first rows, which only retention may remove', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => db.exec('DELETE FROM entries WHERE seq <= 3'));
    expect(faultsOf(dir)).toEqual(['deleted 1']);
  });

  it('a deleted row whose successors were renumbered', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => {
      db.exec('DELETE FROM entries WHERE seq = 5');
      renumber(db, 6, -1);
    });
    expect(verify(dir).faults[0]).toMatchObject({ kind: 'deleted', seq: 5 });
  });

  it('an inserted row, with the rows after it moved up', () => {
    for (const fits of [true, false]) {
      const dir = filledFolder(10);
      tamper(dir, (db) => {
        renumber(db, 5, 1);
        const text = JSON.stringify(record('forged'));
        const hash = fits ? link(rowAt(db, 4).hash, 5, text) : Buffer.alloc(32, 7);
        db.exec(`INSERT INTO facets SELECT 99, kind, app, 'api.anthropic.com', model, provider, decision, outcome, target, detectors FROM facets WHERE id = 2`);
        db.prepare(`INSERT INTO entries (seq, ${contents}) VALUES (5, ?, json_extract(?, '$.startedAt'), 99, ?)`).run(hash, text, text);
        db.exec('UPDATE times SET latest = latest + 1000');
      });
      expect(faultsOf(dir), `fits: ${fits}`).toEqual(['inserted 5']);
    }
  });

  it('two neighbours that changed places', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => swap(db, 5, 6, contents));
    expect(faultsOf(dir)).toEqual(['reordered 5', 'reordered 6']);
  });

  it('two distant rows that changed places', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => swap(db, 4, 9, contents));
    expect(faultsOf(dir)).toEqual(['reordered 4', 'reordered 9']);
  });

  it('two rows whose texts changed places under their hashes', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => swap(db, 4, 9, 'text'));
    expect(faultsOf(dir)).toEqual(['reordered 4', 'reordered 9']);
  });

  it('a tail that was cut off', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => db.exec('DELETE FROM entries WHERE seq > 8'));
    expect(faultsOf(dir)).toEqual(['truncated 8']);
  });

  it('a tail that was cut off together with the checkpoints after it', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => db.exec(`DELETE FROM entries WHERE seq > 8; DELETE FROM checkpoints WHERE json_extract(text, '$.seq') > 8`));
    expect(faultsOf(dir)).toEqual(['truncated 8']);
  });

  it('a tail that was replaced by other rows', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => {
      edit(db, 9);
      rehash(db, 9);
      db.exec(`DELETE FROM checkpoints WHERE json_extract(text, '$.seq') > 8`);
    });
    expect(faultsOf(dir)).toEqual(['edited 11']);
  });

  it('a cut tail after the agent has run again and written further', () => {
    const dir = filledFolder(10);
    tamper(dir, (db) => db.exec(`DELETE FROM entries WHERE seq > 8; DELETE FROM checkpoints WHERE json_extract(text, '$.seq') > 8`));
    const writer = openWriter(dir);
    for (let index = 0; index < 10; index += 1) writer.append(texts(record('later')));
    writer.close();
    const report = verify(dir);
    expect(report.faults).toMatchObject([{ kind: 'edited', seq: 11 }]);
    tamper(dir, (db) => expect(rowAt(db, 9).text).toContain('does not hold what its signed head says'));
  });

  it('a removed head file, and still after the agent has run again', () => {
    const dir = filledFolder(10);
    rmSync(join(dir, 'audit.head'));
    tamper(dir, (db) => db.exec(`DELETE FROM entries WHERE seq > 8; DELETE FROM checkpoints WHERE json_extract(text, '$.seq') > 8`));
    expect(faultsOf(dir)).toEqual(['truncated undefined']);
    openWriter(dir).close();
    expect(faultsOf(dir)).toEqual(['truncated 8']);
  });

  it('a forged head file', () => {
    const dir = filledFolder(3);
    const text = JSON.stringify({ kind: 'head', chain: 'x', seq: 1, hash: '00', at: 0 });
    const signature = sign(null, Buffer.from(text), generateKeyPairSync('ed25519').privateKey).toString('base64');
    writeFileSync(join(dir, 'audit.head'), `${text}\n${signature}\n`);
    expect(faultsOf(dir)).toEqual(['bad-checkpoint undefined']);
  });

  it('a head file of another installation', () => {
    const dir = filledFolder(3);
    copyFileSync(join(filledFolder(3), 'audit.head'), join(dir, 'audit.head'));
    expect(faultsOf(dir)).toEqual(['bad-checkpoint undefined']);
  });

  it('an edited checkpoint', () => {
    const dir = filledFolder(3);
    tamper(dir, (db) => db.exec(`UPDATE checkpoints SET text = json_set(text, '$.seq', 2) WHERE id = 1`));
    expect(faultsOf(dir)).toEqual(['bad-checkpoint undefined']);
  });

  it('a checkpoint swapped with another’s signature', () => {
    const dir = filledFolder(10, { checkpointEvery: 4 });
    tamper(dir, (db) => db.exec('UPDATE checkpoints SET signature = (SELECT signature FROM checkpoints WHERE id = 1) WHERE id = 2'));
    expect(faultsOf(dir)).toEqual(['bad-checkpoint undefined']);
  });

  it('a checkpoint of an earlier chain of the same key', () => {
    const dir = filledFolder(3);
    let stolen: Record<string, unknown> = {};
    tamper(dir, (db) => (stolen = db.prepare('SELECT text, signature FROM checkpoints').get() ?? {}));
    for (const name of ['audit.db', 'audit.head']) rmSync(join(dir, name));
    openWriter(dir).close();
    tamper(dir, (db) => db.prepare('INSERT INTO checkpoints (text, signature) VALUES (?, ?)').run(String(stolen['text']), String(stolen['signature'])));
    expect(verify(dir).faults).toMatchObject([{ kind: 'bad-checkpoint', detail: expect.stringContaining('another chain') as string }]);
  });

  it('that every checkpoint was removed', () => {
    const dir = filledFolder(3);
    tamper(dir, (db) => db.exec('DELETE FROM checkpoints'));
    expect(faultsOf(dir)).toEqual(['bad-checkpoint undefined']);
  });

  it('a file that is no database, and one with damaged pages', () => {
    const garbage = filledFolder(3);
    writeFileSync(join(garbage, 'audit.db'), 'no database');
    expect(verify(garbage).faults).toMatchObject([{ kind: 'unreadable' }]);
    const holed = filledFolder(200);
    tamper(holed, (db) => db.exec('VACUUM'));
    writeFileSync(join(holed, 'audit.db'), Buffer.alloc(40_000, 0xaa), { flag: 'r+' });
    expect(verify(holed).ok).toBe(false);
  });
});

it('rows beyond the signed head are counted as unsigned, and are no fault: a killed agent leaves them', () => {
  const dir = filledFolder(3);
  tamper(dir, (db) => {
    const text = rowAt(db, 4).text;
    db.prepare(`INSERT INTO entries (seq, ${contents}) SELECT 5, ?, ${contents.slice(6)} FROM entries WHERE seq = 4`).run(link(rowAt(db, 4).hash, 5, text));
  });
  expect(verify(dir)).toMatchObject({ ok: true, rows: 5, unsigned: 1 });
  openWriter(dir).close();
  tamper(dir, (db) => expect(rowAt(db, 6).text).toContain('Rows 5 to 5 had been written but not signed'));
});

function swap(db: DatabaseSync, one: number, other: number, columns: string): void {
  const names = columns.split(', ');
  const [first, second] = [rowAt(db, one), rowAt(db, other)];
  const update = db.prepare(`UPDATE entries SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE seq = ?`);
  const values = (row: Record<string, unknown>) => names.map((name) => row[name] as string | number | null | Uint8Array);
  update.run(...values(second), one);
  update.run(...values(first), other);
}
