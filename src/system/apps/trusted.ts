// Whether an app accepts our certificate: shown by its own handshake with us, or by one with the roots of a store it reads.
import type { AppFacts, AppSightings, CoverageStep, TrustStore } from '../../contract/coverage.ts';
import { freshMs, moment } from './machine-facts.ts';
import type { MachineFacts, StoreProof } from './machine-facts.ts';
import type { RunningApp } from './running-apps.ts';
import { isConfigured } from './wired.ts';

/** Variables that lead a program to a bundle. */
const variables: Readonly<Partial<Record<TrustStore, readonly string[]>>> = {
  bundle: ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'CODEX_CA_CERTIFICATE', 'GIT_SSL_CAINFO'],
  'node-extra': ['NODE_EXTRA_CA_CERTS'],
};

const storeWords: Readonly<Record<TrustStore, string>> = {
  os: 'the certificate store of the system',
  nss: 'the certificate database of Chromium',
  firefox: 'the certificate database of its Firefox profile',
  'node-extra': 'the file of NODE_EXTRA_CA_CERTS',
  bundle: 'the certificate bundle that its environment names',
  java: 'the keystore of Java',
  pinned: 'its own list',
};

export interface TrustedQuestion {
  readonly facts: AppFacts | undefined;
  readonly machine: MachineFacts;
  readonly running: readonly RunningApp[];
  readonly seen: AppSightings | undefined;
}

export function trustedStep({ facts, machine, running, seen }: TrustedQuestion): CoverageStep {
  const { lastExchange, lastRejection } = seen ?? {};
  const refused = lastRejection !== undefined && lastRejection.at >= (lastExchange?.at ?? 0) ? lastRejection : undefined;
  if (refused === undefined && lastExchange !== undefined && machine.now - lastExchange.at < freshMs) {
    return { state: 'yes', how: `It accepted our certificate for ${lastExchange.host} at ${moment(lastExchange.at)}.` };
  }
  const stores = storesOf(facts, machine);
  const isSet = facts !== undefined && isConfigured(facts, machine);
  const proofs = stores.flatMap((store) => machine.stores.filter((proof) => proof.store === store));
  const proven = proofs.find(({ ok, store }) => ok && (isSet || running.every(({ env }) => env === undefined || leadsTo(store, env))));
  const late = proven === undefined ? proofs.find(({ ok }) => ok) : undefined;
  if (refused !== undefined && machine.now - refused.at < freshMs) return refusedStep(refused, proven, stores);
  if (facts === undefined)
    return { state: 'unknown', how: 'Nothing is known of whose certificates this program believes.', fix: 'Let it make a call: its handshake will tell.' };
  if (proven !== undefined)
    return {
      state: 'yes',
      how: `${proven.wasTried ? 'A handshake through the agent succeeded with the roots of' : 'The certificate is in'} ${proven.what}.`,
    };
  if (late !== undefined) {
    const [first] = running;
    return {
      state: 'no',
      how: `The certificate is in ${late.what}, but process ${first?.pid ?? '?'} was started without ${(variables[late.store] ?? []).join(' or ')}.`,
      reason: 'It needs a restart: a program reads the environment once, when it starts.',
      fix: 'Close it and start it again, from a new terminal or a new session.',
    };
  }
  return notIn(stores, proofs);
}

/** The stores of an app that there are on this system. */
function storesOf(facts: AppFacts | undefined, { platform }: MachineFacts): readonly TrustStore[] {
  return (facts?.trust ?? []).filter((store) => {
    if (store === 'nss') return platform === 'linux';
    // Chromium on Linux reads its own database and not the system's.
    return !(store === 'os' && platform === 'linux' && facts?.trust.includes('nss') === true);
  });
}

const leadsTo = (store: TrustStore, env: ReadonlyMap<string, string>): boolean => variables[store]?.some((name) => (env.get(name) ?? '') !== '') ?? true;

function refusedStep(
  { host, at }: { readonly host: string; readonly at: number },
  proven: StoreProof | undefined,
  stores: readonly TrustStore[],
): CoverageStep {
  const how = `It broke off the TLS handshake after our certificate for ${host} at ${moment(at)}.`;
  if (proven !== undefined) {
    return {
      state: 'no',
      how,
      reason: `${proven.what} holds the certificate, so it is pinned, or was started before, or reads another certificate store.`,
      fix: `Start it again. If it still refuses, say under \`pinned\` in the policy whether ${host} is blocked or passed on unread.`,
    };
  }
  return { state: 'no', how, reason: `The certificate is not in ${words(stores)}.`, fix: '`heimdall setup --only trust,environment`, then start it again.' };
}

function notIn(stores: readonly TrustStore[], proofs: readonly StoreProof[]): CoverageStep {
  if (stores.length === 0 || stores.every((store) => store === 'pinned')) {
    return {
      state: 'no',
      how: 'It believes its own list of certificates only.',
      reason: 'It is pinned.',
      fix: 'Say under `pinned` in the policy whether its hosts are blocked or passed on unread.',
    };
  }
  const [first] = proofs;
  const how = first === undefined ? `It reads ${words(stores)}; none was found here.` : `It reads ${words(stores)}.`;
  const group = stores.some((store) => store === 'bundle' || store === 'node-extra') ? 'trust,environment' : 'trust';
  return {
    state: 'no',
    how,
    reason: first === undefined ? 'The certificate is not there.' : `${first.what}: ${first.reason ?? 'the certificate is not in it.'}`,
    fix: `\`heimdall setup --only ${group}\``,
  };
}

const words = (stores: readonly TrustStore[]): string => stores.map((store) => storeWords[store]).join(' or ');
