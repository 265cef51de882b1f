// A log file that never grows past its cap: when full it becomes `FILE.1`, and the one before that is gone.
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface SizeCappedFile {
  /** Appends one line. A full or vanished disk loses the line, never the agent. */
  write(line: string): void;
  close(): void;
  /** Lines that could not be written. */
  readonly lost: number;
}

/** Opens `path` for appending, mode 0600, its folder made if missing. `capBytes` holds for the file and for its one predecessor. */
export function openSizeCappedFile(path: string, capBytes: number): SizeCappedFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let descriptor: number | undefined = open();
  let size = fstatSync(descriptor).size;
  let lost = 0;

  function open(): number {
    const opened = openSync(path, 'a', 0o600);
    if (process.platform !== 'win32') chmodSync(path, 0o600); // an older file may have been made with a looser mask
    return opened;
  }

  function rotate(): void {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
    renameSync(path, `${path}.1`);
    descriptor = open();
    size = 0;
  }

  return {
    write(line) {
      try {
        if (size > 0 && size + line.length > capBytes) rotate();
        descriptor ??= open();
        size += writeSync(descriptor, line);
      } catch {
        lost += 1; // there is nowhere left to report it; the count tells
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
    get lost() {
      return lost;
    },
  };
}
