// Keeps the CA: key and certificate together in one file, because one file can be made or replaced in one step and a pair cannot.
//
// The operating systems' own key stores (Keychain, DPAPI, Secret Service) come behind this interface with a later issue.
import { chmodSync, closeSync, fchmodSync, fsyncSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';

export interface KeyStore {
  /** The text that was stored, or undefined when there is none. */
  load(): string | undefined;
  /** Stores the text unless something is stored already, which gives false. All of it or nothing, also when the process dies. */
  create(text: string): boolean;
  /** Moves the stored text out of the way, if it still is this one. Gives the file it went to. */
  setAside(text: string, at: Date): string | undefined;
  /** What was found too open and has been closed, as sentences. */
  readonly tightened: readonly string[];
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

/** Writes a file that is whole or absent; it takes the final name only by `place`. */
export function writeWhole(file: string, text: string, mode: number, place: (temporary: string) => void): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const descriptor = openSync(temporary, 'wx', mode);
  try {
    // The mode given to open is cut by the umask.
    fchmodSync(descriptor, mode);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    place(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** True when the link was made, false when the name was taken: the one step in which only one of two processes succeeds. */
function claim(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The store in `dir`/ca-key.pem, mode 0600 in a folder of mode 0700. Throws `ca-unusable` where the file cannot be used at all. */
export function fileKeyStore(dir: string, platform: NodeJS.Platform = process.platform): KeyStore {
  const file = join(dir, 'ca-key.pem');
  const tightened: string[] = [];

  const tighten = (path: string, mode: number): void => {
    const found = lstatSync(path).mode & 0o777;
    // Windows has no such bits; there the folder's access list of the user's profile protects the file.
    if (platform === 'win32' || (found & ~mode) === 0) return;
    chmodSync(path, mode);
    tightened.push(
      `${path} was open to others (mode ${found.toString(8)}) and is now closed (${mode.toString(8)}). If others use this machine, make a new CA.`,
    );
  };

  const load = (): string | undefined => {
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      tighten(dir, 0o700);
      if (!lstatSync(file).isFile()) throw new AgentError('ca-unusable', `${file} is not a plain file. Move it away; Heimdall then makes a new CA.`);
      tighten(file, 0o600);
      return readFileSync(file, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      if (error instanceof AgentError) throw error;
      throw new AgentError('ca-unusable', `The CA in ${file} cannot be read: ${messageOf(error)}. Give this user access to the file and its folder.`, {
        cause: error,
      });
    }
  };

  const create = (text: string): boolean => {
    let created = false;
    writeWhole(file, text, 0o600, (temporary) => (created = claim(temporary, file)));
    return created;
  };

  const setAside = (text: string, at: Date): string | undefined => {
    const aside = join(dir, `ca-key-${at.toISOString().replace(/[:.]/g, '-')}-${randomBytes(2).toString('hex')}.pem.old`);
    try {
      renameSync(file, aside);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
    if (readFileSync(aside, 'utf8') === text) return aside;
    // Another process was quicker and this is its new CA: put it back.
    claim(aside, file);
    rmSync(aside, { force: true });
    return undefined;
  };

  return { load, create, setAside, tightened };
}
