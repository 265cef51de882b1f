// Changes a store of a few files by way of a copy: the tool works on the copy, and only what came out of it is put in place.
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Register } from '../surface.ts';
import { bytesOf, entryOf } from './kept-files.ts';
import type { KeptFiles, Manifest } from './kept-files.ts';
import type { KeptPlace } from './kept-surface.ts';
import { isPageMixture, overwriteDatabase } from './sqlite-file.ts';

export interface StagedStore {
  readonly id: string;
  /** Absolute. */
  readonly files: readonly string[];
  readonly fingerprint: string;
  /** SQLite databases that other programs may have open keep their place on the disk, and are written under SQLite's own lock. */
  readonly isDatabase: (file: string) => boolean;
  /** Works on the copies in a folder: our CA in, older ones of ours out. */
  add(stage: string): Promise<void>;
  /** Every CA of ours out; true when nothing is left that anybody could miss. */
  remove(stage: string): Promise<boolean>;
  /** What the file is to hold, when the tool has written the folder's name into it. */
  finished?(file: string, bytes: Buffer, stage: string): Buffer;
  /** Who a new file belongs to. */
  owner?(): { readonly uid: number; readonly gid: number } | undefined;
}

export function stagedPlace(store: StagedStore): KeptPlace {
  const manifest = (): Manifest =>
    Object.fromEntries(
      store.files.flatMap((file) => {
        const bytes = bytesOf(file);
        return bytes === undefined ? [] : [[file, entryOf(bytes)]];
      }),
    );

  /** The copies, laid out for the tool. */
  const staged = (kept: KeptFiles): { stage: string; now: Manifest } => {
    const stage = kept.stage();
    const entries = store.files.flatMap((file) => {
      const bytes = bytesOf(file);
      if (bytes === undefined) return [];
      writeFileSync(join(stage, basename(file)), bytes, { mode: 0o600 });
      return [[file, kept.keep(bytes)] as const];
    });
    return { stage, now: Object.fromEntries(entries) };
  };
  const kept = (copies: KeptFiles, stage: string): Manifest =>
    Object.fromEntries(
      store.files.flatMap((file) => {
        const bytes = bytesOf(join(stage, basename(file)));
        return bytes === undefined ? [] : [[file, copies.keep(store.finished?.(file, bytes, stage) ?? bytes)]];
      }),
    );
  const install = (copies: KeptFiles, to: Manifest, missing: string | null): void => {
    for (const file of store.files) {
      const [wanted, current] = [to[file], bytesOf(file)];
      if (wanted === undefined) rmSync(file, { force: true });
      else if (current === undefined || entryOf(current) !== wanted) {
        if (current !== undefined && store.isDatabase(file)) overwriteDatabase(file, current, copies.bytes(wanted));
        else replaceFile(file, copies.bytes(wanted), { owner: store.owner?.() });
      }
    }
    if (missing !== null && Object.keys(to).length === 0) removeFolders(dirname(store.files[0] ?? missing), missing);
  };

  return {
    id: store.id,
    manifest,
    isCutShort: (copies, record, now) =>
      store.files.every((file) => {
        const [stands, before, after] = [now[file], record.before[file], record.after?.[file]];
        if (stands === before || stands === after) return true;
        const bytes = bytesOf(file);
        if (bytes === undefined || before === undefined || after === undefined || !store.isDatabase(file)) return false;
        return isPageMixture(bytes, copies.bytes(before), copies.bytes(after));
      }),
    put: async (copies, over: Register) => {
      const { stage, now } = staged(copies);
      await store.add(stage);
      const after = kept(copies, stage);
      const missing = firstMissing(store.files[0] ?? '');
      copies.note({ id: store.id, fingerprint: store.fingerprint, over, before: now, after, missing });
      install(copies, after, null);
    },
    putBack: (copies, record) => {
      install(copies, record.before, record.missing);
      return Promise.resolve();
    },
    takeOut: async (copies, record) => {
      const { stage, now } = staged(copies);
      if (Object.keys(now).length === 0) {
        if (record?.missing != null) removeFolders(dirname(store.files[0] ?? record.missing), record.missing);
        return;
      }
      const isEmpty = await store.remove(stage);
      const wasMadeByUs = record !== undefined && Object.keys(record.before).length === 0;
      const before = isEmpty && wasMadeByUs ? {} : kept(copies, stage);
      const missing = record?.missing ?? null;
      // Noted like any change, so that it is finished when it is cut short.
      copies.note({ id: store.id, fingerprint: store.fingerprint, over: record?.over ?? null, before, after: now, missing });
      install(copies, before, missing);
    },
    sweep: () => {
      for (const file of store.files) rmSync(temporaryOf(file), { force: true });
    },
  };
}

const temporaryOf = (file: string): string => join(dirname(file), `.${basename(file)}.heimdall-new`);
export const isTemporary = (file: string): boolean => file.endsWith('.heimdall-new');

export interface NewFile {
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Whole or not at all, with the permissions of the file it replaces. */
export function replaceFile(file: string, bytes: Buffer, { mode = 0o600, owner }: NewFile = {}): void {
  const before = existsSync(file) ? statSync(file) : undefined;
  const made = mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = temporaryOf(file);
  writeFileSync(temporary, bytes, { mode: 0o600, flush: true });
  chmodSync(temporary, before?.mode ?? mode);
  const holder = before ?? owner;
  if (holder !== undefined && process.getuid?.() === 0) {
    chownSync(temporary, holder.uid, holder.gid);
    for (let folder = dirname(file); made !== undefined && folder.length >= made.length; folder = dirname(folder)) chownSync(folder, holder.uid, holder.gid);
  }
  renameSync(temporary, file);
}

function firstMissing(file: string): string | null {
  let missing: string | null = null;
  for (let folder = dirname(file); !existsSync(folder); folder = dirname(folder)) missing = folder;
  return missing;
}

/** Folders that were made for the store, unless somebody has put something in. */
function removeFolders(from: string, until: string): void {
  for (let folder = from; folder.length >= until.length; folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
  }
}
