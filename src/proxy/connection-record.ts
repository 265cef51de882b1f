// Makes the audit rows of connections that carry no exchange we read: tunnels, failed handshakes, refusals.
import { randomUUIDv7 } from 'node:crypto';
import type { AuditRecord } from '../contract/audit.ts';
import type { HandshakeFailure, Outcome, Surface } from '../contract/exchange.ts';
import { longest, shortened } from './exchange-record.ts';
import type { Origin } from './flow.ts';
import type { TunnelCounts } from './tunnel.ts';

export interface ConnectionEnd {
  readonly kind: 'tunnel' | 'handshake' | 'refused';
  readonly outcome: Outcome;
  readonly host: string;
  readonly port: number;
  readonly origin: Origin;
  readonly surface: Surface | undefined;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly counts?: TunnelCounts;
  readonly handshake?: HandshakeFailure;
  readonly error?: { readonly code: string; readonly message: string };
  /** Why it was not read, where the reason is not the host alone. */
  readonly note?: string | undefined;
}

export function tunnelRecord(end: ConnectionEnd): AuditRecord {
  return {
    id: randomUUIDv7(),
    kind: end.kind,
    startedAt: end.startedAt,
    durationMs: Math.round(end.durationMs * 1000) / 1000,
    outcome: end.outcome,
    peer: end.origin.peer,
    host: end.host.slice(0, longest.host),
    port: end.port,
    provider: end.surface?.provider,
    product: end.surface?.product,
    bytesFromClient: end.counts?.sent ?? 0,
    bytesToClient: end.counts?.received ?? 0,
    handshake: end.handshake,
    error: shortened(end.error),
    note: end.note,
  };
}
