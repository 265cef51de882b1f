// Proves the chain: walks every row once, recomputes every link, and holds the result against everything that was signed.
//
// Finds a row that was edited, deleted, inserted or moved, an index that does not say what the row says, a tail that was cut off, and
// checkpoints that were forged or swapped. It cannot find what was done by someone who holds the signing key, nor that all files together
// (database, head and keys) were put back to an earlier day: against both, note the head hash and the key's fingerprint elsewhere.
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord, ChainFault, VerifyReport } from '../contract/audit.ts';
import { messageOf } from '../contract/errors.ts';
import { blockOf, facetColumns, facetOf, findingKeys, noHash, readCheckpoint, startedAtOf, type Checkpoint, type FindingKey } from './chain.ts';
import { ChainWalk } from './chain-walk.ts';
import { openForReading } from './database.ts';
import { readHead, type HeadReading } from './head-file.ts';

const mostFaults = 100;
const progressStep = 10_000;

type Report = (rows: number) => void;
type SqlRow = Record<string, unknown>;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Verifies the log in `dir`; `progress` is called with the rows read so far. Never throws: a file that cannot be read is a fault. */
export function verifyChain(dir: string, publicKey: KeyObject, progress?: Report): VerifyReport {
  try {
    // Before the rows: the head may then be behind a log that is being written, never ahead of it.
    const head = readHead(dir, publicKey);
    const db = openForReading(dir);
    try {
      db.exec('BEGIN');
      return new Verification(db, publicKey, head).run(progress);
    } finally {
      db.close();
    }
  } catch (error) {
    const fault: ChainFault = { kind: 'unreadable', seq: undefined, detail: `The file cannot be read as an audit log: ${messageOf(error)}` };
    return { ok: false, rows: 0, checkpoints: 0, unsigned: 0, faults: [fault], head: hex(noHash) };
  }
}

class Verification {
  readonly #db: DatabaseSync;
  readonly #publicKey: KeyObject;
  readonly #headFile: HeadReading;
  readonly #faults: ChainFault[] = [];
  readonly #facets: ReadonlyMap<unknown, SqlRow>;
  readonly #times: ReadonlyMap<unknown, SqlRow>;

  constructor(db: DatabaseSync, publicKey: KeyObject, headFile: HeadReading) {
    this.#db = db;
    this.#publicKey = publicKey;
    this.#headFile = headFile;
    this.#facets = new Map(
      db
        .prepare('SELECT * FROM facets')
        .all()
        .map((row) => [row['id'], row]),
    );
    this.#times = new Map(
      db
        .prepare('SELECT * FROM times')
        .all()
        .map((row) => [row['block'], row]),
    );
  }

  run(progress: Report | undefined): VerifyReport {
    const checkpoints = this.#readCheckpoints();
    const start = checkpoints.filter(({ kind }) => kind === 'pruned').at(-1);
    const walk = new ChainWalk(start === undefined ? undefined : { seq: start.seq, hash: Buffer.from(start.hash, 'hex') });
    this.#walk(walk, progress);
    this.#faults.push(...walk.faults());

    const signed = this.#signedHeads(checkpoints);
    for (const checkpoint of signed) this.#compare(checkpoint, walk.last.seq);
    for (const { seq } of checkpoints.filter(({ kind }) => kind === 'gap')) {
      this.#fault('truncated', seq, `The signed head was missing when Heimdall started: rows after ${seq} may have been cut off.`);
    }
    const lastSigned = Math.max(start?.seq ?? 0, ...signed.map(({ seq }) => seq));
    return {
      ok: this.#faults.length === 0,
      rows: walk.rows,
      checkpoints: checkpoints.length,
      unsigned: Math.max(0, walk.last.seq - lastSigned),
      faults: this.#faults.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0)).slice(0, mostFaults),
      head: hex(walk.last.hash),
    };
  }

  #fault(kind: ChainFault['kind'], seq: number | undefined, detail: string): void {
    this.#faults.push({ kind, seq, detail });
  }

  #walk(walk: ChainWalk, progress: Report | undefined): void {
    const rows = this.#db.prepare('SELECT seq, hash, started_at, facet, text FROM entries ORDER BY seq').iterate();
    const findings = this.#db.prepare('SELECT seq, detector, fingerprint FROM findings ORDER BY seq').iterate();
    let finding = findings.next();
    for (const row of rows) {
      const seq = row['seq'] as number;
      const text = row['text'] as string;
      const soundLink = walk.step({ seq, hash: row['hash'] as Uint8Array, text });
      const stored = new Set<string>();
      while (!finding.done && (finding.value['seq'] as number) <= seq) {
        stored.add(nameOf(finding.value as unknown as FindingKey));
        finding = findings.next();
      }
      if (soundLink) this.#compareIndex(seq, text, row, stored);
      if (walk.rows % progressStep === 0) progress?.(walk.rows);
    }
    if (!finding.done) this.#fault('inserted', finding.value['seq'] as number, 'The findings index names a row that is not there.');
    progress?.(walk.rows);
  }

  /** What a row is found by must be what it says, or it could be hidden from a search with its text intact. */
  #compareIndex(seq: number, text: string, row: SqlRow, stored: ReadonlySet<string>): void {
    const record = JSON.parse(text) as AuditRecord;
    const wrong = this.#wrongColumn(seq, record, row);
    if (wrong !== undefined) this.#fault('edited', seq, `The column ${wrong} of row ${seq} does not say what the row itself says.`);
    const named = findingKeys(record).map(nameOf);
    if (named.length !== stored.size || named.some((name) => !stored.has(name))) {
      this.#fault('edited', seq, `The findings index of row ${seq} does not say what the row itself says.`);
    }
  }

  #wrongColumn(seq: number, record: AuditRecord, row: SqlRow): string | undefined {
    const at = startedAtOf(record);
    if (row['started_at'] !== at) return 'started_at';
    const block = this.#times.get(blockOf(seq));
    if (block === undefined || at < Number(block['earliest']) || at > Number(block['latest'])) return 'times';
    const facet = this.#facets.get(row['facet']);
    const wrong = facetOf(record).findIndex((value, index) => facet?.[facetColumns[index] ?? ''] !== value);
    return facetColumns[wrong];
  }

  #readCheckpoints(): Checkpoint[] {
    const checkpoints: Checkpoint[] = [];
    for (const row of this.#db.prepare('SELECT id, text, signature FROM checkpoints ORDER BY id').iterate()) {
      const checkpoint = readCheckpoint(this.#publicKey, { text: String(row['text']), signature: String(row['signature']) });
      if (checkpoint === undefined) this.#fault('bad-checkpoint', undefined, `Checkpoint ${String(row['id'])} is not signed by this log's key.`);
      else checkpoints.push(checkpoint);
    }
    const chain = checkpoints[0]?.chain;
    return checkpoints.filter((checkpoint) => {
      if (checkpoint.chain === chain) return true;
      this.#fault('bad-checkpoint', checkpoint.seq, `A checkpoint of another chain (${checkpoint.chain}) stands among those of ${chain ?? ''}.`);
      return false;
    });
  }

  /** Everything signed that says "row n has hash h": the checkpoints in the file and the head beside it. */
  #signedHeads(checkpoints: readonly Checkpoint[]): readonly Checkpoint[] {
    const heads = checkpoints.filter(({ kind }) => kind === 'head');
    if (checkpoints.length === 0) this.#fault('bad-checkpoint', undefined, 'The file holds no signed checkpoint at all.');
    if (this.#headFile.state === 'missing') this.#fault('truncated', undefined, 'The signed head (audit.head) is missing: the tail may have been cut off.');
    if (this.#headFile.state === 'invalid') this.#fault('bad-checkpoint', undefined, 'The signed head (audit.head) is not signed by this log’s key.');
    if (this.#headFile.state !== 'valid') return heads;
    if (checkpoints[0] !== undefined && this.#headFile.head.chain !== checkpoints[0].chain) {
      this.#fault('bad-checkpoint', undefined, 'The signed head (audit.head) belongs to another chain.');
      return heads;
    }
    return [...heads, this.#headFile.head];
  }

  #compare(checkpoint: Checkpoint, lastSeq: number): void {
    const { seq, hash } = checkpoint;
    if (seq > lastSeq) {
      const detail = `A signed head says that the log reached row ${seq}; it ends with row ${lastSeq}.`;
      if (!this.#faults.some(({ kind, seq: at }) => kind === 'truncated' && at === lastSeq)) this.#fault('truncated', lastSeq, detail);
      return;
    }
    const there = this.#db.prepare('SELECT hash FROM entries WHERE seq = ?').get(seq)?.['hash'] as Uint8Array | undefined;
    // A fault already found at or before this row explains why the hash is another.
    if (there === undefined || hex(there) === hash || this.#faults.some((fault) => fault.seq !== undefined && fault.seq <= seq)) return;
    this.#fault('edited', seq, `Rows up to ${seq} were written anew: the links are whole, but row ${seq} does not have the hash that was signed.`);
  }
}

const nameOf = ({ detector, fingerprint }: FindingKey): string => `${detector} ${fingerprint}`;
