// Tells which hosts a list of exceptions (NO_PROXY and its kin of GNOME, macOS, Windows) lets out without the proxy.
import { BlockList, isIP } from 'node:net';

type Rule = (host: string, port: number) => boolean;

/**
 * As Go and curl read it: `corp.example` (with what is below it), `.corp.example` and `*.corp.example` (only what is below it),
 * addresses, ranges (`10.0.0.0/8`, for hosts written as addresses), each with `:port` where only that port is meant; `*` is everything.
 * As Windows and macOS read it, besides: `<local>` (names without a dot) and stars anywhere (`192.168.*`).
 */
export function noProxyRule(entries: readonly string[]): Rule {
  const rules = entries
    .flatMap((entry) => entry.split(/[\s,;|]+/))
    .filter((entry) => entry !== '')
    .map((entry) => ruleOf(entry.toLowerCase().replace(/^[a-z]+:\/\//, '')));
  return (host, port) => {
    const bare = bareHost(host);
    return rules.some((rule) => rule(bare, port));
  };
}

/** Lower case, without brackets and the dot at the end. */
export const bareHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

/** This computer itself, in the spellings that need no resolver. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

function ruleOf(entry: string): Rule {
  if (entry === '*') return () => true;
  if (entry === '<local>') return (host) => !host.includes('.') && isIP(host) === 0;
  if (entry === '<-loopback>') return () => false;
  const range = rangeRule(entry);
  if (range) return range;
  const [, name = '', only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  const matches = nameRule(bareHost(name));
  return only === undefined ? matches : (host, port) => port === Number(only) && matches(host);
}

function rangeRule(entry: string): ((host: string) => boolean) | undefined {
  const [, base = '', bits = ''] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(base);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (host) => isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

function nameRule(name: string): (host: string) => boolean {
  if (isIP(name) === 6) return rangeRule(`${name}/128`) ?? (() => false);
  if (isIP(name) === 4) return (host) => host === name;
  const below = name.replace(/^\*?\./, '.');
  if (below.startsWith('.') && !below.includes('*')) return (host) => host.endsWith(below) && host.length > below.length;
  if (!name.includes('*')) return (host) => name !== '' && (host === name || host.endsWith(`.${name}`));
  const pattern = new RegExp(`^${name.split('*').map(escaped).join('.*')}$`);
  return (host) => pattern.test(host);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
