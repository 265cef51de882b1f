// Copies of other programs' files as they were before Heimdall changed them, by their content, and what was changed where.
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Register } from '../surface.ts';

/** Absolute path → `file:<SHA-256>` or `link:<target>`; what is not there has no entry. */
export type Manifest = Readonly<Record<string, string>>;

/** One change of one place. Written, and synced, before the place is touched. */
export interface KeptRecord {
  readonly id: string;
  /** Fingerprint of the CA that was put in. */
  readonly fingerprint: string;
  /** The ledger's value that this change was made over. */
  readonly over: Register;
  readonly before: Manifest;
  /** Absent: it is not known yet, as while the system's own tool runs. */
  readonly after?: Manifest;
  /** The first folder on the way that had to be made. */
  readonly missing: string | null;
}

export class KeptFiles {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'kept');
  }

  /** Keeps a copy, and says under which manifest entry it is found again. */
  keep(bytes: Buffer): string {
    const entry = entryOf(bytes);
    this.#writeWhole(join(this.#folder, hashIn(entry)), bytes);
    return entry;
  }

  /** @throws when the copy is gone or is not what was kept. */
  bytes(entry: string): Buffer {
    const bytes = readFileSync(join(this.#folder, hashIn(entry)));
    if (entryOf(bytes) !== entry) throw new Error(`The kept copy ${hashIn(entry)} in ${this.#folder} is damaged. Put the file back from a backup.`);
    return bytes;
  }

  /** Every place that stands changed, or may. */
  records(): readonly KeptRecord[] {
    return this.#recordsIn(namesIn(this.#folder));
  }

  record(id: string): KeptRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#recordFile(id), 'utf8')) as KeptRecord;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  note(record: KeptRecord): void {
    this.#writeWhole(this.#recordFile(record.id), Buffer.from(JSON.stringify(record)));
    this.#tidy();
  }

  forget(id: string): void {
    rmSync(this.#recordFile(id), { force: true });
    this.#tidy();
  }

  /** An empty folder for preparing a change; the one before it is gone. */
  stage(): string {
    const folder = join(this.#folder, 'stage');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Takes away what was being prepared, copies that no change needs any more, and the folder when nothing is kept. */
  clean(): void {
    rmSync(join(this.#folder, 'stage'), { recursive: true, force: true });
    this.#tidy();
  }

  #recordFile(id: string): string {
    return join(this.#folder, `${createHash('sha256').update(id).digest('hex').slice(0, 16)}.json`);
  }

  #writeWhole(file: string, bytes: Buffer): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, bytes, { mode: 0o600, flush: true });
    // `sudo heimdall setup` keeps for the user whose data this is: the agent must be able to read it afterwards.
    const { uid, gid } = statSync(dirname(this.#folder));
    if (process.getuid?.() === 0) for (const made of [this.#folder, `${file}.new`]) chownSync(made, uid, gid);
    renameSync(`${file}.new`, file);
  }

  #recordsIn(names: readonly string[]): readonly KeptRecord[] {
    return names.filter((name) => name.endsWith('.json')).map((name) => JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as KeptRecord);
  }

  #tidy(): void {
    const names = namesIn(this.#folder);
    const records = this.#recordsIn(names);
    const needed = new Set(records.flatMap(neededBy));
    for (const name of names) {
      const isNeeded = name.endsWith('.json') || name === 'stage' || needed.has(name);
      if (!isNeeded) rmSync(join(this.#folder, name), { force: true });
    }
    if (records.length === 0 && !names.includes('stage')) rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const entryOf = (bytes: Buffer): string => `file:${createHash('sha256').update(bytes).digest('hex')}`;
export const isFile = (entry: string | undefined): entry is `file:${string}` => entry?.startsWith('file:') === true;
const hashIn = (entry: string): string => entry.slice('file:'.length);

/** The copies that putting back a change may ask for: what it has changed, or may have while that is not known. */
function neededBy({ before, after }: KeptRecord): readonly string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after ?? {})])];
  const changed = paths.filter((path) => after === undefined || before[path] !== after[path]);
  return changed.flatMap((path) => [before[path], after?.[path]].filter(isFile).map(hashIn));
}

/** What is in a folder; nothing when there is none. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

/** The bytes of a file; undefined when there is none. */
export function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function isSame(a: Manifest, b: Manifest): boolean {
  return digestOf(a) === digestOf(b);
}

export function digestOf(manifest: Manifest): string {
  const entries = Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}
