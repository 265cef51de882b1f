// A temporary audit folder, records to put into it, and a way to tamper with what lies there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ChainWriter, type WriterOptions } from '../../../src/audit/writer.ts';
import type { AuditRecord } from '../../../src/contract/audit.ts';

const folders: string[] = [];

export function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-audit-'));
  folders.push(dir);
  return dir;
}

export function removeFolders(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export function record(id: string, changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id,
    kind: 'exchange',
    startedAt: Date.now(),
    durationMs: 12.345,
    outcome: 'forwarded',
    peer: { pid: 1, executable: '/usr/bin/claude', app: 'claude-code' },
    host: 'api.anthropic.com',
    port: 443,
    provider: 'anthropic',
    model: 'claude-sonnet',
    decision: 'allow',
    target: 'gateway-1',
    bytesFromClient: 10,
    bytesToClient: 20,
    ...changes,
  };
}

export const texts = (...records: readonly AuditRecord[]): string[] => records.map((entry) => JSON.stringify(entry));

export function openWriter(dir: string, options: Partial<WriterOptions> = {}): ChainWriter {
  return new ChainWriter({ dir, retentionDays: 90, checkpointEvery: 1000, ...options });
}

/** A closed log of `count` records after the chain's first row: rows 2 to count + 1. */
export function filledFolder(count: number, options: Partial<WriterOptions> = {}): string {
  const dir = newFolder();
  const writer = openWriter(dir, options);
  for (let index = 0; index < count; index += 1) writer.append(texts(record(`r${index}`, { host: `host-${index}.example` })));
  writer.close();
  return dir;
}

/** Runs SQL on the file as an attacker would. */
export function tamper(dir: string, work: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(join(dir, 'audit.db'));
  try {
    work(db);
  } finally {
    db.close();
  }
}
