// Which hosts the CA may speak for: as a check of ours, and as the X.509 constraint that every verifier applies.
import { AgentError } from '../contract/errors.ts';
import { constructed, primitive, sequence } from './der.ts';

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A lower-case DNS name of at least two labels; no address, no trailing dot. */
function isHostName(host: string): boolean {
  const labels = host.split('.');
  const numeric = /^\d+$/.test(labels.at(-1) ?? '');
  return host.length <= 253 && labels.length >= 2 && !numeric && labels.every((part) => label.test(part));
}

const domainOf = (pattern: string): string => (pattern.startsWith('*.') ? pattern.slice(2) : pattern);

/** The patterns in a fixed order, without repeats. Throws `internal` on an empty list, which would constrain nothing, and on a bad name. */
export function checkedPatterns(permitted: readonly string[]): readonly string[] {
  if (permitted.length === 0) throw new AgentError('internal', 'A CA without permitted hosts would be bound by nothing. Name at least one host.');
  const patterns = [...new Set(permitted.map((pattern) => pattern.toLowerCase()))].sort();
  const bad = patterns.find((pattern) => !isHostName(domainOf(pattern)));
  if (bad !== undefined) {
    throw new AgentError('internal', `"${bad}" is neither a host name nor "*." and a domain, so no CA can be made for it. Correct the list of hosts.`);
  }
  return patterns;
}

/** Whether one of `patterns` names `host`: exactly, or with one label in the place of `*`. `host` in lower case. */
export function permits(patterns: readonly string[], host: string): boolean {
  if (!isHostName(host)) return false;
  return patterns.includes(host) || patterns.includes(`*${host.slice(host.indexOf('.'))}`);
}

/**
 * The NameConstraints value (RFC 5280 §4.2.1.10): the permitted domains, and every IP address excluded.
 * A permitted list binds only names of its own kind, so addresses must be shut out by name. Mail addresses and URIs are not: no TLS client
 * reads them in a server certificate, and the CA is limited to server certificates by its extended key usage.
 */
export function nameConstraints(permitted: readonly string[]): Buffer {
  const domains = [...new Set(permitted.map(domainOf))].sort();
  const domainSubtree = (domain: string) => sequence(primitive(2, Buffer.from(domain, 'ascii')));
  // Address and mask, all zero: 0.0.0.0/0 and ::/0.
  const allAddresses = (bytes: number) => sequence(primitive(7, Buffer.alloc(2 * bytes)));
  return sequence(constructed(0, ...domains.map(domainSubtree)), constructed(1, allAddresses(4), allAddresses(16)));
}
