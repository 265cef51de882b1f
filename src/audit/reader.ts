// Reads the log without an agent and without writing: for the command line, and for the agent's own queries.
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { AuditFilter, AuditRow, VerifyReport } from '../contract/audit.ts';
import { AgentError, messageOf } from '../contract/errors.ts';
import { auditFile, openForReading } from './database.ts';
import { readPublicKey } from './keys.ts';
import { queryRows } from './query.ts';
import type { FromVerifier, VerifyData } from './verify-worker.ts';

export interface AuditReader {
  readonly file: string;
  /** Newest first, 50 where no limit is given; with `after`, oldest first. Throws `audit-unusable` on a damaged file. */
  query(filter: AuditFilter): readonly AuditRow[];
  /** All rows that pass the filter, oldest first, a page in memory at a time; `limit` bounds the whole. */
  each(filter: AuditFilter): Iterable<AuditRow>;
  /** Checks the whole chain on another thread; `progress` gets the rows read so far. */
  verify(progress?: (rows: number) => void): Promise<VerifyReport>;
  close(): void;
}

const page = 1000;

/** Opens the log in `dir` for reading. Throws `audit-unusable` when there is none or it cannot be opened. */
export function openAuditReader(dir: string): AuditReader {
  const file = auditFile(dir);
  if (!existsSync(file)) {
    throw new AgentError('audit-unusable', `There is no audit log in ${dir}. Name the agent's data folder, or start the agent once.`);
  }
  const db = guarded(file, () => openForReading(dir));
  const query = (filter: AuditFilter): readonly AuditRow[] => guarded(file, () => queryRows(db, filter));
  return {
    file,
    query,
    each: (filter) => pages(query, filter),
    verify: (progress) => verifyOnThread(dir, progress),
    close: () => closeOnce(db),
  };
}

function* pages(query: AuditReader['query'], filter: AuditFilter): Generator<AuditRow> {
  let after = filter.after ?? 0;
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const rows = query({ ...filter, after, limit: Math.min(page, left) });
    yield* rows;
    left -= rows.length;
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < page) return;
  }
}

function closeOnce(db: DatabaseSync): void {
  if (db.isOpen) db.close();
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const advice = 'Run "heimdall audit verify" to learn what is wrong with it.';
    throw new AgentError('audit-unusable', `The audit log ${file} cannot be read: ${messageOf(error)}. ${advice}`, { cause: error });
  }
}

function verifyOnThread(dir: string, progress: ((rows: number) => void) | undefined): Promise<VerifyReport> {
  return new Promise((resolve, reject) => {
    const data: VerifyData = { dir, publicKeyPem: readPublicKey(dir).export({ type: 'spki', format: 'pem' }) };
    const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: data });
    worker.on('message', (message: FromVerifier) => {
      if (message.kind === 'progress') progress?.(message.rows);
      else resolve(message.report);
    });
    worker.on('error', (error) => {
      reject(new AgentError('audit-unusable', `The audit log in ${dir} could not be verified: ${messageOf(error)}. Try again.`, { cause: error }));
    });
  });
}
