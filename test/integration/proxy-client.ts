// Clients of the proxy that hide nothing: raw bytes, TLS through CONNECT, HTTP/1.1 and HTTP/2 inside it.
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { connect as tcpConnect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

/** The proxy, and the CA its clients trust. */
export interface Proxy {
  readonly port: number;
  readonly caFile: string;
}

/** The bytes that came over a socket, kept. */
export class Wire {
  readonly socket: Duplex;
  readonly #pieces: Buffer[] = [];
  ended = false;
  closed = false;
  error: NodeJS.ErrnoException | undefined;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('data', (piece: Buffer) => this.#pieces.push(piece));
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error));
    socket.on('close', () => (this.closed = true));
    onTestFinished(() => void socket.destroy());
    socket.resume();
  }

  get received(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  send(bytes: Buffer | string): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits for bytes that fit; gives all that came. */
  async until(fits: (text: string) => boolean, what = 'bytes that fit'): Promise<string> {
    await eventually(() => fits(this.text) || this.closed, what);
    if (!fits(this.text)) throw new Error(`The connection closed before there were ${what}: ${JSON.stringify(this.text.slice(0, 500))}`);
    return this.text;
  }

  async untilClosed(): Promise<string> {
    await eventually(() => this.closed || this.ended, 'the end of the connection');
    return this.text;
  }
}

/** A plain connection to the proxy's port. */
export function dial(proxy: Pick<Proxy, 'port'>, options: { allowHalfOpen?: boolean; host?: string } = {}): Wire {
  return new Wire(tcpConnect({ port: proxy.port, host: '127.0.0.1', noDelay: true, ...options }));
}

/** CONNECT answered with 200: the bare socket behind it. */
export async function openTunnel(proxy: Pick<Proxy, 'port'>, authority: string, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = tcpConnect({ port: proxy.port, host: '127.0.0.1', noDelay: true, ...options });
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const onData = (piece: Buffer): void => {
      seen = Buffer.concat([seen, piece]);
      const end = seen.indexOf('\r\n\r\n');
      if (end === -1) return;
      socket.removeListener('data', onData);
      socket.pause();
      if (!seen.toString('latin1').startsWith('HTTP/1.1 200 ')) {
        reject(new Error(`CONNECT was answered: ${seen.toString('latin1')}`));
        return;
      }
      const rest = seen.subarray(end + 4);
      if (rest.length > 0) socket.unshift(rest);
      resolve(socket);
    };
    socket.on('data', onData);
    socket.on('error', reject);
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });
}

/** TLS with the agent (or, on a tunnelled host, with the host), verified by the agent's CA unless `options` say otherwise. */
export async function openTls(proxy: Proxy, host: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = await openTunnel(proxy, `${host}:443`);
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({ socket, servername: host, ca: readFileSync(proxy.caFile), ALPNProtocols: ['http/1.1'], ...options }, () => {
      secure.removeListener('error', reject);
      resolve(secure);
    });
    secure.once('error', reject);
    onTestFinished(() => void secure.destroy());
  });
}

/** A raw byte client inside TLS: HTTP/1.1 as the test writes it. */
export async function openWire(proxy: Proxy, host: string): Promise<Wire> {
  return new Wire(await openTls(proxy, host));
}

export interface ClientRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string;
  /** Default: what a body of that length needs; `chunked` sends it in two chunks. */
  readonly framing?: 'length' | 'chunked';
}

export interface ClientAnswer {
  readonly status: number;
  /** Name, value … as they came. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
  header(name: string): string | undefined;
}

/** One HTTP/1.1 call in a tunnel of its own. Rejects when the answer breaks off. */
export async function call(proxy: Proxy, host: string, request: ClientRequest): Promise<ClientAnswer> {
  const socket = await openTls(proxy, host);
  const answer = await callOn(socket, host, request);
  socket.destroy();
  return answer;
}

/** One HTTP/1.1 call on an open connection. */
export function callOn(socket: TLSSocket, host: string, request: ClientRequest): Promise<ClientAnswer> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(request.body ?? '');
    const isChunked = request.framing === 'chunked';
    const outgoing = httpRequest(
      {
        method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
        path: request.path,
        headers: {
          host,
          connection: 'keep-alive',
          ...request.headers,
          ...(body.length > 0 ? (isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }) : {}),
        },
        createConnection: () => socket,
      },
      (incoming) => void readAnswer(incoming).then(resolve, reject),
    );
    outgoing.on('error', reject);
    if (isChunked) outgoing.write(body.subarray(0, body.length >> 1));
    outgoing.end(isChunked ? body.subarray(body.length >> 1) : body);
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<ClientAnswer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const headers = incoming.rawHeaders;
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(pieces), trailers: incoming.rawTrailers, header: (name) => valueOf(headers, name) };
}

export function valueOf(headers: readonly string[], name: string): string | undefined {
  return headers.find((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name);
}

/** An HTTP/2 session inside a tunnel. */
export async function openHttp2(proxy: Proxy, host: string): Promise<ClientHttp2Session> {
  const socket = await openTls(proxy, host, { ALPNProtocols: ['h2'] });
  const session = http2Connect(`https://${host}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}

/** One answered HTTP/2 stream. Rejects when it is reset. */
export async function readStream(stream: ClientHttp2Stream): Promise<ClientAnswer> {
  let status = 0;
  let headers: readonly string[] = [];
  let trailers: readonly string[] = [];
  stream.on('response', (head: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    status = Number(head[':status']);
    headers = raw;
  });
  stream.on('trailers', (_head: IncomingHttpHeaders, _flags: number, raw?: string[]) => (trailers = raw ?? []));
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { status, headers, body: Buffer.concat(pieces), trailers, header: (name) => valueOf(headers, name) };
}
