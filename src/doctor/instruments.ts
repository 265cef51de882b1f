// The instruments as they are in life: the agent's own way to upstreams, the system's resolver and disk, a real PAC evaluator.
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { createSecureContext, getCACertificates, rootCertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { LoadedSettings } from '../config/settings.ts';
import { environmentProxy } from '../config/upstream-proxy.ts';
import type { Machine } from '../config/paths.ts';
import type { UpstreamProxy } from '../contract/upstream-proxy.ts';
import { AddressGuard } from '../proxy/address-guard.ts';
import { Connector } from '../proxy/upstream/connector.ts';
import { startPac } from '../proxy/upstream/pac-thread.ts';
import { findPortHolder } from '../system/port-holder.ts';
import { proveTrust } from '../system/trust/handshake.ts';
import type { Instruments } from './patient.ts';

export interface InstrumentOptions {
  readonly machine: Machine;
  /** Undefined: they cannot be read, and defaults stand in. */
  readonly loaded: LoadedSettings | undefined;
  readonly ownPort: () => number;
  /** PEM of our own CA, which never vouches for an upstream; undefined where there is none yet. */
  readonly ownCa: string | undefined;
  /** The proxy found on the machine, where the settings name none. Absent: that of the environment. */
  readonly systemProxy?: (() => UpstreamProxy) | undefined;
}

/** Probes wait less long than calls do, milliseconds. */
const connectMs = 4_000;
const pacMs = 8_000;

export function liveInstruments({ machine, loaded, ownPort, ownCa, systemProxy }: InstrumentOptions): Instruments {
  const network = loaded?.settings.network;
  const upstreamProxy = proxyOf(machine, loaded, systemProxy);
  let connector: Connector | undefined;
  // Made when first used: reading all roots takes a moment.
  const connecting = (): Connector =>
    (connector ??= new Connector({
      guard: new AddressGuard({ allowPrivate: network?.allowPrivate ?? [] }),
      connectTo: network?.connectTo ?? {},
      extraRoots: network?.extraRoots ?? [],
      connectTimeoutMs: Math.min(network?.connectTimeoutMs ?? connectMs, connectMs),
      ownCa: ownCa ?? '',
      isOwnPort: (port) => port === ownPort(),
      upstreamProxy,
    }));
  let trust: SecureContext | undefined;
  let publicRoots: ReadonlySet<string> | undefined;
  return {
    now: Date.now,
    freeBytes: async (folder) => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    interfaces: interfaceNames,
    dial: (place) => connecting().openTcp(place),
    upstreamTrust: () => (trust ??= createSecureContext({ ca: upstreamRoots(network?.extraRoots ?? [], ownCa) })),
    isPublicRoot: (fingerprint) => (publicRoots ??= new Set(rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256))).has(fingerprint),
    upstreamProxy,
    portHolder: (port) => findPortHolder(port, { platform: machine.platform, exec: answerOf }),
    proveTrust,
    evaluatePac: async (source, url) => {
      const program = await startPac(source, pacMs);
      try {
        return await program.find(url, new URL(url).hostname);
      } finally {
        program.close();
      }
    },
    close: () => connector?.close(),
  };
}

/** Up, and not loopback. */
export function interfaceNames(): readonly string[] {
  const found = Object.entries(networkInterfaces()).filter(([, addresses]) => addresses?.some(({ internal }) => !internal) === true);
  return found.map(([name]) => name).sort();
}

/** As the agent chooses it. */
function proxyOf({ env }: Machine, loaded: LoadedSettings | undefined, systemProxy: InstrumentOptions['systemProxy']): () => UpstreamProxy {
  const named = loaded?.upstreamProxy;
  if (named === undefined && systemProxy) return systemProxy;
  const proxy = named ?? environmentProxy(env);
  return () => proxy;
}

function upstreamRoots(files: readonly string[], ownCa: string | undefined): string[] {
  const further = files.flatMap((file) => readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? []);
  const own = bare(ownCa ?? '');
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...further])].filter((pem) => bare(pem) !== own);
}

const bare = (pem: string): string => pem.replace(/\s/g, '');

const answerOf = (file: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => execFile(file, args, { timeout: 3_000, windowsHide: true }, (_error, stdout) => resolve(stdout)));
