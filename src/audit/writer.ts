// Writes the chain: appends rows in one transaction per batch, signs heads and checkpoints, removes what retention lets go.
// Runs on the writer's own thread; everything here is synchronous.
import { randomUUIDv7 } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditRecord } from '../contract/audit.ts';
import { blockOf, findingKeys, link, noHash, readCheckpoint, signCheckpoint, startedAtOf, type Checkpoint, type Place } from './chain.ts';
import { auditFile, isDamage, openForWriting, UnusableFile } from './database.ts';
import { Facets } from './facets.ts';
import { HeadFile, headFile, readHead } from './head-file.ts';
import { openAuditKeys, type AuditKeys } from './keys.ts';
import { noteRecord } from './note.ts';
import { lastExpired, removeUpTo } from './retention.ts';

export interface WriterOptions {
  readonly dir: string;
  readonly retentionDays: number;
  /** A signed checkpoint at the latest after so many rows. */
  readonly checkpointEvery: number;
  readonly now?: () => number;
}

export interface Written {
  /** Seq of the batch's first row. */
  readonly first: number;
  /** 32 bytes per row. */
  readonly hashes: Uint8Array<ArrayBuffer>;
}

/** Moves a file that cannot be used out of the way, with all that belongs to it. Gives its new name. */
function moveAway(dir: string, at: number): string {
  const stamp = new Date(at).toISOString().replace(/[:.]/g, '-');
  const aside = join(dir, `audit-corrupt-${stamp}.db`);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(auditFile(dir) + suffix)) renameSync(auditFile(dir) + suffix, aside + suffix);
  }
  if (existsSync(headFile(dir))) renameSync(headFile(dir), join(dir, `audit-corrupt-${stamp}.head`));
  return aside;
}

/** The earliest and latest time in each block of rows that a batch touches. */
class BlockTimes {
  readonly blocks = new Map<number, { earliest: number; latest: number }>();

  add(seq: number, at: number): void {
    const block = this.blocks.get(blockOf(seq));
    if (block === undefined) {
      this.blocks.set(blockOf(seq), { earliest: at, latest: at });
      return;
    }
    block.earliest = Math.min(block.earliest, at);
    block.latest = Math.max(block.latest, at);
  }
}

export class ChainWriter {
  /** The last row that was there before this writer wrote anything of its own. */
  readonly foundSeq: number;
  /** Name of an unusable file that was set aside at opening. */
  readonly setAside: string | undefined;
  readonly #options: WriterOptions;
  readonly #now: () => number;
  readonly #keys: AuditKeys;
  readonly #db: DatabaseSync;
  readonly #head: HeadFile;
  readonly #chain: string;
  readonly #lastRow: StatementSync;
  readonly #insertEntry: StatementSync;
  readonly #insertFinding: StatementSync;
  readonly #widenBlock: StatementSync;
  readonly #facets: Facets;
  #sinceCheckpoint = 0;

  /** Throws `audit-unusable` for the keys, and SQLite's own errors for the file. A damaged file is set aside, never overwritten. */
  constructor(options: WriterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#keys = openAuditKeys(options.dir);
    const opened = this.#open();
    this.#db = opened.db;
    this.#chain = opened.chain ?? randomUUIDv7();
    this.setAside = opened.setAside;
    this.#lastRow = this.#db.prepare('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1');
    this.#insertEntry = this.#db.prepare('INSERT INTO entries (seq, hash, started_at, facet, text) VALUES (?, ?, ?, ?, ?)');
    this.#insertFinding = this.#db.prepare('INSERT INTO findings (fingerprint, seq, detector) VALUES (?, ?, ?)');
    this.#widenBlock = this.#db.prepare(`INSERT INTO times (block, earliest, latest) VALUES (?, ?, ?)
      ON CONFLICT (block) DO UPDATE SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)`);
    this.#facets = new Facets(this.#db);
    this.foundSeq = this.last.seq;
    const notes = opened.chain === undefined ? [this.#beginning(opened.why)] : this.#examineHead();
    this.#head = new HeadFile(options.dir, this.#keys.signing);
    if (notes.length > 0) this.append(notes.map((note) => JSON.stringify(note)));
    this.checkpoint();
  }

  /** The end of the chain; seq 0 before its first row. */
  get last(): Place {
    const row = this.#lastRow.get();
    return row === undefined ? { seq: 0, hash: noHash } : { seq: row['seq'] as number, hash: row['hash'] as Uint8Array };
  }

  /** Rows in the file. */
  get rows(): number {
    const first = this.#db.prepare('SELECT seq FROM entries ORDER BY seq LIMIT 1').get()?.['seq'];
    return first === undefined ? 0 : this.last.seq - (first as number) + 1;
  }

  /** Adds the records, given as JSON texts, all or none. When it returns, they are on the disk. */
  append(texts: readonly string[]): Written {
    const hashes = new Uint8Array(32 * texts.length);
    const first = this.#transaction(() => {
      // Read inside the transaction, so that even a second writer would lengthen the chain and not fork it.
      const { seq: before, hash } = this.last;
      this.#facets.refresh();
      const times = new BlockTimes();
      let previous = hash;
      for (const [index, text] of texts.entries()) {
        const seq = before + 1 + index;
        const record = JSON.parse(text) as AuditRecord;
        previous = link(previous, seq, text);
        hashes.set(previous, 32 * index);
        this.#insert(seq, previous, record, text);
        times.add(seq, startedAtOf(record));
      }
      for (const [block, { earliest, latest }] of times.blocks) this.#widenBlock.run(block, earliest, latest);
      return before + 1;
    });
    this.#signHead();
    this.#sinceCheckpoint += texts.length;
    if (this.#sinceCheckpoint >= this.#options.checkpointEvery) this.checkpoint();
    return { first, hashes };
  }

  /** Signs the end of the chain into the file, unless that has been done. */
  checkpoint(): void {
    if (this.#sinceCheckpoint === 0) return;
    try {
      const { seq, hash } = this.last;
      this.#file({ kind: 'head', chain: this.#chain, seq, hash: Buffer.from(hash).toString('hex'), at: this.#now() });
      this.#sinceCheckpoint = 0;
    } catch {
      // A full disk: the rows stand, the head file is signed, and the next batch tries again.
    }
  }

  /** Removes rows past retention from the chain's beginning, behind a signed statement. Gives how many. The last row always stays. */
  prune(): number {
    let removed = 0;
    for (let step = this.#pruneOnce(); step > 0; step = this.#pruneOnce()) removed += step;
    return removed;
  }

  /** Caps the file: appends that need more pages fail with SQLite's "full" and can be tried again. */
  limitPages(pages: number): void {
    this.#db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.trunc(pages))}`);
  }

  close(): void {
    this.checkpoint();
    this.#head.close();
    this.#db.close();
  }

  #open(): { db: DatabaseSync; chain: string | undefined; setAside?: string; why: string } {
    const { dir } = this.#options;
    try {
      const db = openForWriting(dir);
      try {
        return { db, chain: this.#chainOf(db), why: existsSync(headFile(dir)) ? this.#missingFile() : '' };
      } catch (error) {
        db.close();
        throw error;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      const setAside = moveAway(dir, this.#now());
      const reason = error instanceof Error ? error.message : String(error);
      return { db: openForWriting(dir), chain: undefined, setAside, why: ` The earlier file could not be used (${reason}) and is kept as ${setAside}.` };
    }
  }

  #missingFile(): string {
    const reading = readHead(this.#options.dir, this.#keys.publicKey);
    const said = reading.state === 'valid' ? `; by its signed head it ended with row ${reading.head.seq}, hash ${reading.head.hash}` : '';
    return ` An earlier audit file is gone${said}.`;
  }

  /** The id of the chain in the file, undefined for a file without rows. Throws `UnusableFile` when no statement in it is signed by our key. */
  #chainOf(db: DatabaseSync): string | undefined {
    if (db.prepare('SELECT 1 FROM entries LIMIT 1').get() === undefined) return undefined;
    for (const row of db.prepare('SELECT text, signature FROM checkpoints ORDER BY id DESC').iterate()) {
      const checkpoint = readCheckpoint(this.#keys.publicKey, { text: String(row['text']), signature: String(row['signature']) });
      if (checkpoint !== undefined) return checkpoint.chain;
    }
    throw new UnusableFile('nothing in it is signed with the signing key of this installation');
  }

  #beginning(why: string): AuditRecord {
    const note = `Chain ${this.#chain} begins, signed with the key whose SHA-256 is ${this.#keys.publicKeyFingerprint}.${why}`;
    return noteRecord(note, this.#now(), this.#chain);
  }

  /** Compares the file with its signed head; whatever does not fit is filed for verify to find, and noted. */
  #examineHead(): AuditRecord[] {
    const { seq, hash } = this.last;
    const reading = readHead(this.#options.dir, this.#keys.publicKey);
    if (reading.state !== 'valid' || reading.head.chain !== this.#chain) {
      this.#file({ kind: 'gap', chain: this.#chain, seq, hash: Buffer.from(hash).toString('hex'), at: this.#now() });
      return [
        noteRecord(
          `The signed head of this log was ${reading.state === 'missing' ? 'missing' : 'not valid'} at start: rows after ${seq} may have been cut off.`,
          this.#now(),
        ),
      ];
    }
    const { head, signed } = reading;
    const there = this.#db.prepare('SELECT hash FROM entries WHERE seq = ?').get(head.seq)?.['hash'] as Uint8Array | undefined;
    if (there === undefined || Buffer.from(there).toString('hex') !== head.hash) {
      this.#db.prepare('INSERT INTO checkpoints (text, signature) VALUES (?, ?)').run(signed.text, signed.signature);
      return [
        noteRecord(
          `This log does not hold what its signed head says: row ${head.seq} with hash ${head.hash}. It ended with row ${seq}. Verify it.`,
          this.#now(),
        ),
      ];
    }
    if (head.seq === seq) return [];
    return [noteRecord(`Rows ${head.seq + 1} to ${seq} had been written but not signed when Heimdall stopped; they are taken as they are.`, this.#now())];
  }

  #insert(seq: number, hash: Uint8Array, record: AuditRecord, text: string): void {
    this.#insertEntry.run(seq, hash, startedAtOf(record), this.#facets.idOf(record), text);
    for (const { detector, fingerprint } of findingKeys(record)) this.#insertFinding.run(fingerprint, seq, detector);
  }

  #file(checkpoint: Checkpoint): void {
    const { text, signature } = signCheckpoint(this.#keys.signing, checkpoint);
    this.#db.prepare('INSERT INTO checkpoints (text, signature) VALUES (?, ?)').run(text, signature);
  }

  #signHead(): void {
    try {
      const { seq, hash } = this.last;
      this.#head.write({ kind: 'head', chain: this.#chain, seq, hash: Buffer.from(hash).toString('hex'), at: this.#now() });
    } catch {
      // The rows are safe; a head that stays behind them is allowed, and the next batch writes it again.
    }
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, and then there is nothing left to undo.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#facets.forget();
      throw error;
    }
  }

  #pruneOnce(): number {
    const expired = lastExpired(this.#db, this.#options.retentionDays, this.#now());
    if (expired === undefined) return 0;
    return this.#transaction(() => {
      const { seq, hash } = expired;
      const removed = removeUpTo(this.#db, seq);
      this.#facets.forget();
      this.#file({ kind: 'pruned', chain: this.#chain, seq, hash: Buffer.from(hash).toString('hex'), at: this.#now() });
      return removed;
    });
  }
}
