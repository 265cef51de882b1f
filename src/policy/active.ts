// Owns the policy in force: reads the file, follows its changes, and keeps the last good one when a newer is bad.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';
import type { CompiledPolicy, Policy } from '../contract/policy.ts';
import { parseYaml } from '../contract/yaml-text.ts';
import { compilePolicy } from './compile.ts';
import { defaultPolicy } from './default-policy.ts';
import { parsePolicy } from './parse.ts';

export interface ActivePolicyOptions {
  /** The policy file; undefined: the built-in default. */
  readonly file: string | undefined;
  /** Folder for `policy.last-good.json`. */
  readonly dataDir: string;
  /** Keyed hash of a found value. */
  readonly fingerprint: (value: string) => string;
  /** Called when another policy has come into force, and when `rejected` or `unsaved` has changed. */
  readonly onChange?: (policy: ActivePolicy) => void;
  /** How often the file is looked at where the system does not report changes, milliseconds. */
  readonly pollMs?: number;
}

/** Editors write in several steps: the file is read once they have been quiet for this long, milliseconds. */
const quietMs = 100;
const defaultPollMs = 3000;
const maxFileBytes = 4_194_304;

interface Loaded {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
  readonly source: string;
  /** The document as it was written, without the defaults. */
  readonly stated: unknown;
}

/**
 * Reads the file and starts to watch it. A bad or missing file gives way to the last good copy, and `rejected` says why.
 * Throws `AgentError('policy-invalid')` when there is no copy either.
 */
export function openActivePolicy(options: ActivePolicyOptions): ActivePolicy {
  return new ActivePolicy(options);
}

export class ActivePolicy {
  readonly #options: ActivePolicyOptions;
  readonly #lastGoodFile: string;
  #loaded: Loaded;
  #rejected: string | undefined;
  #unsaved: string | undefined;
  /** Size, times and inode of the file when it was last read. */
  #stamp = '';
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #quiet: NodeJS.Timeout | undefined;

  constructor(options: ActivePolicyOptions) {
    this.#options = options;
    this.#lastGoodFile = join(options.dataDir, 'policy.last-good.json');
    if (options.file === undefined) {
      this.#loaded = this.#compile(defaultPolicy, 'default', 'built-in default', {});
      return;
    }
    const file = resolve(options.file);
    this.#stamp = stampOf(file);
    try {
      this.#loaded = this.#read(file);
      this.#save(file);
    } catch (error) {
      const lastGood = this.#readLastGood();
      if (!lastGood) throw error;
      this.#loaded = lastGood;
      this.#rejected = messageOf(error);
    }
    this.#follow(file);
  }

  get current(): CompiledPolicy {
    return this.#loaded.compiled;
  }

  get policy(): Policy {
    return this.#loaded.policy;
  }

  /** The document as it was written: what it does not say is a default. */
  get stated(): unknown {
    return this.#loaded.stated;
  }

  /** `built-in default`, the file, or `last good copy of FILE`. */
  get source(): string {
    return this.#loaded.source;
  }

  /** Why the file as it is now is not in force; undefined when it is. */
  get rejected(): string | undefined {
    return this.#rejected;
  }

  /** Why the last good copy could not be written: the policy is in force, but a bad file at the next start would find no copy. */
  get unsaved(): string | undefined {
    return this.#unsaved;
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#quiet);
  }

  #compile(policy: Policy, revision: string, source: string, stated: unknown): Loaded {
    return { policy, source, stated, compiled: compilePolicy(policy, { revision, fingerprint: this.#options.fingerprint }) };
  }

  #read(file: string): Loaded {
    let text: string;
    try {
      // A pipe would never end, and a file of gigabytes is not worth reading to be refused.
      const stat = statSync(file);
      if (!stat.isFile() || stat.size > maxFileBytes) throw new Error(stat.isFile() ? `it holds ${stat.size} bytes` : 'it is not a regular file');
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const hint = 'Put the file back, or remove "policyFile" from the settings to use the built-in default';
      throw new AgentError('policy-invalid', `${file}: cannot be read: ${messageOf(error)}. ${hint}`, { cause: error });
    }
    return this.#compile(parsePolicy(text, file), revisionOf(text), file, parseYaml(text, file).value);
  }

  #readLastGood(): Loaded | undefined {
    try {
      const { revision, file, policy } = JSON.parse(readFileSync(this.#lastGoodFile, 'utf8')) as { revision: unknown; file: unknown; policy: unknown };
      const text = JSON.stringify(policy);
      return this.#compile(
        parsePolicy(text, this.#lastGoodFile),
        typeof revision === 'string' ? revision : revisionOf(text),
        `last good copy of ${String(file)}`,
        policy,
      );
    } catch {
      // No copy, or one that was damaged: the caller reports why the file itself is bad.
      return undefined;
    }
  }

  #save(file: string): void {
    const temporary = `${this.#lastGoodFile}.${randomUUID()}`;
    try {
      mkdirSync(this.#options.dataDir, { recursive: true, mode: 0o700 });
      try {
        writeFileSync(temporary, JSON.stringify({ revision: this.current.revision, file, policy: this.stated }), { mode: 0o600, flush: true });
        renameSync(temporary, this.#lastGoodFile);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
      this.#unsaved = undefined;
    } catch (error) {
      this.#unsaved = `The copy of the policy in ${this.#lastGoodFile} could not be written: ${messageOf(error)}. Free space or give the folder back to this user`;
    }
  }

  /** The folder is watched, not the file: editors replace files by renaming. The poll covers what no event reports (network drives, a folder that is replaced). */
  #follow(file: string): void {
    const later = (): void => {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => {
        this.#quiet = undefined;
        this.#reload(file);
      }, quietMs);
    };
    try {
      this.#watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
        if (name === null || name === basename(file)) later();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No such folder, or no watches left: the poll is enough.
    }
    this.#poll = setInterval(() => {
      if (this.#quiet === undefined && stampOf(file) !== this.#stamp) later();
    }, this.#options.pollMs ?? defaultPollMs);
    this.#poll.unref();
  }

  #reload(file: string): void {
    const before = [this.current.revision, this.source, this.#rejected, this.#unsaved].join('\n');
    this.#stamp = stampOf(file);
    try {
      const next = this.#read(file);
      this.#rejected = undefined;
      if (next.compiled.revision !== this.current.revision || next.source !== this.source || this.#unsaved !== undefined) {
        this.#loaded = next;
        this.#save(file);
      }
    } catch (error) {
      this.#rejected = messageOf(error);
    }
    if ([this.current.revision, this.source, this.#rejected, this.#unsaved].join('\n') !== before) this.#options.onChange?.(this);
  }
}

function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'missing';
}
