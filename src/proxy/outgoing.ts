// Makes the request for a target from the client's request: what stays as it came, what the hop and the target require to change.
import { version } from '../contract/version.ts';
import type { DialectId, RawHeaders, RequestHead } from '../contract/exchange.ts';
import { keyHeaderOf } from '../catalog/providers.ts';
import type { ProviderRow } from '../catalog/providers.ts';
import { AgentError } from '../contract/errors.ts';
import type { GatewayTarget, ProviderTarget, Target } from '../contract/target.ts';
import { gatewayHeaders, gatewayPath } from '../routing/gateway-wire.ts';
import { providerCallPath, providerHeaders } from '../routing/provider-wire.ts';
import type { BodySource, Downstream } from './flow.ts';
import { headerValue, withHeader, withoutHeaders, withoutHopByHop } from './headers.ts';
import type { CallOptions } from './upstream/pool.ts';

/** The body to send: read before and held whole, or still to come from the client. */
export type OutgoingBody =
  { readonly kind: 'whole'; readonly bytes: Buffer; readonly trailers?: RawHeaders } | { readonly kind: 'streamed'; readonly source: BodySource };

/** How the agent names itself to gateways. */
export const agentName = `heimdall/${version}`;
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

/** What the catalog and the key store add for a call to a provider. */
export interface ProviderWire {
  readonly row: ProviderRow;
  readonly key: string | undefined;
}

export interface OutgoingCall {
  readonly down: Downstream;
  readonly target: Target;
  /** Undefined for native requests, which only the origin can serve. */
  readonly dialect: DialectId | undefined;
  readonly body: OutgoingBody;
  readonly app: string | undefined;
  /** The model to ask for, where it stands in the path. */
  readonly model: string | undefined;
  readonly provider: ProviderWire | undefined;
  /** In the client's place, where the call came by the unified API. */
  readonly path?: string | undefined;
}

/** The request as this target gets it. Throws AgentError where the target has no address for it. */
export function callFor(call: OutgoingCall): CallOptions {
  const { down, target, dialect, body, app, model, provider, path = down.head.path } = call;
  if (dialect === undefined || target.kind === 'origin' || target.kind === 'simulator') return originCall(down, body);
  return target.kind === 'gateway'
    ? gatewayCall(down, body, target, { dialect, app, path: withModel(path, dialect, model) })
    : providerCall(down, body, target, { dialect, model, wire: provider, path });
}

/** To a gateway: its path for the dialect, the virtual key in, the provider's credential out. */
export function gatewayCall(
  down: Downstream,
  body: OutgoingBody,
  target: GatewayTarget,
  { dialect, app, path }: { readonly dialect: DialectId; readonly app: string | undefined; readonly path: string },
): CallOptions {
  const own = ownHeaders(down);
  const headers = gatewayHeaders(own, { virtualKey: target.virtualKey, agent: agentName, app, wire: target.wire, further: target.headers });
  return callTo(target.url, gatewayPath(dialect, path, target.wire), { down, body, headers, isTrusted: true });
}

/** To a provider straight: its path for the dialect, the pool's key in, the client's credential out. */
function providerCall(
  down: Downstream,
  body: OutgoingBody,
  target: ProviderTarget,
  {
    dialect,
    model,
    wire,
    path,
  }: { readonly dialect: DialectId; readonly model: string | undefined; readonly wire: ProviderWire | undefined; readonly path: string },
): CallOptions {
  const base = baseOf(target, wire);
  const below = wire && providerCallPath(wire.row, dialect, path, model);
  if (wire === undefined || base === undefined || below === undefined)
    throw new AgentError('no-target', `The target ${target.id} has no address for ${dialect}.`);
  const headers = providerHeaders(ownHeaders(down), { auth: keyHeaderOf(wire.row, dialect), key: wire.key, fixed: wire.row.fixedFor[dialect] ?? [] });
  return callTo(base, below, { down, body, headers, isTrusted: mayBePrivate(target, wire) });
}

/** Where a provider answers: by the settings, else by the catalog. */
export function baseOf(target: ProviderTarget, wire: ProviderWire | undefined): URL | undefined {
  return target.url ?? (wire?.row.baseUrl === undefined ? undefined : new URL(wire.row.baseUrl));
}

/** An address that the settings name may be private, and that of a model on this machine is; others of the catalog are not. */
export function mayBePrivate(target: ProviderTarget, wire: ProviderWire | undefined): boolean {
  return target.url !== undefined || wire?.row.isLocal === true;
}

/** @param isTrusted the settings name it: it may be a private address */
export function destinationOf(base: URL, isTrusted: boolean): CallOptions['destination'] {
  const scheme = base.protocol === 'https:' ? 'https' : 'http';
  const port = base.port === '' ? (scheme === 'https' ? 443 : 80) : Number(base.port);
  return { scheme, host: base.hostname.replace(/^\[|\]$/g, ''), port, isTrusted };
}

/** The client's Connection header speaks of the client's headers alone: it is settled before ours are added, or it could name x-bf-vk away. */
function ownHeaders({ head }: Downstream): string[] {
  return withoutHopByHop(head.headers, keepsChunked);
}

/** Below a base URL that the settings or the catalog name. */
function callTo(
  base: URL,
  path: string,
  { down, body, headers, isTrusted }: { down: Downstream; body: OutgoingBody; headers: RawHeaders; isTrusted: boolean },
): CallOptions {
  return {
    destination: destinationOf(base, isTrusted),
    authority: base.host,
    request: {
      method: down.head.method,
      path: `${base.pathname.replace(/\/$/, '')}${path}`,
      ...withHost(frame(down, headers, body), base.host),
      isUpgrade: false,
    },
    firstBytes: firstBytes(body),
    offerHttp2: down.head.httpVersion === '2',
  };
}

/** Gemini's path names the model. */
function withModel(path: string, dialect: DialectId, model: string | undefined): string {
  if (dialect !== 'gemini' || model === undefined) return path;
  return path.replace(/\/(?:tunedModels|models)\/[^/:?]+(?=:)/, () => `/models/${encodeURIComponent(model.toWellFormed())}`);
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
