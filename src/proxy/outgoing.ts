// Makes the request for a target from the client's request: what stays as it came, what the hop and the target require to change.
import { version } from '../contract/version.ts';
import type { DialectId, RawHeaders, RequestHead } from '../contract/exchange.ts';
import type { GatewayTarget } from '../contract/target.ts';
import { gatewayHeaders, gatewayPath } from '../routing/gateway-wire.ts';
import type { BodySource, Downstream } from './flow.ts';
import { headerValue, withHeader, withoutHeaders, withoutHopByHop } from './headers.ts';
import type { CallOptions } from './upstream/pool.ts';

/** The body to send: read before and held whole, or still to come from the client. */
export type OutgoingBody =
  { readonly kind: 'whole'; readonly bytes: Buffer; readonly trailers?: RawHeaders } | { readonly kind: 'streamed'; readonly source: BodySource };

const agentName = `heimdall/${version}`;
const keepsChunked: ReadonlySet<string> = new Set(['transfer-encoding']);
const keepsUpgrade: ReadonlySet<string> = new Set(['connection', 'upgrade']);

type Framed = Pick<CallOptions['request'], 'headers' | 'framing'>;

/** To the host the client asked for, with the client's own credential. */
export function originCall(down: Downstream, body: OutgoingBody): CallOptions {
  const { head } = down;
  const framed = frame(down, head.headers, body);
  const authority = headerValue(head.headers, 'host') ?? authorityOf(head);
  return {
    destination: { scheme: head.scheme, host: head.host, port: head.port, isTrusted: false },
    authority,
    request: { method: head.method, path: head.path, ...withHost(framed, authority), isUpgrade: down.wantsUpgrade },
    firstBytes: firstBytes(body),
    offerHttp2: head.httpVersion === '2',
  };
}

/** To a gateway: its path for the dialect, the virtual key in, the provider's credential out. */
export function gatewayCall(down: Downstream, body: OutgoingBody, target: GatewayTarget, dialect: DialectId, app: string | undefined): CallOptions {
  const { head } = down;
  // The client's Connection header speaks of the client's headers alone: it is settled before ours are added, or it could name x-bf-vk away.
  const own = withoutHopByHop(head.headers, keepsChunked);
  const framed = frame(down, gatewayHeaders(own, { virtualKey: target.virtualKey, agent: agentName, app }), body);
  const scheme = target.url.protocol === 'https:' ? 'https' : 'http';
  const prefix = target.url.pathname.replace(/\/$/, '');
  const port = target.url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(target.url.port);
  return {
    destination: { scheme, host: target.url.hostname.replace(/^\[|\]$/g, ''), port, isTrusted: true },
    authority: target.url.host,
    request: {
      method: head.method,
      path: `${prefix}${gatewayPath(dialect, head.path)}`,
      ...withHost(framed, target.url.host),
      isUpgrade: false,
    },
    firstBytes: firstBytes(body),
    offerHttp2: head.httpVersion === '2',
  };
}

/** Hop-by-hop headers out; the body framed as the client framed it, or by what is known of it. */
function frame(down: Downstream, source: RawHeaders, body: OutgoingBody): Framed {
  const isChunked = headerValue(source, 'transfer-encoding') !== undefined;
  if (down.wantsUpgrade) return { headers: withoutHopByHop(source, keepsUpgrade), framing: 'none' };
  const clean = withoutHopByHop(source, isChunked ? keepsChunked : undefined);
  // We have answered the client's expectation ourselves when the body is whole; the upstream must not wait for it a second time.
  const headers = body.kind === 'whole' && down.expectsContinue ? withoutHeaders(clean, (name) => name === 'expect') : clean;
  if (isChunked) return { headers, framing: 'chunked' };
  const length = headerValue(headers, 'content-length');
  if (body.kind === 'whole') {
    if (body.bytes.length === 0 && length === undefined) return { headers, framing: 'none' };
    const exact = String(body.bytes.length);
    return { headers: length === exact ? headers : withHeader(headers, 'Content-Length', exact), framing: body.bytes.length === 0 ? 'none' : 'plain' };
  }
  if (down.body.isEmpty) return { headers, framing: 'none' };
  // HTTP/2 bodies need no length; over HTTP/1.1 they are chunked, over HTTP/2 the header is dropped again.
  return length === undefined ? { headers: [...headers, 'Transfer-Encoding', 'chunked'], framing: 'chunked' } : { headers, framing: 'plain' };
}

/** HTTP/1.1 needs a Host. It keeps its place where the client sent one; requests that came over HTTP/2 get it first, as RFC 9110 §7.2 advises. */
function withHost(framed: Framed, authority: string): Framed {
  const current = headerValue(framed.headers, 'host');
  if (current === authority) return framed;
  const headers = current === undefined ? ['Host', authority, ...framed.headers] : withHeader(framed.headers, 'Host', authority);
  return { ...framed, headers };
}

function firstBytes(body: OutgoingBody): Buffer | undefined {
  return body.kind === 'whole' && body.bytes.length > 0 ? body.bytes : undefined;
}

function authorityOf(head: RequestHead): string {
  const host = head.host.includes(':') ? `[${head.host}]` : head.host;
  return head.port === (head.scheme === 'https' ? 443 : 80) ? host : `${host}:${head.port}`;
}
