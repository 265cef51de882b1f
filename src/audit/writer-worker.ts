// The writer's thread: takes batches, answers each, signs checkpoints and prunes on its own clock.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../contract/errors.ts';
import { diskFull, sqliteCode } from './database.ts';
import { ChainWriter, type WriterOptions } from './writer.ts';

export interface WriterData extends WriterOptions {
  /** Seconds between checkpoints while rows come in. */
  readonly checkpointSeconds: number;
  readonly maxPages: number | undefined;
}

export type ToWriter =
  /** JSON texts of records, one per line (JSON holds no raw line break): one string crosses threads faster than many. */
  { readonly kind: 'append'; readonly lines: string } | { readonly kind: 'limit'; readonly pages: number } | { readonly kind: 'close' };

export interface WriterState {
  readonly seq: number;
  readonly head: Uint8Array;
  readonly rows: number;
}

export type FromWriter =
  | (WriterState & {
      readonly kind: 'opened';
      /** After a failed write: the log sends again in its own time. */ readonly again: boolean;
      readonly foundSeq: number;
      readonly setAside: string | undefined;
    })
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'written'; readonly first: number; readonly hashes: Uint8Array<ArrayBuffer> }
  /** Nothing of the batch was written; it may be sent again. */
  | { readonly kind: 'failed'; readonly full: boolean; readonly message: string }
  | { readonly kind: 'pruned'; readonly removed: number }
  | { readonly kind: 'closed' };

const pruneEvery = 6 * 3_600_000;

function serve(port: NonNullable<typeof parentPort>, data: WriterData): void {
  const post = (message: FromWriter): void => port.postMessage(message);
  let writer: ChainWriter;

  const open = (again: boolean): void => {
    writer = new ChainWriter(data);
    if (data.maxPages !== undefined) writer.limitPages(data.maxPages);
    const { seq, hash } = writer.last;
    post({ kind: 'opened', again, foundSeq: writer.foundSeq, setAside: writer.setAside, seq, head: hash, rows: writer.rows });
  };

  const append = (lines: string): void => {
    try {
      const { first, hashes } = writer.append(lines.split('\n'));
      post({ kind: 'written', first, hashes });
    } catch (error) {
      const full = sqliteCode(error) === diskFull;
      post({ kind: 'failed', full, message: messageOf(error) });
      // Opening anew finds out whether the file was damaged under our hands, and then sets it aside.
      if (!full) reopen();
    }
  };

  const reopen = (): void => {
    try {
      writer.close();
    } catch {
      // A damaged file may not even close in order; the new one does not depend on it.
    }
    open(true);
  };

  const prune = (): void => {
    try {
      const removed = writer.prune();
      if (removed > 0) post({ kind: 'pruned', removed });
    } catch {
      // Retention can wait for a disk that is full or busy; the next round tries again.
    }
  };

  port.on('message', (message: ToWriter) => {
    if (message.kind === 'append') append(message.lines);
    else if (message.kind === 'limit') writer.limitPages(message.pages);
    else {
      writer.close();
      post({ kind: 'closed' });
      port.close();
    }
  });

  try {
    open(false);
    prune();
  } catch (error) {
    post({ kind: 'unusable', message: messageOf(error) });
    port.close();
    return;
  }
  setInterval(() => writer.checkpoint(), data.checkpointSeconds * 1000).unref();
  setInterval(prune, pruneEvery).unref();
}

if (parentPort !== null) serve(parentPort, workerData as WriterData);
