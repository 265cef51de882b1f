// Provider keys in the key store of the system, else in files of their user alone; virtual keys as hashes.

export interface KeyStoreOptions {
  /** The data folder; the store keeps its files in `keys` below it. */
  readonly dir: string;
  readonly platform: NodeJS.Platform;
  /** Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `false`: files only. */
  readonly useSystem?: boolean;
  /** `false`: secrets are not read and changes are not followed; for one command that adds or lists. */
  readonly follows?: boolean;
}

export interface StoredKey {
  /** Catalog id of the provider. */
  readonly provider: string;
  readonly label: string;
  readonly weight: number;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

export interface StoredVirtualKey {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

/** What cannot be done is thrown as `key-store`; no message holds a secret. */
export interface KeyStore {
  /** Where new secrets go. */
  readonly place: 'system' | 'file';
  /** Takes the place of a key with the same provider and label. */
  add(key: { readonly provider: string; readonly label: string; readonly secret: string; readonly weight: number }): Promise<void>;
  /** False: there was none. */
  remove(provider: string, label: string): Promise<boolean>;
  list(): readonly StoredKey[];
  /** Undefined where there is no such key, or the system's key store does not give it out now. */
  secretOf(provider: string, label: string): string | undefined;
  /** `hash`: SHA-256 of the key, hex. */
  addVirtual(id: string, hash: string): Promise<void>;
  virtualHash(id: string): string | undefined;
  removeVirtual(id: string): Promise<boolean>;
  listVirtual(): readonly StoredVirtualKey[];
  /** Keys were added or removed, by this process or another; returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  close(): void;
}

export function openKeyStore(options: KeyStoreOptions): Promise<KeyStore> {
  return Promise.reject(new Error(`not yet: ${options.dir}`));
}
