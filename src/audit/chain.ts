// The arithmetic of the hash chain: how rows are linked, how a head is signed, what a record is found by. No I/O.
import { hash, sign, verify, type KeyObject } from 'node:crypto';
import type { AuditRecord } from '../contract/audit.ts';

/** What stands before the first row of a chain. */
export const noHash: Buffer = Buffer.alloc(32);

/** A row's place in the chain. */
export interface Place {
  readonly seq: number;
  readonly hash: Uint8Array;
}

const hashBytes = 32;
const placeBytes = 8;
const mostBytesPerUnit = 3;
// One buffer for every row: each is put together here and hashed in one call.
let linked = Buffer.alloc(65_536);

/** SHA-256 over the previous row's hash, this row's place (64 bits, big endian), and its text in UTF-8. */
export function link(previous: Uint8Array, seq: number, text: string): Buffer {
  const most = hashBytes + placeBytes + text.length * mostBytesPerUnit;
  if (most > linked.length) linked = Buffer.alloc(most);
  linked.set(previous, 0);
  linked.writeUInt32BE(Math.floor(seq / 2 ** 32), hashBytes);
  linked.writeUInt32BE(seq % 2 ** 32, hashBytes + 4);
  const length = linked.write(text, hashBytes + placeBytes, 'utf8');
  // Asked for as hex and read back: Node makes the string far faster than a buffer.
  return Buffer.from(hash('sha256', linked.subarray(0, hashBytes + placeBytes + length), 'hex'), 'hex');
}

/**
 * A statement about the chain that only the holder of the signing key can make.
 * - `head`: the row `seq` has the hash `hash`
 * - `pruned`: retention removed the rows up to `seq`; the chain goes on from `hash`
 * - `gap`: at this point the signed head was missing, so rows after `seq` may have been cut off
 */
export interface Checkpoint {
  readonly kind: 'head' | 'pruned' | 'gap';
  readonly chain: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SignedCheckpoint {
  readonly text: string;
  /** Ed25519, base64. */
  readonly signature: string;
}

export function signCheckpoint(key: KeyObject, checkpoint: Checkpoint): SignedCheckpoint {
  const text = JSON.stringify(checkpoint);
  return { text, signature: sign(null, Buffer.from(text), key).toString('base64') };
}

/** The statement, or undefined when the signature or the shape is not right. */
export function readCheckpoint(publicKey: KeyObject, signed: SignedCheckpoint): Checkpoint | undefined {
  try {
    if (!verify(null, Buffer.from(signed.text), publicKey, Buffer.from(signed.signature, 'base64'))) return undefined;
    return JSON.parse(signed.text) as Checkpoint;
  } catch {
    return undefined;
  }
}

/** What rows are searched by, time and fingerprints apart. A log holds few combinations of these: each is stored once, as a facet. */
export const facetColumns = ['kind', 'app', 'host', 'model', 'provider', 'decision', 'outcome', 'target', 'detectors'] as const;
export type FacetValues = readonly (string | null)[];

// SQLite keeps whole Unicode text only: a lone surrogate, which any client can put into a model's name, would come back as another.
const text = (value: unknown): string | null => (typeof value === 'string' ? value.toWellFormed() : null);

/** The record's values in the order of `facetColumns`; always derived from its text, so that verify can compare. `detectors` is a sorted JSON array. */
export function facetOf(record: AuditRecord): FacetValues {
  const { kind, peer, host, model, provider, decision, outcome, target } = record;
  return [text(kind), text(peer?.app), text(host), text(model), text(provider), text(decision), text(outcome), text(target), detectorsOf(record)];
}

function detectorsOf({ findings }: AuditRecord): string | null {
  if (findings === undefined || findings.length === 0) return null;
  return JSON.stringify([...new Set(findings.map(({ detector }) => detector))].sort());
}

/** Whole milliseconds; 0 for a time that is none. */
export function startedAtOf({ startedAt }: AuditRecord): number {
  return Number.isFinite(startedAt) ? Math.trunc(startedAt) : 0;
}

/** Of so many rows in a row the earliest and latest time are kept: that is what finds rows by time. */
export const rowsPerBlock = 1024;
export const blockOf = (seq: number): number => Math.floor(seq / rowsPerBlock);

export interface FindingKey {
  readonly detector: string;
  readonly fingerprint: string;
}

/** One entry per detector and value, without repeats; a finding without fingerprints is found by its detector alone, in the facet. */
export function findingKeys(record: AuditRecord): readonly FindingKey[] {
  if (record.findings === undefined) return [];
  const keys = new Map<string, FindingKey>();
  for (const { detector, fingerprints } of record.findings) {
    for (const raw of fingerprints) {
      const fingerprint = raw.toWellFormed();
      keys.set(`${detector} ${fingerprint}`, { detector, fingerprint });
    }
  }
  return [...keys.values()];
}
