// Who may read /metrics: a program on this computer that has the token. Threats: other users of the machine, and web pages in the browser.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RawHeaders, RequestHead } from '../contract/exchange.ts';
import { headerValue, headerValues } from './headers.ts';
import type { Page } from './pages.ts';

export interface MetricsAccess {
  readonly enabled: boolean;
  /** Secret. Without one nobody may read. */
  readonly token: string | undefined;
}

/** What to do with a request for /metrics on the agent's own port: answer this page, or ask for the text and answer `metricsText`. */
export function metricsPage(head: Pick<RequestHead, 'method' | 'headers'>, access: MetricsAccess, port: number): Page | 'text' {
  if (!access.enabled) return plain(404, 'Metrics are off: telemetry.prometheus.enabled in the settings switches them on.\n');
  if (headerValue(head.headers, 'origin') !== undefined || !namesThisPort(headerValues(head.headers, 'host'), port))
    return plain(403, 'Metrics are for programs on this computer, not for web pages.\n');
  if (!hasToken(head.headers, access.token))
    return plain(401, 'The token of telemetry.prometheus is needed, as Authorization: Bearer.\n', ['WWW-Authenticate', 'Bearer']);
  if (head.method !== 'GET' && head.method !== 'HEAD') return plain(405, 'Only GET is answered here.\n', ['Allow', 'GET, HEAD']);
  return 'text';
}

export function metricsText(text: { readonly contentType: string; readonly body: string }): Page {
  return page(200, text.contentType, text.body);
}

/** A page of another site that was made to resolve to this address still says its own name. */
function namesThisPort(hosts: readonly string[], port: number): boolean {
  const [host = '', ...more] = hosts;
  return more.length === 0 && ['127.0.0.1', '[::1]', 'localhost'].some((name) => host.toLowerCase() === `${name}:${port}`);
}

function hasToken(headers: RawHeaders, token: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headerValue(headers, 'authorization') ?? '')?.[1];
  if (token === undefined || token === '' || given === undefined) return false;
  // Digests are of one length, so that the time tells nothing, not even the token's length.
  return timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const plain = (status: number, text: string, extra: RawHeaders = []): Page => page(status, 'text/plain; charset=utf-8', text, extra);

function page(status: number, contentType: string, text: string, extra: RawHeaders = []): Page {
  const body = Buffer.from(text);
  const headers = ['Content-Type', contentType, 'Content-Length', String(body.length), 'X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store'];
  return { status, body, headers: [...headers, ...extra] };
}
