// What the agent writes: room on the disk, the audit log and the signed head of its chain.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readHead } from '../audit/head-file.ts';
import { readPublicKey } from '../audit/keys.ts';
import { messageOf } from '../contract/errors.ts';
import type { Exam, Finding } from './exam.ts';
import type { Patient } from './patient.ts';

/** Less free space than this is worth a warning: a busy day's log and its write-ahead log, bytes. */
const scarce = 536_870_912;
/** Less than this, and writes fail soon. */
const none = 16_777_216;

export function storageExams(patient: Patient): readonly Exam[] {
  const { dataDir, agent } = patient;
  const file = join(dataDir, 'audit.db');
  return [
    { id: 'disk', title: 'There is room on the disk', tried: dataDir, look: () => lookAtDisk(patient) },
    ...(agent ? [{ id: 'audit', title: 'The audit log is written', tried: agent.status.audit.file, look: () => lookAtLog(agent.status) }] : []),
    {
      id: 'audit-head',
      title: 'The audit chain ends where its signed head says',
      tried: `The last row of ${file} and audit.head`,
      look: () => lookAtHead(dataDir, file),
    },
  ];
}

async function lookAtDisk({ dataDir, instruments }: Patient): Promise<Finding> {
  const free = await instruments.freeBytes(existing(dataDir));
  const seen = `${Math.round(free / 1_048_576)} MiB free.`;
  const waiting = 'without it, rows of the audit log wait in memory and are lost when the agent ends';
  if (free > scarce) return { verdict: 'ok', seen };
  const fix = `Free some space on the disk of ${dataDir}: ${waiting}. Or keep rows for a shorter time: audit.retentionDays in the settings.`;
  return { verdict: free > none ? 'warning' : 'failed', seen, culprit: 'this machine', fix };
}

function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

function lookAtLog({ audit, warnings }: NonNullable<Patient['agent']>['status']): Finding {
  const trouble = warnings.find(({ code }) => code.startsWith('audit-'));
  if (trouble) return { verdict: 'failed', seen: trouble.title, culprit: 'this machine', fix: trouble.text };
  return { verdict: 'ok', seen: `${audit.rows} rows, ${audit.pending} waiting. \`heimdall audit verify\` proves the whole chain.` };
}

function lookAtHead(dataDir: string, file: string): Finding {
  const aside = existsSync(dataDir) ? readdirSync(dataDir).find((name) => /^audit-corrupt-.*\.db$/.test(name)) : undefined;
  if (!existsSync(file)) return { verdict: 'skipped', seen: 'There is no audit log yet.' };
  const verify = 'Run `heimdall audit verify` for the whole proof. Keep the folder as it is until somebody has looked at it.';
  const last = lastRow(file);
  if (typeof last === 'string') {
    return {
      verdict: 'failed',
      seen: `It cannot be read: ${last}`,
      culprit: 'this machine',
      fix: 'Keep a copy of the folder; the agent sets a damaged log aside at its next start and begins a new one.',
    };
  }
  const head = readHead(dataDir, readPublicKey(dataDir));
  if (head.state !== 'valid') {
    const what = head.state === 'missing' ? 'is missing: the tail may have been cut off' : "is not signed by this log's key";
    return { verdict: 'failed', seen: `The signed head (audit.head) ${what}.`, culprit: 'this machine', fix: verify };
  }
  if (head.head.seq > last.seq) {
    return {
      verdict: 'failed',
      seen: `The signed head says that the log reached row ${head.head.seq}; it ends with row ${last.seq}: rows were taken away.`,
      culprit: 'this machine',
      fix: verify,
    };
  }
  if (aside !== undefined) {
    return {
      verdict: 'warning',
      seen: `The chain is whole up to row ${last.seq}. An earlier, damaged log was set aside as ${aside}.`,
      culprit: 'this machine',
      fix: 'Keep it as long as you must keep its rows, then remove it.',
    };
  }
  return { verdict: 'ok', seen: `${last.seq} rows; the head of row ${head.head.seq} is signed.` };
}

/** Or why it cannot be read. */
function lastRow(file: string): { readonly seq: number } | string {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
    return { seq: Number(database.prepare('SELECT max(seq) AS seq FROM entries').get()?.['seq'] ?? 0) };
  } catch (error) {
    return messageOf(error);
  } finally {
    if (database?.isOpen === true) database.close();
  }
}
