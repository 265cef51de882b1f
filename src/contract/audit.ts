// The audit record: one per exchange, facts and fingerprints, never the text of a prompt.
import type { AskOutcome } from './ask.ts';
import type { Attempt, DialectId, HandshakeFailure, HttpVersion, Outcome, PeerProcess, TargetKind, Usage } from './exchange.ts';
import { z } from './schema.ts';

/** A finding as it is stored: how often, and which values by fingerprint. */
export interface RecordedFinding {
  readonly detector: string;
  readonly count: number;
  /** At most 20, in order of appearance, without repeats. */
  readonly fingerprints: readonly string[];
}

export interface AuditRecord {
  /** Unique id of the exchange (UUID v7: sorts by time). */
  readonly id: string;
  /** What the row is about: a request, a tunnel, a failed handshake, a refused connection, or a note of the agent itself. */
  readonly kind: 'exchange' | 'tunnel' | 'handshake' | 'refused' | 'note';
  /** Start, milliseconds since 1970, by the wall clock at that moment. */
  readonly startedAt: number;
  /** Whole duration by the monotonic clock, milliseconds with microsecond fractions. */
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly peer?: PeerProcess | undefined;
  readonly host: string;
  readonly port: number;
  readonly provider?: string | undefined;
  readonly product?: string | undefined;
  readonly method?: string | undefined;
  /** Path without its query, in which credentials would stand. */
  readonly path?: string | undefined;
  readonly httpVersion?: HttpVersion | undefined;
  readonly dialect?: DialectId | 'native' | undefined;
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly decision?: 'allow' | 'block' | 'redact' | undefined;
  readonly rule?: string | undefined;
  /** Where the rule asked the person at the screen: what came of it. `decision` is then what followed. */
  readonly asked?: AskOutcome | undefined;
  readonly policyRevision?: string | undefined;
  readonly findings?: readonly RecordedFinding[] | undefined;
  readonly redactions?: number | undefined;
  readonly target?: string | undefined;
  readonly targetKind?: TargetKind | undefined;
  readonly attempts?: readonly Attempt[] | undefined;
  /** Id of the route that placed the call; absent for the default one. */
  readonly route?: string | undefined;
  /** Id of the virtual key of this device the call came with. */
  readonly virtualKey?: string | undefined;
  /** Status the client received. */
  readonly status?: number | undefined;
  readonly usage?: Usage | undefined;
  /** US dollars, from the dated price table; absent when the model is not in it. */
  readonly costUsd?: number | undefined;
  readonly stopReason?: string | undefined;
  /** From the start of the exchange to the first generated content, milliseconds. */
  readonly firstTokenMs?: number | undefined;
  readonly bytesFromClient: number;
  readonly bytesToClient: number;
  readonly handshake?: HandshakeFailure | undefined;
  /** Stable code from the error table, and a text without secrets. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  /** For kind `note` (outcome `native`, no host): what the agent says of itself or of this log, in one or two sentences. For a tunnel: why it was not read, where the reason is not the host alone. */
  readonly note?: string | undefined;
}

/** A stored row: the record with its place in the chain. */
export interface AuditRow {
  /** 1, 2, 3 … without gaps within one chain file. */
  readonly seq: number;
  /** SHA-256 (hex) over the previous row's hash and this row's canonical text. */
  readonly hash: string;
  readonly record: AuditRecord;
}

/** Which rows: every condition present must hold. */
export const AuditMatch = z.strictObject({
  app: z.string().optional(),
  host: z.string().optional(),
  model: z.string().optional(),
  provider: z.string().optional(),
  decision: z.enum(['allow', 'block', 'redact']).optional(),
  outcome: z.string().optional(),
  target: z.string().optional(),
  kind: z.enum(['exchange', 'tunnel', 'handshake', 'refused', 'note']).optional(),
  detector: z.string().optional(),
  /** Rows in which this fingerprint was found. */
  fingerprint: z.string().optional(),
  /** Milliseconds since 1970, inclusive. */
  since: z.number().optional(),
  until: z.number().optional(),
  /** Words that must all stand somewhere in the facts of the row (app, host, path, model, rule, finding, target, error, note …); case is ignored. */
  text: z.string().max(200).optional(),
});
export type AuditMatch = z.input<typeof AuditMatch>;

export const AuditFilter = AuditMatch.extend({
  /** Only rows below this seq (paging backwards). */
  before: z.number().int().optional(),
  /** Only rows above this seq (following). */
  after: z.number().int().optional(),
  limit: z.number().int().min(1).max(1000).default(50),
});
export type AuditFilter = z.input<typeof AuditFilter>;

export interface AuditPage {
  readonly rows: readonly AuditRow[];
}

export interface ChainFault {
  readonly kind: 'edited' | 'deleted' | 'inserted' | 'reordered' | 'truncated' | 'bad-checkpoint' | 'unreadable';
  /** The seq at which the fault shows, where there is one. */
  readonly seq: number | undefined;
  readonly detail: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly rows: number;
  readonly checkpoints: number;
  /** Rows after the last signed checkpoint: chained, not yet signed. */
  readonly unsigned: number;
  readonly faults: readonly ChainFault[];
  /** Hash of the last row (hex); note it elsewhere to prove later that nothing was cut off. */
  readonly head: string;
}
