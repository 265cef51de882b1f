// The probes of the doctor on the wire: a TLS handshake that looks at the certificate whatever it is, and small calls with their times.
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect as tlsConnect } from 'node:tls';
import type { DetailedPeerCertificate, SecureContext, TLSSocket } from 'node:tls';

export interface Place {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** From the settings, not from a client. */
  readonly isTrusted: boolean;
}
export type Dial = (place: Place) => Promise<Socket>;

export interface TlsView {
  readonly socket: TLSSocket;
  /** OpenSSL's or Node's word for what is wrong with the certificate; undefined when it is good. */
  readonly fault: string | undefined;
  readonly alpn: string;
  /** The certificate furthest from the leaf that was seen. */
  readonly root: { readonly name: string; readonly fingerprint: string; readonly isSelfSigned: boolean };
  /** The issuer of the leaf, in words. */
  readonly issuer: string;
  readonly validFrom: number;
  readonly validTo: number;
}

/** The longest that a step of a probe waits, milliseconds. */
const stepMs = 5_000;

/** Shakes hands with whoever is there. Rejects when there is no TLS. */
export function viewTls(tcp: Socket, host: string, trust: SecureContext, alpn: readonly string[] = ['http/1.1']): Promise<TlsView> {
  return new Promise((resolve, reject) => {
    const isAddress = /^[\d.]+$|:/.test(host);
    const socket = tlsConnect({
      socket: tcp,
      host,
      ...(isAddress ? {} : { servername: host }),
      secureContext: trust,
      ALPNProtocols: [...alpn],
      minVersion: 'TLSv1.2',
      // Whatever is shown is looked at and judged below; nothing is sent to a stranger but a probe without content.
      rejectUnauthorized: false,
      checkServerIdentity: (name, certificate) => checkServerIdentity(name, certificate),
    });
    const fail = (error: Error): void => {
      socket.destroy();
      tcp.destroy();
      reject(error);
    };
    socket.setTimeout(stepMs, () => fail(new Error('The TLS handshake did not end in time.')));
    socket.once('error', fail);
    socket.once('close', () => reject(new Error('The connection was closed during the TLS handshake.')));
    socket.once('secureConnect', () => {
      socket.removeListener('error', fail);
      socket.on('error', () => undefined);
      socket.setTimeout(0);
      const leaf = socket.getPeerCertificate(true);
      const last = lastOf(leaf);
      resolve({
        socket,
        fault: faultOf(socket, host, leaf),
        alpn: socket.alpnProtocol || 'none',
        root: { name: nameOf(last.issuer), fingerprint: last.fingerprint256, isSelfSigned: nameOf(last.issuer) === nameOf(last.subject) },
        issuer: nameOf(leaf.issuer),
        validFrom: Date.parse(leaf.valid_from),
        validTo: Date.parse(leaf.valid_to),
      });
    });
  });
}

function faultOf(socket: TLSSocket, host: string, leaf: DetailedPeerCertificate): string | undefined {
  if (!socket.authorized) {
    const error: unknown = socket.authorizationError;
    if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
    return String(error);
  }
  return checkServerIdentity(host, leaf) === undefined ? undefined : 'ERR_TLS_CERT_ALTNAME_INVALID';
}

/** Node gives the chain as far as it has built it; the last names itself as its issuer. */
function lastOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate {
  let at = leaf;
  for (let depth = 0; depth < 12; depth += 1) {
    const above = at.issuerCertificate as DetailedPeerCertificate | undefined;
    if (above === undefined || above.fingerprint256 === at.fingerprint256) return at;
    at = above;
  }
  return at;
}

function nameOf(subject: DetailedPeerCertificate['issuer'] | undefined): string {
  const parts = [subject?.CN, subject?.O].flat().filter((part): part is string => typeof part === 'string' && part !== '');
  return [...new Set(parts)].join(', ') || 'an issuer without a name';
}

export interface CallOptions {
  readonly method?: string;
  readonly path: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When each piece of the body came, milliseconds after the head. */
  readonly pieces: readonly { readonly at: number; readonly bytes: number }[];
  /** Milliseconds from the request to the head. */
  readonly headMs: number;
  readonly upgraded: boolean;
}

/** One HTTP/1.1 call on a connection that stands; the connection is used up. */
export function callOn(socket: Socket, { method = 'GET', path, host, headers = {}, body, timeoutMs = stepMs }: CallOptions): Promise<CallAnswer> {
  return new Promise((resolve, reject) => {
    const sentAt = performance.now();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const call = request({ createConnection: () => socket, method, path, headers: { host, 'user-agent': 'heimdall-doctor', ...length, ...headers } });
    const timer = setTimeout(() => call.destroy(new Error(`No whole answer within ${timeoutMs} ms.`)), timeoutMs);
    const finish = (answer: IncomingMessage, text: string, pieces: CallAnswer['pieces'], headMs: number, upgraded: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text, pieces, headMs, upgraded });
    };
    call.on('response', (answer) => {
      const headAt = performance.now();
      const pieces: { at: number; bytes: number }[] = [];
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        pieces.push({ at: performance.now() - headAt, bytes: chunk.length });
        if (text.length < 65_536) text += chunk.toString('utf8');
      });
      answer.on('end', () => finish(answer, text, pieces, headAt - sentAt, false));
      answer.on('error', (error) => call.destroy(error));
    });
    call.on('upgrade', (answer: IncomingMessage) => finish(answer, '', [], performance.now() - sentAt, true));
    call.on('error', (error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    });
    call.end(body);
  });
}
