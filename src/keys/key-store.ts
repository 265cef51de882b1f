// Provider keys in the key store of the system, else in files of their user alone; virtual keys as hashes.
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError, messageOf } from '../contract/errors.ts';
import { KeyFolder } from './key-files.ts';
import type { KeyFile, ProviderKeyFile, VirtualKeyFile } from './key-files.ts';
import { SystemSecrets } from './system-secrets.ts';
import { mayHaveSystemStore } from './system-store.ts';
import type { Variables } from './system-store.ts';

export interface KeyStoreOptions {
  /** The data folder; the store keeps its files in `keys` below it. */
  readonly dir: string;
  readonly platform: NodeJS.Platform;
  /** Default: that of this process. */
  readonly env?: Variables;
  /** `false`: new secrets go to files. */
  readonly useSystem?: boolean;
  /** `false`: the system is not asked for secrets and changes are not followed; for one command that adds or lists. */
  readonly follows?: boolean;
  /** Longest wait for the key store of the system, milliseconds. Default: 10,000. */
  readonly patienceMs?: number;
  /** From one look for changes to the next, milliseconds. Default: 1,000. */
  readonly lookMs?: number;
}

export type KeyPlace = 'system' | 'file';

export interface NewKey {
  /** Catalog id of the provider. */
  readonly provider: string;
  readonly label: string;
  readonly secret: string;
  /** Share of the calls among the keys of its provider. */
  readonly weight: number;
}

export interface StoredKey {
  /** Catalog id of the provider. */
  readonly provider: string;
  readonly label: string;
  readonly weight: number;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  readonly place: KeyPlace;
}

export interface StoredVirtualKey {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

/** What cannot be done is thrown as `key-store`; no message holds a secret. */
export interface KeyStore {
  /** Where the next secret goes, as far as is known before the system is asked. */
  readonly place: KeyPlace;
  /** What is wrong with the store, as sentences: damaged files, secrets that the system does not give out. */
  readonly troubles: readonly string[];
  /** Takes the place of a key with the same provider and label. Gives where the secret went. */
  add(key: NewKey): Promise<KeyPlace>;
  /** False: there was none. */
  remove(provider: string, label: string): Promise<boolean>;
  list(): readonly StoredKey[];
  /** Undefined where there is no such key, or the system's key store does not give it out now. */
  secretOf(provider: string, label: string): string | undefined;
  /** `hash`: SHA-256 of the key, hex. */
  addVirtual(id: string, hash: string): void;
  virtualHash(id: string): string | undefined;
  removeVirtual(id: string): boolean;
  listVirtual(): readonly StoredVirtualKey[];
  /** Keys were added or removed, by this process or another; returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** Reads what is there. Secrets that the system is slow to give out arrive later, with a change. */
export async function openKeyStore(options: KeyStoreOptions): Promise<KeyStore> {
  const store = new Store(options);
  await store.open();
  return store;
}

class Store implements KeyStore {
  readonly #folder: KeyFolder;
  readonly #system: SystemSecrets;
  readonly #owner: string;
  readonly #follows: boolean;
  readonly #patienceMs: number;
  readonly #lookMs: number;
  readonly #listeners = new Set<() => void>();
  #place: KeyPlace;
  /** Of what has been read; undefined: nothing could be. */
  #signature: string | undefined;
  #keys: ReadonlyMap<string, ProviderKeyFile> = new Map();
  #virtual: ReadonlyMap<string, VirtualKeyFile> = new Map();
  #unreadable: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ dir, platform, env = process.env, useSystem = true, follows = true, patienceMs = 10_000, lookMs = 1000 }: KeyStoreOptions) {
    this.#folder = new KeyFolder(join(dir, 'keys'), platform);
    this.#system = new SystemSecrets({ env, patienceMs });
    this.#owner = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 8);
    this.#follows = follows;
    this.#patienceMs = patienceMs;
    this.#lookMs = lookMs;
    this.#place = useSystem && mayHaveSystemStore(platform, env) ? 'system' : 'file';
  }

  get place(): KeyPlace {
    return this.#place;
  }

  get troubles(): readonly string[] {
    return [...this.#folder.troubles, ...[this.#unreadable, this.#system.trouble].filter((trouble) => trouble !== undefined)];
  }

  async open(): Promise<void> {
    this.#read();
    if (!this.#follows) return;
    await Promise.race([this.#fetch(), sleep(this.#patienceMs, undefined, { ref: false })]);
    this.#timer = setInterval(() => this.#look(), this.#lookMs);
    this.#timer.unref();
  }

  async add({ provider, label, secret, weight }: NewKey): Promise<KeyPlace> {
    checkName('provider', provider);
    checkName('label', label);
    if (!/^[\x21-\x7e]{1,8192}$/.test(secret)) throw new AgentError('key-store', 'A key is one word of printable ASCII characters.');
    if (!Number.isFinite(weight) || weight < 0) throw new AgentError('key-store', 'The weight of a key is a number from 0 on.');
    const before = this.#keys.get(keyOf(provider, label))?.account;
    const account = this.#place === 'system' ? await this.#system.hold(`${this.#owner}/${provider}/${label}`, secret) : undefined;
    this.#place = account === undefined ? 'file' : 'system';
    const held = account === undefined ? { secret } : { account };
    this.#folder.write({ kind: 'provider', provider, label, weight, addedAt: Date.now(), ...held });
    // The key it replaces is in no file any more; where the store does not let it go, it does no harm there.
    if (before !== undefined) await this.#system.forget(before).catch(() => undefined);
    this.#changed();
    return this.#place;
  }

  async remove(provider: string, label: string): Promise<boolean> {
    const key = this.#keys.get(keyOf(provider, label));
    if (key === undefined) return false;
    // The secret first: while it is there, its file must say so.
    if (key.account !== undefined) await this.#system.forget(key.account);
    return this.#removed(key);
  }

  list(): readonly StoredKey[] {
    return [...this.#keys.values()].map(({ provider, label, weight, addedAt, account }) => ({
      provider,
      label,
      weight,
      addedAt,
      place: account === undefined ? 'file' : 'system',
    }));
  }

  secretOf(provider: string, label: string): string | undefined {
    const key = this.#keys.get(keyOf(provider, label));
    return key?.account === undefined ? key?.secret : this.#system.get(key.account);
  }

  addVirtual(id: string, hash: string): void {
    checkName('id', id);
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new AgentError('key-store', 'A virtual key is stored by its SHA-256, 64 hexadecimal digits.');
    this.#folder.write({ kind: 'virtual', id, addedAt: Date.now(), sha256: hash });
    this.#changed();
  }

  virtualHash(id: string): string | undefined {
    return this.#virtual.get(id)?.sha256;
  }

  removeVirtual(id: string): boolean {
    const key = this.#virtual.get(id);
    return key !== undefined && this.#removed(key);
  }

  listVirtual(): readonly StoredVirtualKey[] {
    return [...this.#virtual.values()].map(({ id, addedAt }) => ({ id, addedAt }));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
    this.#system.close();
  }

  #removed(key: KeyFile): boolean {
    const was = this.#folder.remove(key);
    this.#changed();
    return was;
  }

  #read(): void {
    const { keys, signature } = this.#folder.read();
    this.#signature = signature;
    this.#unreadable = undefined;
    this.#keys = new Map(keys.filter((key) => key.kind === 'provider').map((key) => [keyOf(key.provider, key.label), key]));
    this.#virtual = new Map(keys.filter((key) => key.kind === 'virtual').map((key) => [key.id, key]));
  }

  #changed(): void {
    this.#read();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether another process has changed something. A folder that has become open to others gives no keys at all. */
  #look(): void {
    try {
      if (this.#folder.signature() === this.#signature) return;
      this.#changed();
      void this.#fetch();
    } catch (error) {
      if (this.#unreadable === messageOf(error)) return;
      this.#unreadable = messageOf(error);
      this.#signature = undefined;
      this.#keys = new Map();
      this.#virtual = new Map();
      this.#tell();
    }
  }

  async #fetch(): Promise<void> {
    const accounts = [...this.#keys.values()].flatMap(({ account }) => account ?? []);
    if (await this.#system.fetch(accounts)) this.#tell();
  }
}

const keyOf = (provider: string, label: string): string => `${provider}\n${label}`;

function checkName(what: string, name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new AgentError('key-store', `The ${what} ${JSON.stringify(name.slice(0, 64))} cannot be used: letters, digits, dots, dashes, at most 64.`);
}
