// The ways out: straight, or by a proxy, as a proxy's URL or the answer of a PAC file names them.
import { AgentError } from '../../contract/errors.ts';

/** A proxy of the organisation. `secure`: it is spoken to inside TLS. */
export interface ProxyHop {
  readonly kind: 'proxy';
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** A proxy that is named but not spoken to by Heimdall, with the reason. */
export interface RefusedHop {
  readonly kind: 'refused';
  readonly name: string;
  readonly reason: string;
}

export type Hop = { readonly kind: 'direct' } | ProxyHop | RefusedHop;

export const directHop: Hop = { kind: 'direct' };

/** `proxy.corp:8080`, never with a password. */
export function hopName(hop: Hop): string {
  if (hop.kind === 'direct') return 'DIRECT';
  if (hop.kind === 'refused') return hop.name;
  return `${hop.secure ? 'https://' : ''}${hop.host.includes(':') ? `[${hop.host}]` : hop.host}:${hop.port}`;
}

const socks = 'Heimdall does not speak SOCKS; name an HTTP proxy under network.upstreamProxy, or "none" to go straight out';

/** From `http://user:password@proxy.corp:8080`; without a scheme it is http. A URL that is none is a hop that is refused. */
export function hopOfUrl(text: string): Hop {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === '') return { kind: 'refused', name: 'a proxy', reason: 'its address cannot be understood; correct it where it is set' };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (/^socks/.test(url.protocol)) return { kind: 'refused', name: `${url.protocol}//${url.host}`, reason: socks };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { kind: 'refused', name: `${url.protocol}//${url.host}`, reason: 'only http:// and https:// proxies are spoken to' };
  }
  const secure = url.protocol === 'https:';
  return {
    kind: 'proxy',
    secure,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    user: url.username === '' ? undefined : decoded(url.username),
    password: url.username === '' ? undefined : decoded(url.password),
  };
}

/** The ways of a PAC answer in its order: `PROXY a:8080; HTTPS b:443; DIRECT`. An empty answer means straight out. */
export function hopsOfPacAnswer(answer: string): readonly Hop[] {
  const words = answer
    .split(';')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words.length === 0 ? [directHop] : words.map(hopOfWord);
}

function hopOfWord(word: string): Hop {
  const [kind = '', where = ''] = word.split(/\s+/);
  switch (kind.toUpperCase()) {
    case 'DIRECT':
      return directHop;
    case 'PROXY':
    case 'HTTP':
      return hopOfUrl(`http://${where}`);
    case 'HTTPS':
      return hopOfUrl(`https://${where}`);
    case 'SOCKS':
    case 'SOCKS4':
    case 'SOCKS5':
      return { kind: 'refused', name: `${kind} ${where}`, reason: socks };
    default:
      return { kind: 'refused', name: word.slice(0, 80), reason: 'this word of the PAC file is unknown' };
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function refusedHop({ name, reason }: RefusedHop, from: string): AgentError {
  return new AgentError('proxy-unreachable', `${name}, named by ${from}, is not used: ${reason}.`);
}
