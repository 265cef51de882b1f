// What the agent's process prints, kept in one file with a bounded size: the one before it is kept beside it as `.1`.
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Bytes after which a new file is begun. */
const largest = 1024 * 1024;

/** Never throws: output that cannot be kept must not stop what printed it. */
export class CappedLog {
  readonly #file: string;
  readonly #limit: number;
  #handle: number | undefined;
  #size = 0;

  constructor(file: string, limit = largest) {
    this.#file = file;
    this.#limit = limit;
  }

  write(chunk: Buffer | string): void {
    try {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (this.#handle !== undefined && this.#size + bytes.length > this.#limit) this.#turn();
      this.#handle ??= this.#open();
      this.#size += writeSync(this.#handle, bytes.subarray(0, this.#limit));
    } catch {
      this.close();
    }
  }

  close(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    try {
      closeSync(handle);
    } catch {
      // the disk is gone; there is nothing left to close
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const handle = openSync(this.#file, 'a', 0o600);
    this.#size = statSync(this.#file).size;
    return handle;
  }

  #turn(): void {
    this.close();
    renameSync(this.#file, `${this.#file}.1`);
  }
}
