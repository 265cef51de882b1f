// The audit file: its tables and how it is opened.
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../contract/errors.ts';
import { facetColumns } from './chain.ts';

export const auditFile = (dir: string): string => join(dir, 'audit.db');

const version = 2;

// One index on the rows is all that writing pays for: a facet stands for every column a row is searched by, and the index ends in seq of
// its own (the row id), so that each facet's rows can be paged in order. Times are kept per block of rows, fingerprints where there are any.
const schema = `
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, started_at INTEGER NOT NULL, facet INTEGER NOT NULL, text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_facet ON entries (facet);
  CREATE TABLE facets (
    id INTEGER PRIMARY KEY,
    kind TEXT, app TEXT, host TEXT, model TEXT, provider TEXT, decision TEXT, outcome TEXT, target TEXT, detectors TEXT
  ) STRICT;
  CREATE TABLE times (block INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;
  CREATE TABLE findings (
    fingerprint TEXT NOT NULL, seq INTEGER NOT NULL, detector TEXT NOT NULL,
    PRIMARY KEY (fingerprint, seq, detector)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoints (id INTEGER PRIMARY KEY, text TEXT NOT NULL, signature TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${version};
`;

/** A file that is no audit file of ours: damaged, foreign, or of a version we do not know. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/** SQLite's primary result code, or 0 for errors of any other kind. */
export function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

const corrupt = 11;
const notADatabase = 26;
export const diskFull = 13;

export const isDamage = (error: unknown): boolean => error instanceof UnusableFile || [corrupt, notADatabase].includes(sqliteCode(error));

/** Opens for writing, with tables in place. Throws `UnusableFile` or SQLite's own error. */
export function openForWriting(dir: string): DatabaseSync {
  // Made here and not by SQLite, which would let every user of the machine read it; its side files take over the mode.
  closeSync(openSync(auditFile(dir), 'a', 0o600));
  const db = new DatabaseSync(auditFile(dir), { timeout: 5000 });
  try {
    // FULL: a row that was acknowledged, or stands in the signed head, survives a power cut too.
    // Pages of 8 KiB hold a row of usual size with less waste; the write-ahead log is copied back in larger pieces (16 MiB).
    db.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -8000;');
    const found = db.prepare('PRAGMA user_version').get()?.['user_version'];
    if (found === 0 && tableCount(db) === 0) db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    else if (found !== version) throw new UnusableFile(`the file is of version ${String(found)}, this Heimdall knows version ${version}`);
    checkTables(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Throws when a table or column is missing, or its first pages cannot be read. */
function checkTables(db: DatabaseSync): void {
  const probes = [
    'seq, hash, started_at, facet, text FROM entries',
    `id, ${facetColumns.join(', ')} FROM facets`,
    'block, earliest, latest FROM times',
    'fingerprint, seq, detector FROM findings',
    'id, text, signature FROM checkpoints',
  ];
  for (const probe of probes) {
    try {
      db.prepare(`SELECT ${probe} ORDER BY 1 DESC LIMIT 1`).get();
    } catch (error) {
      // SQLite's plain "error" says that a table or column is not there.
      throw sqliteCode(error) === 1 ? new UnusableFile(messageOf(error), { cause: error }) : error;
    }
  }
}

function tableCount(db: DatabaseSync): number {
  return Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
}

/** Opens for reading; nothing is written, not even SQLite's shared-memory file when no agent has the log open. */
export function openForReading(dir: string): DatabaseSync {
  const url = pathToFileURL(auditFile(dir));
  // Without a write-ahead log beside it, nobody has the file open and it can be taken as it lies.
  url.search = existsSync(`${auditFile(dir)}-wal`) ? '?mode=ro' : '?mode=ro&immutable=1';
  return new DatabaseSync(url, { readOnly: true, timeout: 5000 });
}
