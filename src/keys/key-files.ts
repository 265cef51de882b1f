// One small file for each key, in a folder of its user alone: two processes that add keys at once never write the same file, and a kill leaves a key whole or absent.
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';
import { z } from '../contract/schema.ts';

const ProviderKeyFile = z.object({
  kind: z.literal('provider'),
  provider: z.string(),
  label: z.string(),
  weight: z.number().min(0),
  addedAt: z.number(),
  /** The name of the entry in the key store of the system. */
  account: z.string().optional(),
  /** Only where the system has no store that works. */
  secret: z.string().optional(),
});
const VirtualKeyFile = z.object({ kind: z.literal('virtual'), id: z.string(), addedAt: z.number(), sha256: z.string() });
const KeyFile = z.discriminatedUnion('kind', [ProviderKeyFile, VirtualKeyFile]);

export type ProviderKeyFile = z.infer<typeof ProviderKeyFile>;
export type VirtualKeyFile = z.infer<typeof VirtualKeyFile>;
export type KeyFile = z.infer<typeof KeyFile>;

const ending = '.json';
/** Windows has no such flag. */
const noFollow = 'O_NOFOLLOW' in constants ? constants.O_NOFOLLOW : 0;
const unfinished = /^\.[^.]+\.(\d+)\.[0-9a-f]+\.new$/;

/** Throws `key-store` for whatever cannot be done; no message holds what is in a file. */
export class KeyFolder {
  readonly #dir: string;
  readonly #checksModes: boolean;
  /** Files that could not be understood and were moved out of the way, as sentences. */
  readonly troubles: string[] = [];

  constructor(dir: string, platform: NodeJS.Platform) {
    this.#dir = dir;
    // Windows has no such bits; there the access list of the user's profile protects the folder.
    this.#checksModes = platform !== 'win32';
  }

  /** The keys, and a text that is another one when anything in the folder has changed. */
  read(): { readonly keys: readonly KeyFile[]; readonly signature: string } {
    const signature = this.signature();
    const keys = this.#names().flatMap((name) => this.#readFile(name) ?? []);
    return { keys, signature };
  }

  signature(): string {
    return this.#tried(() => {
      this.#refuseOpenFolder();
      return this.#names()
        .map((name) => {
          const found = lstatSync(join(this.#dir, name), { bigint: true, throwIfNoEntry: false });
          return found === undefined ? '' : `${name}:${found.ino}:${found.mtimeNs}:${found.mode}`;
        })
        .join(' ');
    });
  }

  write(key: KeyFile): void {
    const name = nameOf(key);
    const temporary = join(this.#dir, `.${name.slice(0, -ending.length)}.${process.pid}.${randomBytes(4).toString('hex')}.new`);
    this.#tried(() => {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      this.#refuseOpenFolder();
      this.#sweep();
      const file = openSync(temporary, 'wx', 0o600);
      try {
        // The mode given to open is cut by the umask, never widened; an odd umask must not lock us out.
        fchmodSync(file, 0o600);
        writeSync(file, `${JSON.stringify(key)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      try {
        renameSync(temporary, join(this.#dir, name));
      } finally {
        rmSync(temporary, { force: true });
      }
    });
  }

  /** False: there was none. */
  remove(key: KeyFile): boolean {
    return this.#tried(() => {
      try {
        rmSync(join(this.#dir, nameOf(key)));
        return true;
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return false;
        throw error;
      }
    });
  }

  #names(): string[] {
    try {
      return readdirSync(this.#dir)
        .filter((name) => name.endsWith(ending))
        .sort();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  #readFile(name: string): KeyFile | undefined {
    const path = join(this.#dir, name);
    const text = this.#tried(() => this.#textOf(path));
    if (text === undefined) return undefined;
    const key = parsed(text);
    if (key === undefined) this.#setAside(path);
    return key;
  }

  /** Undefined: gone since the folder was listed. Mode and content are of the same file, and a link is not followed. */
  #textOf(path: string): string | undefined {
    let file: number;
    try {
      file = openSync(path, constants.O_RDONLY | noFollow);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
    try {
      this.#refuseOpen(path, fstatSync(file).mode);
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  }

  #setAside(path: string): void {
    const aside = `${path}.${Date.now()}.damaged`;
    this.#tried(() => renameSync(path, aside));
    this.troubles.push(`${path} holds no key that can be read; it is now ${aside}. Add the key again.`);
  }

  #refuseOpenFolder(): void {
    const found = lstatSync(this.#dir, { throwIfNoEntry: false });
    if (found !== undefined) this.#refuseOpen(this.#dir, found.mode);
  }

  #refuseOpen(path: string, mode: number): void {
    if (!this.#checksModes || (mode & 0o077) === 0) return;
    const found = (mode & 0o777).toString(8);
    throw new AgentError(
      'key-store',
      `${path} is open to other users of this machine (mode ${found}), so its keys are not used. Close it (chmod go= ${path}); if others use this machine, have new keys made at the providers.`,
    );
  }

  /** What processes that died while they wrote have left: it may hold a secret. */
  #sweep(): void {
    for (const name of readdirSync(this.#dir)) {
      const [, pid] = unfinished.exec(name) ?? [];
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(this.#dir, name), { force: true });
    }
  }

  #tried<T>(act: () => T): T {
    try {
      return act();
    } catch (cause) {
      if (cause instanceof AgentError) throw cause;
      throw new AgentError('key-store', `The keys in ${this.#dir} cannot be used: ${messageOf(cause)}. Give this user access to the folder.`, { cause });
    }
  }
}

/** A digest of what the key is called: no name is too long, reserved, or equal to another but for its case. */
function nameOf(key: KeyFile): string {
  const what = key.kind === 'virtual' ? ['virtual', key.id] : ['provider', key.provider, key.label];
  return `${key.kind}-${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 24)}${ending}`;
}

function parsed(text: string): KeyFile | undefined {
  try {
    return KeyFile.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: as unreadable as JSON of another shape.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
