// Looks up JSON object keys by their raw bytes, without making a string of each key that goes by.

import { decodeString } from './json-string.ts';

interface Entry<T> {
  readonly name: Buffer;
  readonly value: T;
}

/** One step of the rolling hash over a key's bytes; the scanner computes it while it looks for the closing quote. */
export function mixKey(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) & 0x3fffffff;
}

/** The hash of a whole key. */
export function hashKey(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0;
  for (let i = start; i < end; i += 1) hash = mixKey(hash, bytes[i] ?? 0);
  return hash;
}

/** A fixed set of keys. Throws when two of its own keys share a hash, so that a lookup needs one comparison. */
export class KeyTable<T> {
  private readonly entries = new Map<number, Entry<T>>();

  constructor(record: Readonly<Record<string, T>>) {
    for (const [key, value] of Object.entries(record)) {
      const name = Buffer.from(key, 'utf8');
      const hash = hashKey(name);
      if (this.entries.has(hash)) throw new Error(`The key ${key} has the hash of another key of its table; rename the table's keys or change mixKey.`);
      this.entries.set(hash, { name, value });
    }
  }

  /** The value for the key that stands at `start`..`end` of `bytes` and hashes to `hash`. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): T | undefined {
    const entry = this.entries.get(hash);
    if (entry === undefined) return undefined;
    const { name } = entry;
    if (name.length !== end - start) return undefined;
    for (let i = 0; i < name.length; i += 1) if (name[i] !== bytes[start + i]) return undefined;
    return entry.value;
  }

  /** The value for the JSON string whose content stands at `start`..`end`: "mess\u0061ges" is "messages" to every parser, so it must be to us. */
  findString(body: Buffer, start: number, end: number, escaped: boolean): T | undefined {
    if (!escaped) return this.find(body, start, end, hashKey(body, start, end));
    const name = Buffer.from(decodeString(body, start, end, true), 'utf8');
    return this.find(name, 0, name.length, hashKey(name));
  }
}
