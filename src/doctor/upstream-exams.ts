// Whether each provider can be reached the way the agent goes: name, connection, TLS, and who answers for the certificate.
import { catalogRows } from '../catalog/hosts.ts';
import { codeOf, messageOf } from '../contract/errors.ts';
import { AddressGuard } from '../proxy/address-guard.ts';
import { judgeCertificate } from './certificate-finding.ts';
import type { Exam, Finding } from './exam.ts';
import type { Patient } from './patient.ts';
import { viewTls } from './wire.ts';
import type { TlsView } from './wire.ts';

export interface ProviderHost {
  readonly provider: string;
  readonly host: string;
}

/** One host for each provider whose calls are intercepted: the first of the catalog that is a full name. */
export function providerHosts(): readonly ProviderHost[] {
  const found = new Map<string, string>();
  for (const { provider, handling, hosts } of catalogRows) {
    const host = hosts.find((name) => !name.startsWith('*.'));
    if (handling === 'intercept' && host !== undefined && !found.has(provider)) found.set(provider, host);
  }
  return [...found].map(([provider, host]) => ({ provider, host }));
}

export function upstreamExams(patient: Patient): readonly Exam[] {
  return providerHosts().map(({ provider, host }) => ({
    id: `provider-${provider}`,
    title: `${provider} can be reached`,
    tried: `DNS, TCP and TLS to ${host}:443, as the agent connects`,
    look: () => lookAtProvider(patient, host),
  }));
}

async function lookAtProvider(patient: Patient, host: string): Promise<Finding> {
  const { instruments } = patient;
  const startedAt = performance.now();
  let view: TlsView;
  try {
    view = await viewTls(await instruments.dial({ scheme: 'https', host, port: 443, isTrusted: false }), host, instruments.upstreamTrust());
  } catch (error) {
    return await unreachable(patient, host, error);
  }
  view.socket.destroy();
  const bad = judgeCertificate(view, { host, whose: 'provider', isPublicRoot: instruments.isPublicRoot, now: instruments.now() });
  return bad ?? { verdict: 'ok', seen: `Certificate by ${view.issuer}, after ${Math.round(performance.now() - startedAt)} ms.` };
}

/** What stood in the way of a connection to a host of the internet. */
export async function unreachable({ instruments, loaded, setup }: Patient, host: string, error: unknown): Promise<Finding> {
  const said = messageOf(error);
  const code = codeOf(error);
  if (code === 'proxy-auth' || code === 'proxy-unreachable' || code === 'proxy-refused') {
    return { verdict: 'failed', seen: said, culprit: 'your proxy', fix: proxyFixes[code] };
  }
  if (loaded?.settings.network.connectTo[host] !== undefined || loaded?.settings.network.connectTo[`${host}:443`] !== undefined) {
    return {
      verdict: 'failed',
      seen: said,
      culprit: 'this machine',
      fix: `network.connectTo in the settings leads ${host} elsewhere: correct the entry, or take it out.`,
    };
  }
  const addresses = await addressesOf(instruments.lookup, host);
  if (typeof addresses === 'string') {
    return {
      verdict: 'failed',
      seen: `The name ${host} does not resolve (${addresses}).`,
      culprit: 'network',
      fix: 'Check that this computer is online and its DNS server answers; a VPN or a filter may keep the name back.',
    };
  }
  const strange = hijacked(addresses);
  if (strange !== undefined) return hijackFinding(host, strange, setup);
  if (code === 'connect-timeout') {
    return {
      verdict: 'failed',
      seen: said,
      culprit: 'network',
      fix: 'A firewall may swallow the connection, or only a proxy leads out: name it under network.upstreamProxy in the settings, or ask your network for access to this host.',
    };
  }
  if (/ENETUNREACH|EHOSTUNREACH|ENETDOWN/.test(said))
    return { verdict: 'failed', seen: said, culprit: 'network', fix: 'This computer has no way to the internet: check the network and the VPN.' };
  if (/ECONNREFUSED/.test(said)) {
    return {
      verdict: 'failed',
      seen: said,
      culprit: 'network',
      fix: `Nothing answers at ${addresses.join(', ')}: a firewall refuses, or ${host} is down. Try it from another network.`,
    };
  }
  return {
    verdict: 'failed',
    seen: said,
    culprit: 'network',
    fix: `Something between this computer and ${host} ends the connection, such as a firewall that blocks it by name. Ask who runs the network.`,
  };
}

const proxyFixes = {
  'proxy-auth': 'Set user and password of the proxy where it is configured (network.upstreamProxy in the settings), or log in to the domain.',
  'proxy-unreachable': 'Check that the proxy runs and that its address is right: network.upstreamProxy in the settings, or the proxy settings of the system.',
  'proxy-refused': 'The proxy does not allow this host: ask whoever runs it to allow the hosts of AI providers.',
} as const;

/** Or why there are none. */
export async function addressesOf(lookup: Patient['instruments']['lookup'], host: string): Promise<readonly string[] | string> {
  try {
    const addresses = await lookup(host);
    return addresses.length === 0 ? 'no address' : addresses;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
  }
}

const guard = new AddressGuard({ allowPrivate: [] });

/** An address that no public host has, with what it is. */
export function hijacked(addresses: readonly string[]): { readonly address: string; readonly kind: string } | undefined {
  for (const address of addresses) {
    const kind = guard.objection(address);
    if (kind !== undefined) return { address, kind };
  }
  return undefined;
}

export function hijackFinding(host: string, { address, kind }: { readonly address: string; readonly kind: string }, setup: Patient['setup']): Finding {
  // Capture by the hosts file leads names to this computer on purpose.
  if (kind === 'loopback' && setup?.chosen.has('strict') === true) {
    return { verdict: 'skipped', seen: `${host} is led to this computer (${address}), as strict capture by the hosts file does it.` };
  }
  return {
    verdict: 'failed',
    seen: `DNS answers ${address} for ${host}, which is no public address (${kind}): the name is led elsewhere.`,
    culprit: 'network',
    fix: `Look for ${host} in the hosts file, and ask who runs the DNS server (a filter, a captive portal or a VPN may answer so). Heimdall does not connect to such an address; if it is meant, name its range under network.allowPrivate.`,
  };
}
