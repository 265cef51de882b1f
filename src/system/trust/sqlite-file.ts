// Gives a SQLite database that other programs may have open other bytes, in its place and under SQLite's own lock.
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const pageBytes = 4096;
/** Longest wait for a program that is writing, milliseconds: everything else in this process waits too. */
const patienceMs = 500;

/**
 * Whoever has the database open sees the change by the counter in its header, and reads anew. A file in its place under the same name
 * would leave a running browser with the old one: what it stores after that would be lost.
 */
export function overwriteDatabase(file: string, expected: Buffer, bytes: Buffer): void {
  // Opened first and closed last: closing any descriptor of a file lets go of the process's locks on it.
  const descriptor = openSync(file, 'r+');
  try {
    const unlock = lock(file);
    try {
      if (!readFileSync(descriptor).equals(expected)) throw new Error(`${file} was changed by another program at this moment. Try again.`);
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
      ftruncateSync(descriptor, bytes.length);
      fsyncSync(descriptor);
    } finally {
      unlock();
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a file is what overwriting one content with the other leaves when it is cut short: the system writes page by page. */
export function isPageMixture(stands: Buffer, one: Buffer, other: Buffer): boolean {
  const length = Math.max(one.length, other.length);
  if (stands.length > length || stands.length < Math.min(one.length, other.length)) return false;
  for (let at = 0; at < stands.length; at += pageBytes) {
    const page = stands.subarray(at, at + pageBytes);
    if (!page.equals(one.subarray(at, at + pageBytes)) && !page.equals(other.subarray(at, at + pageBytes))) return false;
  }
  return true;
}

function lock(file: string): () => void {
  const database = new DatabaseSync(file, { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) throw new Error(`${file} is being written by another program. Close the browser and try again.`, { cause: error });
    // Cut short in the middle, it may not read as a database: then nobody has it open.
    return () => undefined;
  }
  return () => {
    database.exec('ROLLBACK');
    database.close();
  };
}
