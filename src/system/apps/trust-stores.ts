// Which stores of this machine hold the certificate: shown by a handshake through the agent with the roots of each store alone.
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../contract/errors.ts';
import type { TrustStore } from '../../contract/coverage.ts';
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import type { StoreProof } from './machine-facts.ts';

export type ProveTrust = (
  roots: readonly string[],
  where: { readonly host: string; readonly port: number },
) => Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;

const storeOf: readonly (readonly [RegExp, TrustStore])[] = [
  [/^trust\.nss:/, 'nss'],
  [/^trust\.firefox:/, 'firefox'],
  [/^trust\.java:/, 'java'],
  [/^trust\.(anchors|login-keychain|system-keychain|user-root|machine-root)/, 'os'],
];

interface Store {
  readonly store: TrustStore;
  readonly what: string;
  readonly roots: () => Promise<readonly string[]>;
}

/** `host` must be one that is intercepted. Without a `prove` nothing is tried, and a store counts that holds the certificate. */
export async function proveStores(
  machine: Pick<SetupMachine, 'dataDir' | 'ca' | 'port'>,
  surfaces: readonly SetupSurface[],
  host: string,
  prove: ProveTrust | undefined,
): Promise<readonly StoreProof[]> {
  const stores = [...surfaces.flatMap(ofSurface), ...bundles(machine)];
  return await Promise.all(stores.map((store) => proof(store, machine, host, prove)));
}

function ofSurface(surface: SetupSurface): readonly Store[] {
  const store = storeOf.find(([pattern]) => pattern.test(surface.id))?.[1];
  const roots = surface.roots?.bind(surface);
  return store === undefined || roots === undefined ? [] : [{ store, what: surface.what, roots }];
}

function bundles(machine: Pick<SetupMachine, 'dataDir'>): readonly Store[] {
  const store = (name: TrustStore, file: string): Store => ({ store: name, what: file, roots: async () => certificatesIn(await readFile(file, 'utf8')) });
  return [store('bundle', combinedBundle(machine)), store('node-extra', extraBundle(machine))];
}

async function proof(
  { store, what, roots }: Store,
  { ca, port }: Pick<SetupMachine, 'ca' | 'port'>,
  host: string,
  prove: ProveTrust | undefined,
): Promise<StoreProof> {
  try {
    const found = await roots();
    // Without the certificate the handshake is known to fail; trying it would only fill the log.
    if (!found.map(body).includes(body(ca.pem))) return { store, what, ok: false, wasTried: false, reason: 'The certificate of Heimdall is not in it.' };
    if (prove === undefined) return { store, what, ok: true, wasTried: false };
    const proven = await prove(found, { host, port: port() });
    return proven.ok ? { store, what, ok: true, wasTried: true } : { store, what, ok: false, wasTried: true, reason: proven.reason };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { store, what, ok: false, wasTried: false, reason: isMissing ? 'It is not there.' : `It cannot be read: ${messageOf(error)}` };
  }
}

const body = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\s/g, '');

const certificatesIn = (text: string): readonly string[] => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
