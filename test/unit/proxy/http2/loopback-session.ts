// HTTP/2 sessions of ours on real loopback sockets with a handler of the test's own, and Node's client to talk to them.
import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, ClientSessionOptions } from 'node:http2';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { AgentError } from '../../../../src/contract/errors.ts';
import type { RawHeaders } from '../../../../src/contract/exchange.ts';
import type { Http2Exchange } from '../../../../src/proxy/http2/server-exchange.ts';
import { serveHttp2 } from '../../../../src/proxy/http2/server-session.ts';
import type { Http2RequestLine } from '../../../../src/proxy/http2/server-session.ts';

export interface Served {
  readonly port: number;
  readonly sockets: readonly Socket[];
  readonly lines: readonly Http2RequestLine[];
}

/** Lives as long as the test that asks for it. */
export async function serve(request: (exchange: Http2Exchange) => void, idleMs?: number): Promise<Served> {
  const sockets: Socket[] = [];
  const lines: Http2RequestLine[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serveHttp2(
      socket,
      { peer: undefined, peerSearch: undefined },
      {
        resolve: (line) => {
          lines.push(line);
          if (line.authority !== 'api.openai.com') throw new AgentError('address-refused', `Not ${line.authority}.`);
          return { method: line.method, scheme: 'https', host: line.authority, port: 443, path: line.path, headers: line.headers, httpVersion: '2' };
        },
        request,
      },
      idleMs,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, sockets, lines };
}

// Node's client checks single values by itself; other clients do not.
const clientOptions: ClientSessionOptions & { strictSingleValueFields: boolean } = { strictSingleValueFields: false };

export function dial(served: Served): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${served.port}`, clientOptions);
  session.on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  return session;
}

export const pseudo = (method: string, path = '/') => [':method', method, ':scheme', 'https', ':authority', 'api.openai.com', ':path', path];

export interface Answer {
  status: number;
  headers: RawHeaders;
  body: string;
  trailers: RawHeaders;
  interim: number[];
  rst: number;
  isWhole: boolean;
}

/** Everything that comes back on a stream, once it has closed. */
export function read(stream: ClientHttp2Stream): Promise<Answer> {
  const answer: Answer = { status: 0, headers: [], body: '', trailers: [], interim: [], rst: -1, isWhole: false };
  stream.on('headers', (headers: { ':status'?: number }) => answer.interim.push(headers[':status'] ?? 0));
  stream.on('response', (headers: { ':status'?: number }, _flags: number, raw: string[]) => {
    answer.status = headers[':status'] ?? 0;
    answer.headers = raw.slice(2);
  });
  stream.on('trailers', (_headers: unknown, _flags: number, raw: string[]) => (answer.trailers = raw));
  stream.on('data', (piece: Buffer) => (answer.body += piece.toString('latin1')));
  stream.on('end', () => (answer.isWhole = stream.rstCode === 0));
  stream.on('error', () => undefined);
  return new Promise((resolve) =>
    stream.on('close', () => {
      answer.rst = stream.rstCode;
      resolve(answer);
    }),
  );
}

/** Answers with the body it got; trailers come back as they came. */
export function echo(exchange: Http2Exchange): void {
  const pieces: Buffer[] = [];
  exchange.body.start({
    data: (piece) => (pieces.push(piece), true),
    end: (trailers) => {
      exchange.respond({ status: 200, reason: 'ignored', headers: ['Content-Type', 'text/plain'], isBodyless: exchange.head.method === 'HEAD' });
      exchange.write(Buffer.concat(pieces));
      exchange.end(trailers);
    },
  });
}
export const settle = (ms = 30) => new Promise((resolve) => setTimeout(resolve, ms));
