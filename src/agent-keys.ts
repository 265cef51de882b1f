// The keys of this machine as the agent uses them: of providers, and virtual ones.
import { VirtualKeys } from './budgets/virtual-keys.ts';
import type { VirtualKeyEntry } from './budgets/virtual-keys.ts';
import { providerById } from './catalog/providers.ts';
import type { LoadedSettings } from './config/settings.ts';
import { VirtualKeySettings } from './contract/budget.ts';
import { messageOf } from './contract/errors.ts';
import type { Target } from './contract/target.ts';
import { openKeyStore } from './keys/key-store.ts';
import type { KeyStore, KeyStoreOptions, StoredKey } from './keys/key-store.ts';

/** The part of the key store that the agent reads. */
export type KeyReading = Pick<KeyStore, 'list' | 'secretOf' | 'virtualHash' | 'listVirtual' | 'troubles' | 'onChange' | 'close'>;

const noKeys: KeyReading = {
  list: () => [],
  secretOf: () => undefined,
  virtualHash: () => undefined,
  listVirtual: () => [],
  troubles: [],
  onChange: () => () => undefined,
  close: () => undefined,
};

/** A key store that cannot be used is told, and the agent goes on without its keys: what needs none is still protected. */
export async function openKeys(options: KeyStoreOptions): Promise<KeyReading> {
  try {
    return await openKeyStore(options);
  } catch (error) {
    return { ...noKeys, troubles: [messageOf(error)] };
  }
}

/** Targets that need a key and have none, with what to do about it. */
export function keylessIn(targets: readonly Target[], keys: KeyReading): ReadonlyMap<string, string> {
  return new Map(
    targets.flatMap((target) => {
      const row = target.kind === 'provider' ? providerById(target.provider) : undefined;
      if (row?.auth === undefined || row.isLocal || keysOf(keys, target).length > 0) return [];
      return [[target.id, `The target ${target.id} has no key: \`heimdall keys add ${row.id}\`.`]];
    }),
  );
}

/** The keys a target may use. */
export function keysOf(keys: KeyReading, target: Target): readonly StoredKey[] {
  if (target.kind !== 'provider') return [];
  return keys.list().filter(({ provider, label }) => provider === target.provider && (target.keys === undefined || target.keys.includes(label)));
}

/** Those of the settings, and those that were made on this machine. */
export function knownKeys({ settings, secrets }: LoadedSettings, keys: KeyReading): VirtualKeys {
  const listed = new Set(settings.virtualKeys.map(({ id }) => id));
  const made = keys
    .listVirtual()
    .filter(({ id }) => !listed.has(id))
    .map(({ id }) => VirtualKeySettings.parse({ id }));
  const known = [...settings.virtualKeys, ...made].flatMap((entry): VirtualKeyEntry[] => {
    const secret = secrets.virtualKeys.get(entry.id);
    if (secret !== undefined) return [{ id: entry.id, secret, settings: entry }];
    const sha256 = keys.virtualHash(entry.id);
    return sha256 === undefined ? [] : [{ id: entry.id, sha256, settings: entry }];
  });
  return new VirtualKeys(known);
}
