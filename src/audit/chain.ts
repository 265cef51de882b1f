// The arithmetic of the hash chain: how rows are linked, how a head is signed, which columns a record is found by. No I/O.
import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import type { AuditRecord } from '../contract/audit.ts';

/** What stands before the first row of a chain. */
export const noHash: Buffer = Buffer.alloc(32);

/** A row's place in the chain. */
export interface Place {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** SHA-256 over the previous row's hash, this row's place, and its text. */
export function link(previous: Uint8Array, seq: number, text: string): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigUInt64BE(BigInt(seq));
  return createHash('sha256').update(previous).update(place).update(text, 'utf8').digest();
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

/** What rows are searched by; always derived from the record's text, so that verify can compare. */
export const searchColumns = ['started_at', 'kind', 'app', 'host', 'model', 'provider', 'decision', 'outcome', 'target'] as const;
export type SearchValues = readonly (string | number | null)[];

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Values in the order of `searchColumns`. */
export function searchValues(record: AuditRecord): SearchValues {
  const startedAt = Number.isFinite(record.startedAt) ? Math.trunc(record.startedAt) : 0;
  const { kind, peer, host, model, provider, decision, outcome, target } = record;
  return [startedAt, text(kind), text(peer?.app), text(host), text(model), text(provider), text(decision), text(outcome), text(target)];
}

export interface FindingKey {
  readonly detector: string;
  readonly fingerprint: string;
}

/** One entry per detector and value, without repeats; a finding without fingerprints is found by its detector alone. */
export function findingKeys(record: AuditRecord): readonly FindingKey[] {
  const keys = new Map<string, FindingKey>();
  for (const finding of record.findings ?? []) {
    const fingerprints = finding.fingerprints.length > 0 ? finding.fingerprints : [''];
    for (const fingerprint of fingerprints) keys.set(`${finding.detector} ${fingerprint}`, { detector: finding.detector, fingerprint });
  }
  return [...keys.values()];
}
