// An Http1ServerConnection on real loopback sockets with a handler of the test's own, and a raw client that says exactly what it is told.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { RawHeaders, RequestHead } from '../../../../src/contract/exchange.ts';
import { headerValue } from '../../../../src/proxy/headers.ts';
import { Http1ServerConnection } from '../../../../src/proxy/http1/server-connection.ts';
import type { Http1ServerHandlers } from '../../../../src/proxy/http1/server-connection.ts';
import type { Http1Exchange } from '../../../../src/proxy/http1/server-exchange.ts';
import type { RequestLine } from '../../../../src/proxy/http1/head.ts';

export interface LoopbackServer {
  readonly port: number;
  /** The server's side of each connection, in order. */
  readonly sockets: readonly Socket[];
  readonly connections: readonly Http1ServerConnection[];
}

/** Lives as long as the test that asks for it. */
export async function serve(
  request: (exchange: Http1Exchange) => void,
  more: {
    readonly connect?: (authority: string, socket: Socket) => void;
    readonly resolve?: Http1ServerHandlers['resolve'];
    readonly patienceMs?: number;
  } = {},
): Promise<LoopbackServer> {
  const sockets: Socket[] = [];
  const connections: Http1ServerConnection[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    const { connect: onConnect } = more;
    const handlers: Http1ServerHandlers = {
      resolve: more.resolve ?? plainHead,
      request,
      ...(onConnect ? { connect: (authority: string) => onConnect(authority, socket) } : {}),
    };
    connections.push(new Http1ServerConnection(socket, { peer: undefined, peerSearch: undefined }, handlers, more.patienceMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, sockets, connections };
}

function plainHead(line: RequestLine): RequestHead {
  const host = headerValue(line.headers, 'host') ?? '';
  return { method: line.method, scheme: 'http', host, port: 80, path: line.target, headers: line.headers, httpVersion: line.version };
}

/** A raw client: what it received so far, and ways to wait for more. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  isEnded = false;
  isClosed = false;
  #wake: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#changed();
    });
    socket.on('end', () => {
      this.isEnded = true;
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  static async open({ port }: { readonly port: number }): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const client = new RawClient(socket);
    onTestFinished(() => void socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
    return client;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves once the condition holds; rejects when the connection has closed and it still does not. */
  async until(holds: (received: string) => boolean): Promise<string> {
    while (!holds(this.received)) {
      if (this.isClosed) throw new Error(`The connection closed; received: ${JSON.stringify(this.received)}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return this.received;
  }

  async ended(): Promise<string> {
    while (!this.isEnded && !this.isClosed) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.received;
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

/** Lets everything that is ready happen. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Answers with the path and the body it got. */
export function echo(exchange: Http1Exchange): void {
  const pieces: Buffer[] = [];
  exchange.body.start({
    data: (piece) => {
      pieces.push(Buffer.from(piece));
      return true;
    },
    end: () => answer(exchange, `${exchange.head.path}:${Buffer.concat(pieces).toString('latin1')}`),
  });
}

/** A whole answer of known length. */
export function answer(exchange: Http1Exchange, text: string, status = 200, headers: RawHeaders = ['Content-Length', String(text.length)]): void {
  exchange.respond({ status, reason: '', headers, isBodyless: exchange.head.method === 'HEAD' || status === 204 || status === 304 });
  if (text !== '') exchange.write(Buffer.from(text, 'latin1'));
  exchange.end([]);
}

/** What such an answer looks like on the wire. */
export const ok = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
