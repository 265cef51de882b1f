// Rows for the tests of the activity view.
import type { AuditRecord, AuditRow } from '../../../../src/contract/audit.ts';

export function record(over: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: 'id-1',
    kind: 'exchange',
    startedAt: Date.UTC(2026, 0, 1),
    durationMs: 120,
    outcome: 'forwarded',
    host: 'api.openai.com',
    port: 443,
    bytesFromClient: 100,
    bytesToClient: 200,
    ...over,
  };
}

export function row(seq: number, over: Partial<AuditRecord> = {}): AuditRow {
  return { seq, hash: seq.toString(16).padStart(64, '0'), record: record({ id: `id-${seq}`, ...over }) };
}

/** Rows `newest - offset` downwards. */
export function rowsDown(newest: number, offset: number, limit: number): AuditRow[] {
  return Array.from({ length: Math.max(0, Math.min(limit, newest - offset)) }, (_, index) => row(newest - offset - index));
}
