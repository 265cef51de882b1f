// Decides which addresses the proxy may connect to on a client's word. Threat: a page or program that reaches, through us, what only this machine may reach.
import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AgentError } from '../contract/errors.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface GuardOptions {
  /** CIDR ranges of non-public addresses that are allowed all the same. */
  readonly allowPrivate: readonly string[];
}

/** A name resolver with the same shape as `dns.lookup`; replaced in tests of DNS rebinding. */
export type Lookup = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Public by their range, yet answered by the machine's own host: Azure's WireServer. Other clouds use link-local, shared or private addresses. */
const hostServices: ReadonlySet<string> = new Set(['168.63.129.16']);

export class AddressGuard {
  readonly #allowed: [Address, number][];
  readonly #lookup: Lookup;

  constructor(options: GuardOptions, lookup: Lookup = dnsLookup) {
    this.#allowed = options.allowPrivate.map((range) => parseRange(range));
    this.#lookup = lookup;
  }

  /** Undefined when the address may be connected to, else the kind of address it is. */
  objection(address: string): string | undefined {
    let parsed: Address;
    try {
      parsed = ipaddr.process(address);
    } catch {
      return 'unreadable';
    }
    const inner = embeddedIPv4(parsed) ?? parsed;
    const kind = hostServices.has(inner.toString()) ? 'metadata' : inner.range();
    if (kind === 'unicast') return undefined;
    return this.#allowed.some(([base, bits]) => base.kind() === inner.kind() && inner.match(base, bits)) ? undefined : kind;
  }

  /** For a host as a client wrote it: the canonical address when it spells one in any way (decimal, hex, octal, short, bracketed), else undefined. */
  spelledAddress(host: string): string | undefined {
    const bare = host.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0) return ipaddr.process(bare).toString();
    // What inet_aton takes for an address, resolvers and connect() take for one, too: 2130706433, 0x7f.1, 017700000001 …
    if (!/^(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}\.?$/i.test(bare)) return undefined;
    try {
      const url = new URL(`http://${bare}/`);
      return isIP(url.hostname) === 0 ? '0.0.0.0' : url.hostname;
    } catch {
      return '0.0.0.0';
    }
  }

  /** Throws address-refused when the host spells a forbidden address or is a name of this machine. */
  check(host: string): void {
    const address = this.spelledAddress(host);
    const reason = address === undefined ? localName(host) : this.objection(address);
    if (reason !== undefined) throw refused(host, reason);
  }

  /** A lookup for `net.connect` that gives out only addresses without objection: the check happens on the very address that is connected to. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.#lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) {
        done(new AgentError('name-not-resolved', `The name ${host} does not resolve (${error.code ?? error.message}).`, { cause: error }), '', 0);
        return;
      }
      const good = addresses.filter((entry) => this.objection(entry.address) === undefined);
      const first = good[0];
      if (!addresses[0]) done(new AgentError('name-not-resolved', `The name ${host} resolves to no address.`), '', 0);
      else if (!first) done(refused(host, this.objection(addresses[0].address) ?? 'forbidden'), '', 0);
      else if (options.all) done(null, good);
      else done(null, first.address, first.family);
    });
  };
}

function localName(host: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') ? 'loopback' : undefined;
}

/** IPv4 inside IPv6 other than mapped: NAT64, 6to4, compatible. */
function embeddedIPv4(address: Address): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined;
  const bytes = address.toByteArray();
  const tail = (from: number) => new ipaddr.IPv4(bytes.slice(from, from + 4));
  const kind = address.range();
  // Only the well-known prefix has its IPv4 at the end; 64:ff9b:1::/48 is for local use and stays refused.
  if (kind === 'rfc6145' || (kind === 'rfc6052' && bytes.slice(4, 12).every((byte) => byte === 0))) return tail(12);
  if (kind === '6to4') return tail(2);
  return bytes.slice(0, 12).every((byte) => byte === 0) && bytes.slice(12).some((byte) => byte > 1) ? tail(12) : undefined;
}

function parseRange(range: string): [Address, number] {
  try {
    return ipaddr.parseCIDR(range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`);
  } catch (error) {
    throw new AgentError('settings-invalid', `network.allowPrivate holds "${range}", which is not an address range such as 10.0.0.0/8.`, { cause: error });
  }
}

function refused(host: string, reason: string): AgentError {
  return new AgentError(
    'address-refused',
    `Heimdall does not connect to ${host}: its address is ${reason}, and the proxy reaches public addresses only. If this is intended, list the range under network.allowPrivate, or exempt the host with NO_PROXY.`,
  );
}
