// Rows the log writes about itself.
import { randomUUIDv7 } from 'node:crypto';
import type { AuditRecord } from '../contract/audit.ts';

/** A record of kind `note`; `id` is the chain's own id for the first row of a chain. */
export function noteRecord(note: string, at: number, id: string = randomUUIDv7()): AuditRecord {
  return { id, kind: 'note', startedAt: at, durationMs: 0, outcome: 'native', host: '', port: 0, bytesFromClient: 0, bytesToClient: 0, note };
}
