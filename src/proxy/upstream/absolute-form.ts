// Plain HTTP by a proxy: the request names the whole URL and carries the login, as proxies take it (many allow tunnels to port 443 only).
import type { AgentError } from '../../contract/errors.ts';
import type { UpstreamRequest } from './http1-client.ts';

/** What requests on a connection to a proxy need beside what the upstream gets. */
export interface AbsoluteForm {
  /** `http://example.com` or `http://example.com:8080`. */
  readonly prefix: string;
  readonly authorization: string | undefined;
  /** The proxy answered 407 with these challenges: what to say of it. */
  readonly challenged: (challenges: readonly string[]) => AgentError;
}

/** The same request as the proxy wants it. */
export function inAbsoluteForm(request: UpstreamRequest, { prefix, authorization }: AbsoluteForm): UpstreamRequest {
  const headers = authorization === undefined ? request.headers : [...request.headers, 'Proxy-Authorization', authorization];
  return { ...request, path: request.path.startsWith('/') ? `${prefix}${request.path}` : prefix, headers };
}
