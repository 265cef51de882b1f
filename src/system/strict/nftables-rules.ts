// The text of our one nftables table, and what stands of it as `nft -j` tells.
import { isIPv4, isIPv6 } from 'node:net';
import type { Exclusion } from './agent-exclusion.ts';

/** What of the table can differ. The addresses are left out: they come and go with DNS. */
export interface TableValue {
  /** Where redirected connections are taken. */
  readonly port: number;
  /** Whose connections are left alone: `uid 0`, `cgroup system.slice/heimdall.service`. */
  readonly except: string;
  /** How many rules stand; another number means that someone has changed the table. */
  readonly rules: number;
}

const table = 'inet heimdall';
const sets = { v4: 'catalog4', v6: 'catalog6' } as const;

/**
 * Addresses fade when nobody has confirmed them for so long: if agent and watchdog were both killed,
 * the redirect would not outlive this.
 */
const fadesAfter = '15m';

/** Leaves of the table that are rules: the exception, and IPv4 and IPv6, in each of the two chains. */
const ruleCount = 6;

export const tableValue = (port: number, exclusion: Exclusion): TableValue => ({ port, except: wordsOf(exclusion), rules: ruleCount });

/** One transaction: adding first makes the deletion succeed whether or not the table stands. */
export const removal = `add table ${table}; delete table ${table}`;

/** One transaction that puts the table in place of whatever stands under its name. */
export function installation({ port, except }: TableValue, addresses: readonly string[]): string {
  const own = matchOf(except);
  return `${removal}
table ${table} {
  set ${sets.v4} { type ipv4_addr; flags timeout; timeout ${fadesAfter}; ${elements(addresses.filter(isIPv4))}}
  set ${sets.v6} { type ipv6_addr; flags timeout; timeout ${fadesAfter}; ${elements(addresses.filter(isIPv6))}}
  chain to_agent {
    type nat hook output priority -100; policy accept;
    ${own} return
    ip daddr @${sets.v4} tcp dport 443 tcp flags & (syn | ack) == syn redirect to :${port}
    ip6 daddr @${sets.v6} tcp dport 443 tcp flags & (syn | ack) == syn redirect to :${port}
  }
  chain no_quic {
    type filter hook output priority 0; policy accept;
    ${own} return
    ip daddr @${sets.v4} udp dport 443 reject with icmpx type port-unreachable
    ip6 daddr @${sets.v6} udp dport 443 reject with icmpx type port-unreachable
  }
}`;
}

/** One transaction that adds addresses and lets those that stand last anew. Undefined: there are none. */
export function confirmation(addresses: readonly string[]): string | undefined {
  const parts = [
    [sets.v4, addresses.filter(isIPv4)],
    [sets.v6, addresses.filter(isIPv6)],
  ] as const;
  const commands = parts
    .filter(([, list]) => list.length > 0)
    .flatMap(([set, list]) => {
      const named = `element ${table} ${set} { ${list.join(', ')} }`;
      // Adding what is there does not prolong it: it has to go and come back, unseen within the transaction.
      return [`add ${named}`, `delete ${named}`, `add ${named}`];
    });
  return commands.length === 0 ? undefined : commands.join('\n');
}

const elements = (addresses: readonly string[]): string => (addresses.length === 0 ? '' : `elements = { ${addresses.join(', ')} } `);

function wordsOf(exclusion: Exclusion): string {
  return exclusion.kind === 'uid' ? `uid ${exclusion.uid}` : `cgroup ${exclusion.path}`;
}

function matchOf(except: string): string {
  const [kind, rest] = [except.slice(0, except.indexOf(' ')), except.slice(except.indexOf(' ') + 1)];
  if (kind === 'uid') return `meta skuid ${rest}`;
  return `socket cgroupv2 level ${rest.split('/').length} "${rest}"`;
}

interface Listing {
  readonly nftables?: readonly {
    readonly table?: { readonly family: string; readonly name: string };
    readonly rule?: { readonly expr: readonly Expression[] };
  }[];
}
interface Expression {
  readonly match?: { readonly left?: unknown; readonly right?: unknown };
  readonly redirect?: { readonly port?: unknown } | null;
}

/** From `nft -j list tables`. */
export function hasTable(json: string): boolean {
  return (JSON.parse(json) as Listing).nftables?.some(({ table: found }) => found?.family === 'inet' && found.name === 'heimdall') ?? false;
}

/** From `nft -j list table inet heimdall`. */
export function readTable(json: string): TableValue {
  const rules = ((JSON.parse(json) as Listing).nftables ?? []).flatMap(({ rule }) => (rule ? [rule.expr] : []));
  const ports = new Set(rules.flatMap((rule) => rule.flatMap(({ redirect }) => (typeof redirect?.port === 'number' ? [redirect.port] : []))));
  const excepts = new Set(rules.flatMap((rule) => rule.flatMap(({ match }) => exceptOf(match) ?? [])));
  const [port = 0, otherPort] = [...ports];
  const [except = '', otherExcept] = [...excepts];
  // Two ports or two exceptions are nothing that we have put.
  return { port: otherPort === undefined ? port : 0, except: otherExcept === undefined ? except : '', rules: rules.length };
}

function exceptOf(match: Expression['match']): string | undefined {
  const left = match?.left as { readonly meta?: { readonly key?: unknown }; readonly socket?: { readonly key?: unknown } } | undefined;
  // nft may write a user by name.
  if (left?.meta?.key === 'skuid') return `uid ${match?.right === 'root' ? 0 : String(match?.right)}`;
  if (left?.socket?.key === 'cgroupv2') return `cgroup ${String(match?.right)}`;
  return undefined;
}
