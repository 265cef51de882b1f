// Reads where a request is meant to go from its target and its Host, and refuses what contradicts itself.
import { AgentError } from '../contract/errors.ts';
import type { HttpVersion, RawHeaders, RequestHead } from '../contract/exchange.ts';
import { headerValue } from './headers.ts';
import type { RequestLine } from './http1/head.ts';

export interface Authority {
  /** Lower case, no brackets, no trailing dot. */
  readonly host: string;
  readonly port: number;
}

// No empty labels: a resolver may take `host..` for the host that the catalog does not find under that spelling.
const authorityForm = /^(?:\[([0-9a-f:.]+)\]|((?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?)):([0-9]{1,5})$/i;

/** `host:port` as CONNECT has it. */
export function parseAuthority(text: string): Authority {
  const match = authorityForm.exec(text);
  const port = Number(match?.[3]);
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase().replace(/\.$/, '');
  if (!match || host === '' || port < 1 || port > 65_535) throw new AgentError('bad-request', 'The target of CONNECT is not host:port.');
  return { host, port };
}

/** A request outside any tunnel: absolute form is a proxy request, origin form is for the port itself (host is empty then). */
export function resolvePlain(line: RequestLine): RequestHead {
  const base = { method: line.method, headers: line.headers, httpVersion: line.version };
  if (line.target.startsWith('/') || line.target === '*') return { ...base, scheme: 'http', host: '', port: 0, path: line.target };
  const match = /^http:\/\/([^/?#@]+)([/?][^#]*)?$/i.exec(line.target);
  if (!match) throw new AgentError('bad-request', 'The request target is neither a path nor an http:// address.');
  const written = match[1] ?? '';
  const { host, port } = parseAuthority(/:[0-9]+$/.test(written) ? written : `${written}:80`);
  const path = match[2] ?? '/';
  // RFC 9112 §3.2.2: the target wins over Host; a proxy rewrites Host to match, so the two cannot disagree further on.
  const headers = rewriteHost(line.headers, written);
  return { ...base, headers, scheme: 'http', host, port, path: path.startsWith('/') ? path : `/${path}` };
}

function rewriteHost(headers: RawHeaders, host: string): RawHeaders {
  const current = headerValue(headers, 'host');
  if (current === host) return headers;
  if (current === undefined) return ['Host', host, ...headers];
  return headers.map((value, index) => (index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'host' ? host : value));
}

export interface ConnectedLine {
  readonly method: string;
  readonly path: string;
  readonly headers: RawHeaders;
  readonly httpVersion: HttpVersion;
}

/** A request inside a terminated tunnel: it must be for the host that was dialled, or policy would judge one host and another would answer. */
export function resolveConnected(line: ConnectedLine, hostHeader: string | undefined, dialled: Authority): RequestHead {
  if (!line.path.startsWith('/') && line.path !== '*') throw new AgentError('bad-request', 'Inside a tunnel the request target must be a path.');
  if (hostHeader === undefined && line.httpVersion !== '1.0') throw new AgentError('bad-request', 'The request names no host.');
  if (hostHeader !== undefined && !namesHost(hostHeader, dialled))
    throw new AgentError('address-refused', `The request is for ${hostHeader}, but the connection was opened to ${dialled.host}:${dialled.port}.`);
  return {
    method: line.method,
    scheme: 'https',
    host: dialled.host,
    port: dialled.port,
    path: line.path,
    headers: line.headers,
    httpVersion: line.httpVersion,
  };
}

/** Clients may leave the port out or say it, never say another. */
function namesHost(written: string, dialled: Authority): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::([0-9]{1,5}))?$/.exec(written);
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase().replace(/\.$/, '');
  return host === dialled.host && (match?.[3] === undefined || Number(match[3]) === dialled.port);
}
