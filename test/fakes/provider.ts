// A fake AI provider: real TLS, h2 and http/1.1 by ALPN, WebSocket; records what it received and answers as told.
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, SecureServerOptions } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { IncomingMessage } from 'node:http';
import type { DialectId, RequestHead } from '../../src/contract/exchange.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { playAnswer } from './behaviour.ts';
import type { FakeAnswer, Script } from './behaviour.ts';
import { createAuthority } from './certificates.ts';
import type { ServerCertificate } from './certificates.ts';
import { dialectOfPath } from './inference-path.ts';
import { recordRequest } from './recorded-request.ts';
import type { FakeRequest, FakeResponse, RecordedRequest } from './recorded-request.ts';

export interface FakeProviderOptions {
  /** Default: a good one for every name in `names`, issued by a fresh authority. */
  readonly certificate?: ServerCertificate;
  /** Default: the usual AI hosts and 127.0.0.1. */
  readonly names?: readonly string[];
  /** Default h2, then http/1.1. */
  readonly alpn?: readonly ('h2' | 'http/1.1')[];
  /** Further TLS and h2 settings (versions, ciphers, …). */
  readonly tls?: SecureServerOptions;
}

/** One WebSocket the provider accepted; it echoes each message as it came (text or binary). */
interface RecordedSocket {
  readonly path: string;
  readonly headers: readonly string[];
  readonly messages: { readonly data: Buffer; readonly binary: boolean }[];
  /** Close code, once the peer has closed. */
  closeCode: number | undefined;
}

export interface FakeProvider {
  /** On 127.0.0.1. */
  readonly port: number;
  /** PEM of the root that vouches for it; empty when the certificate was given. */
  readonly root: string;
  readonly requests: readonly RecordedRequest[];
  readonly sockets: readonly RecordedSocket[];
  /** TCP connections accepted so far. */
  readonly connections: number;
  /** Server names the clients asked for, one per TLS handshake. */
  readonly serverNames: readonly string[];
  /** From the next request on; undefined goes back to the simulator's answers. */
  behave(script: Script | undefined): void;
  close(): Promise<void>;
}

const usualNames = [
  '127.0.0.1',
  'api.openai.com',
  'api.anthropic.com',
  'generativelanguage.googleapis.com',
  'cloudcode-pa.googleapis.com',
  'chatgpt.com',
  'claude.ai',
];

export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const authority = options.certificate === undefined ? createAuthority('Provider Root') : undefined;
  const certificate = options.certificate ?? authority?.issue({ names: options.names ?? usualNames });
  const server = createSecureServer({
    ...certificate,
    noDelay: true,
    allowHTTP1: true,
    ALPNProtocols: [...(options.alpn ?? ['h2', 'http/1.1'])],
    ...options.tls,
  });
  const tcp = new Map<number, Socket>();
  const requests: RecordedRequest[] = [];
  const serverNames: string[] = [];
  let connections = 0;
  let script: Script | undefined;

  server.on('connection', (socket: Socket) => {
    connections += 1;
    const { remotePort = 0 } = socket;
    tcp.set(remotePort, socket);
    socket.on('error', () => undefined);
    socket.on('close', () => tcp.delete(remotePort));
  });
  server.on('secureConnection', (socket) => serverNames.push(socket.servername === false ? '' : (socket.servername ?? '')));
  server.on('sessionError', () => undefined);
  server.on('tlsClientError', () => undefined);
  server.on('request', (request: FakeRequest, response: FakeResponse) => {
    const { recorded, received } = recordRequest(request, response);
    const index = requests.push(recorded) - 1;
    const behaviour = (typeof script === 'function' ? script(recorded, index) : script) ?? {};
    const dialect = dialectOfPath(recorded.method, recorded.path);
    const stage = { response, dialect, tcp: tcp.get(recorded.peerPort) };
    const ready = behaviour.early === true ? Promise.resolve(Buffer.alloc(0)) : received;
    void ready.then((body) => playAnswer(stage, ownAnswer(dialect, recorded, body), behaviour)).catch(() => response.destroy());
  });
  const sockets = echoWebSockets(server);

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    root: authority?.root ?? '',
    requests,
    sockets,
    serverNames,
    get connections() {
      return connections;
    },
    behave: (next) => (script = next),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of tcp.values()) socket.destroy();
      await closed;
    },
  };
}

/** The simulator's answer for an inference call; for anything else a JSON document that says what was asked. */
function ownAnswer(dialect: DialectId | undefined, recorded: RecordedRequest, body: Buffer): FakeAnswer {
  if (dialect !== undefined) return simulate(dialect, headOf(recorded), body);
  const document = Buffer.from(JSON.stringify({ native: true, method: recorded.method, path: recorded.path }));
  return { status: 200, headers: ['content-type', 'application/json', 'content-length', String(document.length)], chunks: [document] };
}

export function headOf({ method, path, headers, httpVersion }: RecordedRequest): RequestHead {
  return { method, path, headers, httpVersion, scheme: 'https', host: 'provider.test', port: 443 };
}

function echoWebSockets(server: Http2SecureServer): RecordedSocket[] {
  const sockets: RecordedSocket[] = [];
  const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    upgrader.handleUpgrade(request, socket, head, (peer) => {
      const recorded: RecordedSocket = { path: request.url ?? '', headers: [...request.rawHeaders], messages: [], closeCode: undefined };
      sockets.push(recorded);
      peer.on('error', () => undefined);
      peer.on('close', (code) => (recorded.closeCode = code));
      peer.on('message', (data: Buffer, binary) => {
        recorded.messages.push({ data, binary });
        peer.send(data, { binary });
      });
    });
  });
  return sockets;
}
