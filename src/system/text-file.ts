// A text file as a surface of the ledger: read whole, edited by a function, put back byte for byte, folders that were made for it included.
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Register, Surface, ThreeWay } from './surface.ts';

/** A file that is there, or the first folder on the way to it that is not (null: only the file is missing). */
export type FileValue = { readonly text: string } | { readonly missing: string | null };

export interface TextFileOptions {
  readonly id: string;
  /** Absolute; a symbolic link is followed, never replaced. */
  readonly file: string;
  /** Our text, given the text without us (undefined: no file). The same text back: nothing to do here. Undefined: the file is to be absent. */
  readonly edit: (text: string | undefined) => string | undefined;
  /** The text somebody has changed since, with only what is ours taken out; undefined: ours is not in it any more. */
  readonly strip: (text: string, sides: { readonly original: string | undefined; readonly ours: string }) => string | undefined;
  /** Permissions of a file that is made new. */
  readonly mode?: number;
}

export interface TextFileSurface extends Surface {
  wanted(base: Register): Register;
}

export function textFile({ id, file, edit, strip, mode = 0o644 }: TextFileOptions): TextFileSurface {
  const read = (): Promise<FileValue> => Promise.resolve(readFile(file));
  return {
    id,
    read: async (): Promise<Register> => await read(),
    wanted: (base) => {
      const before = textOf(base);
      const after = edit(before);
      if (after === before) return base;
      return after === undefined ? { missing: null } : { text: after };
    },
    write: (value) => {
      const target = realTarget(file);
      if (isText(value)) writeWhole(target, value.text, mode);
      else remove(target, (value as { missing: string | null }).missing);
      return Promise.resolve();
    },
    without: (sides: ThreeWay) => {
      const [current, ours] = [textOf(sides.current), textOf(sides.ours)];
      const original = textOf(sides.original);
      // Gone: there is nothing of ours left, but folders that were made for it may be.
      if (current === undefined) return original === undefined ? sides.original : undefined;
      if (ours === undefined) return undefined;
      const theirs = strip(current, { original, ours });
      if (theirs === undefined) return undefined;
      return theirs.trim() === '' && original === undefined ? sides.original : { text: theirs };
    },
    sweep: () => {
      rmSync(temporaryOf(realTarget(file)), { force: true });
      return Promise.resolve();
    },
  };
}

const isText = (value: Register): value is { readonly text: string } => typeof value === 'object' && value !== null && 'text' in value;
const textOf = (value: Register): string | undefined => (isText(value) ? value.text : undefined);

function readFile(file: string): FileValue {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { missing: firstMissingFolder(file) };
  }
}

/** The first folder on the way to a file that is not there; null: all are. */
export function firstMissingFolder(file: string): string | null {
  let missing: string | null = null;
  for (let folder = dirname(file); !existsSync(folder) && folder !== dirname(folder); folder = dirname(folder)) missing = folder;
  return missing;
}

/** Dot files are often links into a folder under version control: the link stays. */
function realTarget(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

const temporaryOf = (target: string): string => join(dirname(target), `.${basename(target)}.heimdall-new`);

/** Whole or not at all: a kill leaves the old file, or the new one. */
function writeWhole(target: string, text: string, mode: number): void {
  makeFolder(dirname(target));
  const temporary = temporaryOf(target);
  const before = existsSync(target) ? statSync(target) : undefined;
  writeFileSync(temporary, text, { mode: before?.mode ?? mode, flush: true });
  if (before !== undefined) chmodSync(temporary, before.mode);
  giveTo(temporary, before ?? statSync(dirname(target)));
  renameSync(temporary, target);
}

/** What an administrator's run makes in a user's folder is the user's. */
function giveTo(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o755 });
  giveTo(folder, statSync(dirname(folder)));
}

/** Removes a file, and the folders from `missing` on that were made for it and are empty again. */
export function remove(target: string, missing: string | null): void {
  rmSync(target, { force: true });
  if (missing === null) return;
  for (let folder = dirname(target); folder.length >= missing.length; folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Somebody has put something in since, or it is gone already.
      if (code !== 'ENOENT') return;
    }
  }
}
