// Serves HTTP/2 on one client connection: every stream is one exchange, full duplex.
import { constants, performServerHandshake } from 'node:http2';
import type { Http2Stream, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AgentError } from '../../contract/errors.ts';
import type { RawHeaders, RequestHead } from '../../contract/exchange.ts';
import type { Origin } from '../flow.ts';
import { headerValues } from '../headers.ts';
import { Http2Exchange } from './server-exchange.ts';

/** The pseudo-headers of a request, checked, and the ordinary headers in wire order with cookie crumbs joined. */
export interface Http2RequestLine {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: RawHeaders;
}

export interface Http2ServerHandlers {
  /** Throws AgentError when the request is not acceptable here. */
  resolve(line: Http2RequestLine): RequestHead;
  request(exchange: Http2Exchange): void;
  /** A request that could not be accepted; it has been answered. */
  refused?(error: AgentError): void;
}

const serverOptions = {
  settings: { maxConcurrentStreams: 256, initialWindowSize: 1_048_576, enableConnectProtocol: false },
  // Bounds on what a hostile client can make us hold or churn through.
  maxSessionInvalidFrames: 100,
  maxHeaderListPairs: 256,
  maxSessionMemory: 64,
  // What an upstream repeats is passed on repeated: Node would throw where the answer is begun.
  strictSingleValueFields: false,
};

/** A session on which nothing moves for so long takes no new streams; those under way may finish. */
const idleLimitMs = 300_000;

export function serveHttp2(socket: Duplex, origin: Origin, handlers: Http2ServerHandlers, idleMs = idleLimitMs): ServerHttp2Session {
  const session = performServerHandshake(socket, serverOptions);
  session.setLocalWindowSize(8_388_608);
  session.setTimeout(idleMs, () => session.close());
  // The client ended its side: streams still under way are given up with it, and the connection is closed.
  socket.once('end', () => session.destroy());
  // Errors of the session end its streams, which report for themselves.
  session.on('error', () => undefined);
  session.on('stream', (stream: Http2Stream, _headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => {
    onStream(stream as ServerHttp2Stream, flags, rawHeaders, origin, handlers);
  });
  return session;
}

function onStream(stream: ServerHttp2Stream, flags: number, rawHeaders: string[], origin: Origin, handlers: Http2ServerHandlers): void {
  stream.on('error', () => undefined);
  try {
    const line = readLine(rawHeaders);
    const head = handlers.resolve(line);
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    handlers.request(new Http2Exchange(stream, head, origin, hasBody));
  } catch (error) {
    const known = error instanceof AgentError ? error : new AgentError('internal', 'The request could not be read.', { cause: error });
    refuse(stream, known);
    handlers.refused?.(known);
  }
}

/** nghttp2 has checked order and legality of pseudo-headers; what remains is what only we can know. */
function readLine(rawHeaders: readonly string[]): Http2RequestLine {
  const pseudo = new Map<string, string>();
  const headers: string[] = [];
  const cookies: string[] = [];
  let cookieAt = -1;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    if (name.startsWith(':')) {
      if (pseudo.has(name)) throw new AgentError('bad-request', `The pseudo-header ${name} is repeated.`);
      pseudo.set(name, value);
    } else if (name === 'cookie') {
      // HTTP/2 may cut the cookie into crumbs; HTTP/1.1 must see one line (RFC 9113 §8.2.3).
      if (cookieAt === -1) {
        cookieAt = headers.length + 1;
        headers.push(name, '');
      }
      cookies.push(value);
    } else headers.push(name, value);
  }
  const authority = authorityOf(pseudo.get(':authority'), headerValues(headers, 'host'));
  if (cookieAt !== -1) headers[cookieAt] = cookies.join('; ');
  const method = pseudo.get(':method') ?? '';
  const path = pseudo.get(':path') ?? '';
  if (method === 'CONNECT' || !/^[\x21-\x7e]+$/.test(path)) throw new AgentError('bad-request', 'The HTTP/2 request has no proper method or path.');
  return { method, path, scheme: pseudo.get(':scheme') ?? '', authority, headers };
}

/** A Host beside `:authority` must say the same, or two servers could read two hosts from one request (RFC 9113 §8.3.1). */
function authorityOf(authority: string | undefined, hosts: readonly string[]): string {
  const [host] = hosts;
  if (hosts.length > 1 || (authority !== undefined && host !== undefined && host.toLowerCase() !== authority.toLowerCase()))
    throw new AgentError('bad-request', 'The HTTP/2 request names more than one host.');
  return authority ?? host ?? '';
}

function refuse(stream: ServerHttp2Stream, error: AgentError): void {
  if (stream.destroyed) return;
  const isMisdirected = error.code === 'address-refused';
  const body = Buffer.from(`Heimdall refused this request: ${error.message}\n`);
  stream.respond({ ':status': isMisdirected ? 421 : 400, 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
  stream.end(body);
}
