// The signed head beside the database: says up to where the log had been written, so that a tail cut off later is missed.
//
// It is written after each commit, in place and in one piece. A process killed in between leaves it behind the database, which is harmless;
// the database behind the head can only mean that rows were taken away.
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { readCheckpoint, signCheckpoint, type Checkpoint, type SignedCheckpoint } from './chain.ts';

export const headFile = (dir: string): string => join(dir, 'audit.head');

// One disk sector: overwritten whole, never torn, never empty.
const size = 512;
// Created when missing, never emptied.
const openFlags = constants.O_RDWR | constants.O_CREAT;

export type HeadReading = { readonly state: 'valid'; readonly head: Checkpoint; readonly signed: SignedCheckpoint } | { readonly state: 'missing' | 'invalid' };

export function readHead(dir: string, publicKey: KeyObject): HeadReading {
  let text: string;
  try {
    text = readFileSync(headFile(dir), 'utf8');
  } catch {
    return { state: 'missing' };
  }
  const [statement = '', signature = ''] = text.split('\n');
  const signed = { text: statement, signature };
  const head = readCheckpoint(publicKey, signed);
  return head?.kind === 'head' ? { state: 'valid', head, signed } : { state: 'invalid' };
}

export class HeadFile {
  readonly #descriptor: number;
  readonly #key: KeyObject;

  constructor(dir: string, key: KeyObject) {
    this.#key = key;
    this.#descriptor = openSync(headFile(dir), openFlags, 0o600);
  }

  write(head: Checkpoint): void {
    const { text, signature } = signCheckpoint(this.#key, head);
    writeSync(this.#descriptor, `${text}\n${signature}\n`.padEnd(size), 0);
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}
