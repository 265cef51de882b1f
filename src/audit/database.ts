// The audit file: its tables and how it is opened.
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../contract/errors.ts';

export const auditFile = (dir: string): string => join(dir, 'audit.db');

const version = 1;

// Every index ends in seq of its own, because seq is the table's row id: each filter can be paged backwards without sorting.
const schema = `
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    started_at INTEGER NOT NULL, kind TEXT, app TEXT, host TEXT, model TEXT, provider TEXT, decision TEXT, outcome TEXT, target TEXT,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_started_at ON entries (started_at);
  CREATE INDEX entries_kind ON entries (kind);
  CREATE INDEX entries_app ON entries (app) WHERE app IS NOT NULL;
  CREATE INDEX entries_host ON entries (host);
  CREATE INDEX entries_model ON entries (model) WHERE model IS NOT NULL;
  CREATE INDEX entries_provider ON entries (provider) WHERE provider IS NOT NULL;
  CREATE INDEX entries_decision ON entries (decision) WHERE decision IS NOT NULL;
  CREATE INDEX entries_outcome ON entries (outcome);
  CREATE INDEX entries_target ON entries (target) WHERE target IS NOT NULL;
  CREATE TABLE findings (
    seq INTEGER NOT NULL, detector TEXT NOT NULL, fingerprint TEXT NOT NULL,
    PRIMARY KEY (seq, detector, fingerprint)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX findings_detector ON findings (detector, seq);
  CREATE INDEX findings_fingerprint ON findings (fingerprint, seq);
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
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;');
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
  const probes = ['seq, hash, text FROM entries', 'seq, detector, fingerprint FROM findings', 'id, text, signature FROM checkpoints'];
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
