// Puts what the organisation wants behind our own PAC file: its proxy, or what its PAC file says, for every host and after us for AI hosts.
import { Script } from 'node:vm';
import type { UpstreamProxy } from '../contract/upstream-proxy.ts';

/** How our PAC file begins, so that it is never taken for one of the organisation. */
export const ownPacMark = '// Heimdall: ';

/** What stands between this computer and the network. */
export interface ChainedUpstream {
  readonly proxy: UpstreamProxy;
  /** For `pac`: the text of their file; undefined while it is not there or not good. */
  readonly pacSource: string | undefined;
}

/**
 * `own` is our PAC file, which answers "PROXY …; DIRECT" or "DIRECT". Each of these DIRECT becomes what the organisation says.
 * Plain old JavaScript throughout: PAC engines know no newer.
 */
export function chainedPac(own: string, port: number, upstream: ChainedUpstream | undefined): string {
  const theirs = upstream && theirFunction(upstream);
  if (theirs === undefined) return own;
  // Theirs stands beside our names, not below them: what it assigns without declaring must not reach them.
  const chained = `${ownPacMark}AI hosts take the local proxy first; for everything else, and after it, what this network asks for.
var heimdallAnswer = (function (own, theirs) {
  return function (url, host) {
    var answer = "DIRECT";
    try { answer = theirs ? theirs(url, host) : answer; } catch (e) {}
    var ways = typeof answer == "string" ? answer.split(";") : [], kept = [];
    for (var i = 0; i < ways.length; i++) {
      var way = ways[i].replace(/^\\s+|\\s+$/g, "");
      if (way && !/^\\w+\\s+(127\\.0\\.0\\.1|localhost|\\[::1\\]):${port}$/i.test(way)) kept.push(way);
    }
    return own(url, host).replace(/DIRECT$/, kept.length ? kept.join("; ") : "DIRECT");
  };
})((function () {
${own}
return FindProxyForURL;
})(), (function () { try { return ${theirs}; } catch (e) {} })());
function FindProxyForURL(url, host) { return heimdallAnswer(url, host); }
`;
  return isScript(chained) ? chained : own;
}

function theirFunction({ proxy, pacSource }: ChainedUpstream): string | undefined {
  if (proxy.kind === 'direct') return undefined;
  if (proxy.kind === 'manual') return manualFunction(proxy);
  // Parsed alone first: a text that closes the brackets around it would not stand alone.
  if (pacSource === undefined || !isScript(pacSource)) return undefined;
  // Twice wrapped: a file that assigns FindProxyForURL without declaring it reaches the variable in between, not the function of the outer file.
  return `(function () {
var FindProxyForURL;
return (function () {
${pacSource}
;return typeof FindProxyForURL == "function" ? FindProxyForURL : typeof this.FindProxyForURL == "function" ? this.FindProxyForURL : undefined;
}).call({});
})()`;
}

/** Parses, runs nothing. */
function isScript(text: string): boolean {
  try {
    new Script(text, { filename: 'proxy.pac' });
    return true;
  } catch {
    return false;
  }
}

function manualFunction({ http, https, noProxy }: UpstreamProxy & { kind: 'manual' }): string | undefined {
  const [forHttp, forHttps] = [pacWord(http), pacWord(https)];
  if (forHttp === undefined && forHttps === undefined) return undefined;
  const wayOf = (word: string | undefined): string => JSON.stringify(word === undefined ? 'DIRECT' : `${word}; DIRECT`);
  const entries = noProxy.flatMap((entry) => entry.split(/[\s,;|]+/)).filter((entry) => entry !== '');
  return `(function () {
var entries = ${JSON.stringify(entries.map((entry) => exceptionOf(entry)).filter((entry) => entry !== undefined))};
function number(address) {
  var parts = /^(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})$/.exec(address);
  return parts ? ((+parts[1] * 256 + +parts[2]) * 256 + +parts[3]) * 256 + +parts[4] : -1;
}
function portOf(url) {
  var match = /^[a-z]+:\\/\\/(?:[^\\/]*@)?(?:\\[[^\\]]*\\]|[^:\\/]*)(?::(\\d+))?/i.exec(url);
  return match && match[1] ? match[1] : /^https:|^wss:/i.test(url) ? "443" : "80";
}
function isException(url, host) {
  var address = number(host);
  if (host == "localhost" || /\\.localhost$/.test(host) || host == "::1" || Math.floor(address / 16777216) == 127) return true;
  for (var i = 0; i < entries.length; i++) {
    var entry = entries[i];
    if (entry.port && entry.port != portOf(url)) continue;
    if (entry.pattern && new RegExp(entry.pattern).test(host)) return true;
    if (entry.size && address >= 0 && Math.floor(address / entry.size) == Math.floor(number(entry.base) / entry.size)) return true;
  }
  return false;
}
return function (url, host) {
  if (isException(url, host.toLowerCase().replace(/^\\[|\\]$/g, "").replace(/\\.$/, ""))) return "DIRECT";
  return /^(https|wss):/i.test(url) ? ${wayOf(forHttps)} : ${wayOf(forHttp)};
};
})()`;
}

/** `PROXY proxy.corp:8080`. A PAC file has no place for a password. */
function pacWord(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`);
  if (url === null || url.hostname === '') return undefined;
  const word = (
    { 'http:': 'PROXY', 'https:': 'HTTPS', 'socks5:': 'SOCKS5', 'socks5h:': 'SOCKS5', 'socks4:': 'SOCKS', 'socks:': 'SOCKS' } as Record<string, string>
  )[url.protocol];
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : url.protocol === 'http:' ? '80' : '1080') : url.port;
  return word === undefined ? undefined : `${word} ${url.hostname}:${port}`;
}

interface Exception {
  readonly pattern?: string;
  readonly base?: string;
  readonly size?: number;
  readonly port?: string;
}

/** As `noProxyRule` reads it, in what a PAC file can do: ranges are for IPv4 only. */
function exceptionOf(entry: string): Exception | undefined {
  const text = entry.toLowerCase().replace(/^[a-z]+:\/\//, '');
  if (text === '<local>') return { pattern: '^[^.:]*$' };
  if (text === '<-loopback>') return undefined;
  const [, base, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(text) ?? [];
  if (base !== undefined && Number(bits) <= 32) return { base, size: 2 ** (32 - Number(bits)) };
  return text.includes('/') ? undefined : nameException(text);
}

function nameException(text: string): Exception | undefined {
  const isBareIPv6 = !text.startsWith('[') && /:.*:/.test(text);
  const [, bracketed, plain, port] = (isBareIPv6 ? [] : /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text)) ?? [];
  const only = port === undefined ? {} : { port };
  const name = (isBareIPv6 ? text : (bracketed ?? plain ?? '')).replace(/\.$/, '');
  if (name === '') return undefined;
  if (name === '*') return { pattern: '.*', ...only };
  const below = name.replace(/^\*?\./, '.');
  if (below.startsWith('.')) return { pattern: `.${withStars(below)}$`, ...only };
  const isPlainName = /^[^*:]*[^*:.\d][^*:]*$/.test(name);
  return { pattern: `${isPlainName ? '(^|\\.)' : '^'}${withStars(name)}$`, ...only };
}

/** A regular expression of a name with stars. */
function withStars(name: string): string {
  return name
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}
