// The audit log as the agent uses it: takes one record per exchange without ever making a request wait, and hands them to the writer's thread.
//
// What the chain proves, and what it cannot, is said in verify.ts.
import { Worker } from 'node:worker_threads';
import type { AuditFilter, AuditRecord, AuditRow, VerifyReport } from '../contract/audit.ts';
import { AgentError, messageOf } from '../contract/errors.ts';
import { auditFile } from './database.ts';
import { fingerprintOf, openAuditKeys, type AuditKeys } from './keys.ts';
import { noteRecord } from './note.ts';
import { openAuditReader, type AuditReader } from './reader.ts';
import { ReadingThread } from './reading-thread.ts';
import type { FromWriter, ToWriter, WriterData } from './writer-worker.ts';

export interface AuditTrouble {
  readonly kind: 'disk-full' | 'write-failed' | 'writer-stopped' | 'file-set-aside';
  /** What happened and what to do. */
  readonly message: string;
  /** Rows waiting in memory. */
  readonly pending: number;
  /** Rows given up because too many were waiting. */
  readonly lost: number;
}

export interface AuditOptions {
  readonly dir: string;
  readonly retentionDays: number;
  /** Called when writing fails, and with undefined when all is well again. */
  readonly onTrouble?: (trouble: AuditTrouble | undefined) => void;
  /** Rows between signed checkpoints; 1000 where nothing is said. */
  readonly checkpointEvery?: number;
  /** Rows kept in memory while they cannot be written; 50,000 where nothing is said. */
  readonly queueLimit?: number;
  /** Largest file in SQLite pages of 8 KiB; without it the disk is the limit. */
  readonly maxPages?: number;
}

export interface AuditLog {
  readonly file: string;
  /** Rows in the file. */
  readonly rows: number;
  /** Rows taken but not yet on the disk. */
  readonly pending: number;
  /** Hash of the last row on the disk, hex. */
  readonly head: string;
  /** SHA-256 of the public key that signs checkpoints, hex. */
  readonly publicKeyFingerprint: string;
  /** Where an unusable file went that was found at opening or since. */
  readonly setAside: string | undefined;
  /** Takes a record. Never throws, never waits. */
  append(record: AuditRecord): void;
  /** Settles when everything appended so far is on the disk (or counted as lost). */
  flush(): Promise<void>;
  query(filter: AuditFilter): readonly AuditRow[];
  each(filter: AuditFilter): Iterable<AuditRow>;
  verify(progress?: (rows: number) => void): Promise<VerifyReport>;
  /** For what reads much of the log. */
  readonly reading: Pick<ReadingThread, 'ask'>;
  /** Keyed hash of a value, 32 hex characters. */
  fingerprint(value: string): string;
  /** Rows after they are on the disk, in order of seq. Returns the unsubscriber. */
  onAppended(listener: (rows: readonly AuditRow[]) => void): () => void;
  /** Raises or lowers `maxPages`. */
  limitPages(pages: number): void;
  /** Writes what is waiting (for five seconds at most, on a full disk), signs the end, closes the file. */
  close(): Promise<void>;
}

interface Entry {
  readonly record: AuditRecord;
  readonly text: string;
}

const largestBatch = 2000;
// Milliseconds from one batch to the next: a commit, its sync and its signature cost far more than a row. A lone row does not wait.
const pause = 50;
const firstRetry = 50;
const slowestRetry = 5000;
const closePatience = 5000;

/** Opens or begins the log in `dir`. Throws `audit-unusable` when the folder or its keys cannot be used. */
export async function openAudit(options: AuditOptions): Promise<AuditLog> {
  const keys = openAuditKeys(options.dir);
  const log = new ThreadedLog(options, keys);
  await log.opened;
  return log;
}

class ThreadedLog implements AuditLog {
  readonly file: string;
  readonly publicKeyFingerprint: string;
  readonly opened: Promise<void>;
  readonly reading: ReadingThread;
  rows = 0;
  head = '';
  setAside: string | undefined;
  readonly #options: AuditOptions;
  readonly #keys: AuditKeys;
  readonly #queueLimit: number;
  readonly #listeners = new Set<(rows: readonly AuditRow[]) => void>();
  readonly #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];
  readonly #send = (): void => this.#sendNext();
  #worker: Worker;
  #reader: AuditReader | undefined;
  #queue: Entry[] = [];
  #inFlight: readonly Entry[] = [];
  #ready = false;
  #scheduled = false;
  #lastSent = Number.NEGATIVE_INFINITY;
  #closing = false;
  #taken = 0;
  #settled = 0;
  #seq = 0;
  #lost = 0;
  #retry = firstRetry;
  #trouble: AuditTrouble | undefined;
  #settleOpening: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #finish: (() => void) | undefined;

  constructor(options: AuditOptions, keys: AuditKeys) {
    this.#options = options;
    this.#keys = keys;
    this.#queueLimit = options.queueLimit ?? 50_000;
    this.file = auditFile(options.dir);
    this.reading = new ReadingThread(options.dir);
    this.publicKeyFingerprint = keys.publicKeyFingerprint;
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpening = { resolve, reject };
    });
    this.#worker = this.#startWorker();
  }

  get pending(): number {
    return this.#queue.length + this.#inFlight.length;
  }

  append(record: AuditRecord): void {
    const text = textOf(record);
    if (text === undefined || this.#closing || this.pending >= this.#queueLimit) {
      this.#lost += 1;
      return;
    }
    this.#take({ record, text });
  }

  flush(): Promise<void> {
    if (this.#settled >= this.#taken) return Promise.resolve();
    const flushed = new Promise<void>((resolve) => this.#waiting.push({ upTo: this.#taken, resolve }));
    this.#schedule();
    return flushed;
  }

  query(filter: AuditFilter): readonly AuditRow[] {
    return this.#reading().query(filter);
  }

  each(filter: AuditFilter): Iterable<AuditRow> {
    return this.#reading().each(filter);
  }

  verify(progress?: (rows: number) => void): Promise<VerifyReport> {
    return this.#reading().verify(progress);
  }

  fingerprint(value: string): string {
    return fingerprintOf(this.#keys.fingerprint, value);
  }

  onAppended(listener: (rows: readonly AuditRow[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  limitPages(pages: number): void {
    this.#post({ kind: 'limit', pages });
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#noteLoss();
    await Promise.race([this.flush(), patience(closePatience)]);
    this.#closing = true;
    // The last to close clears SQLite's side files away, and that must be the writer.
    this.#dropReader();
    await this.reading.close();
    // Between two writers there is nothing to close; the next one is not started.
    if (!this.#ready) return;
    this.#worker.ref();
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      this.#post({ kind: 'close' });
    });
  }

  #take(entry: Entry): void {
    this.#queue.push(entry);
    this.#taken += 1;
    if (!this.#scheduled && this.#inFlight.length === 0) this.#schedule();
  }

  /** Sends what is waiting when its time has come: at once if somebody waits for it or the batch is full. */
  #schedule(): void {
    const urgent = this.#waiting.length > 0 || this.#queue.length >= largestBatch;
    const wait = urgent ? 0 : this.#lastSent + pause - performance.now();
    this.#scheduled = true;
    if (wait > 0) setTimeout(this.#send, wait);
    else setImmediate(this.#send);
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  /** One batch is under way at a time; what comes meanwhile, and in the pause after it, makes the next one larger. */
  #sendNext(): void {
    this.#scheduled = false;
    if (!this.#ready || this.#inFlight.length > 0 || this.#queue.length === 0) return;
    this.#lastSent = performance.now();
    this.#inFlight = this.#queue.slice(0, largestBatch);
    this.#queue = this.#queue.slice(largestBatch);
    this.#post({ kind: 'append', lines: this.#inFlight.map(({ text }) => text).join('\n') });
    // Rows under way keep the process alive; an idle log does not.
    this.#worker.ref();
  }

  #startWorker(): Worker {
    const { dir, retentionDays, checkpointEvery = 1000, maxPages } = this.#options;
    const data: WriterData = { dir, retentionDays, checkpointEvery, checkpointSeconds: 60, maxPages };
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: data });
    worker.on('message', (message: FromWriter) => this.#receive(message));
    worker.on('error', (error) => this.#report('writer-stopped', `The thread that writes the audit log stopped: ${messageOf(error)}. It is started again.`));
    worker.on('exit', () => this.#restart());
    return worker;
  }

  #restart(): void {
    this.#ready = false;
    if (this.#closing) {
      this.#finish?.();
      return;
    }
    if (this.#settleOpening !== undefined) return;
    setTimeout(() => {
      if (!this.#closing) this.#worker = this.#startWorker();
    }, this.#nextRetry());
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'opened': {
        this.#onOpened(message);
        return;
      }
      case 'unusable': {
        this.#onUnusable(message.message);
        return;
      }
      case 'written': {
        this.#onWritten(message.first, message.hashes);
        return;
      }
      case 'failed': {
        this.#onFailed(message.full, message.message);
        return;
      }
      case 'pruned':
        this.rows -= message.removed;
        return;
      case 'closed':
        return this.#finish?.();
    }
  }

  #onOpened(message: FromWriter & { kind: 'opened' }): void {
    this.#dropReader();
    this.#ready = true;
    if (!message.again) this.#reconcile(message.foundSeq);
    this.#seq = message.seq;
    this.rows = message.rows;
    this.head = Buffer.from(message.head).toString('hex');
    if (message.setAside !== undefined) {
      this.setAside = message.setAside;
      this.#report('file-set-aside', `The audit file could not be used and is kept as ${message.setAside}. A new chain has begun, and says so.`);
    }
    this.#settleOpening?.resolve();
    this.#settleOpening = undefined;
    if (this.pending === 0) this.#worker.unref();
    if (!message.again) this.#sendNext();
  }

  /** A writer that stopped may have written the batch under way without saying so; those rows must not be written twice. */
  #reconcile(foundSeq: number): void {
    if (this.#settleOpening !== undefined) return;
    const committed = Math.min(Math.max(foundSeq - this.#seq, 0), this.#inFlight.length);
    if (committed > 0) this.#announce([...this.each({ after: this.#seq, limit: committed })]);
    this.#settle(committed);
  }

  #onUnusable(message: string): void {
    const text = `The audit log ${this.file} cannot be opened: ${message}. Check the folder's space and rights.`;
    if (this.#settleOpening === undefined) {
      this.#report('writer-stopped', text);
      return;
    }
    this.#settleOpening.reject(new AgentError('audit-unusable', text));
  }

  #onWritten(first: number, hashes: Uint8Array): void {
    const written = this.#inFlight;
    this.#seq = first + written.length - 1;
    this.rows += written.length;
    this.head = Buffer.from(hashes.subarray(-32)).toString('hex');
    if (this.#listeners.size > 0) {
      const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length).toString('hex');
      this.#announce(written.map(({ record }, index) => ({ seq: first + index, hash: all.slice(64 * index, 64 * index + 64), record })));
    }
    this.#settle(written.length);
    this.#retry = firstRetry;
    if (this.#trouble !== undefined && this.#trouble.kind !== 'file-set-aside') {
      this.#trouble = undefined;
      this.#options.onTrouble?.(undefined);
    }
    if (this.#queue.length < this.#queueLimit / 2) this.#noteLoss();
    if (this.#queue.length > 0) this.#schedule();
  }

  /** Counts the first rows under way as written and puts the others back at the front of the queue. */
  #settle(count: number): void {
    this.#queue = count < this.#inFlight.length ? [...this.#inFlight.slice(count), ...this.#queue] : this.#queue;
    this.#inFlight = [];
    this.#settled += count;
    while ((this.#waiting[0]?.upTo ?? Number.POSITIVE_INFINITY) <= this.#settled) this.#waiting.shift()?.resolve();
    if (this.#queue.length === 0) this.#worker.unref();
  }

  #onFailed(full: boolean, message: string): void {
    this.#settle(0);
    // The writer may have to rename the file, which Windows forbids while it is open here.
    if (!full) this.#dropReader();
    const advice = full ? 'Free some space on the disk' : 'Check the file and its folder';
    const text = `The audit log ${this.file} cannot be written: ${message}. ${advice}.`;
    this.#report(full ? 'disk-full' : 'write-failed', text);
    setTimeout(this.#send, this.#nextRetry()).unref();
  }

  #nextRetry(): number {
    const wait = this.#retry;
    this.#retry = Math.min(wait * 2, slowestRetry);
    return wait;
  }

  #report(kind: AuditTrouble['kind'], message: string): void {
    this.#trouble = { kind, message, pending: this.pending, lost: this.#lost };
    this.#options.onTrouble?.(this.#trouble);
  }

  #noteLoss(): void {
    if (this.#lost === 0) return;
    const record = noteRecord(`${this.#lost} rows are missing here: they could not be written, and more than ${this.#queueLimit} were waiting.`, Date.now());
    this.#lost = 0;
    this.#take({ record, text: JSON.stringify(record) });
  }

  #announce(rows: readonly AuditRow[]): void {
    for (const listener of this.#listeners) listener(rows);
  }

  #dropReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
    void this.reading.close(); // the next question opens the file anew
  }

  #reading(): AuditReader {
    this.#reader ??= openAuditReader(this.#options.dir);
    return this.#reader;
  }
}

function textOf(record: AuditRecord): string | undefined {
  try {
    return JSON.stringify(record);
  } catch {
    return undefined;
  }
}

const patience = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
