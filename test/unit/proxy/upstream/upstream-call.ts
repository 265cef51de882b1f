// A pool that trusts a test authority, raw TLS upstreams that answer exactly as told, and calls whose events are noted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentError } from '../../../../src/contract/errors.ts';
import type { RawHeaders } from '../../../../src/contract/exchange.ts';
import { AddressGuard } from '../../../../src/proxy/address-guard.ts';
import type { AnswerHead, UpstreamEvents } from '../../../../src/proxy/flow.ts';
import { Connector } from '../../../../src/proxy/upstream/connector.ts';
import { UpstreamPool } from '../../../../src/proxy/upstream/pool.ts';
import type { CallOptions, StartedCall } from '../../../../src/proxy/upstream/pool.ts';
import { createAuthority } from '../../../fakes/certificates.ts';

export const host = 'api.openai.com';
export const authority = createAuthority('Pool Root');
export const certificate = authority.issue({ names: [host] });

/** A pool whose every connection to `host` goes to the port. */
export function poolTo(port: number, connectTimeoutMs = 5_000): UpstreamPool {
  const pool = new UpstreamPool(connectorTo({ [host]: `127.0.0.1:${port}` }, connectTimeoutMs));
  onTestFinished(() => pool.close());
  return pool;
}

export function connectorTo(connectTo: Readonly<Record<string, string>>, connectTimeoutMs = 5_000, allowPrivate: readonly string[] = []): Connector {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-roots-'));
  const file = join(dir, 'root.pem');
  writeFileSync(file, authority.root);
  try {
    return new Connector({ guard: new AddressGuard({ allowPrivate }), connectTo, extraRoots: [file], connectTimeoutMs, ownCa: '', isOwnPort: () => false });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export interface Upstream {
  readonly port: number;
  readonly sockets: readonly TLSSocket[];
}

/** Calls `answer` with each whole bodyless or short request (head and body in one piece are enough for these tests). */
export async function upstream(answer: (socket: TLSSocket, request: string, nth: number) => void): Promise<Upstream> {
  const sockets: TLSSocket[] = [];
  let requests = 0;
  const server = createServer({ ...certificate, ALPNProtocols: ['http/1.1'], allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      requests += 1;
      answer(socket, chunk.toString('latin1'), requests);
    });
    socket.on('end', () => socket.end());
  });
  const raw = new Set<Socket>();
  server.on('connection', (socket: Socket) => raw.add(socket));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of raw) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

export function getCall(more: Partial<CallOptions['request']> & { readonly offerHttp2?: boolean } = {}): CallOptions {
  const { offerHttp2 = false, ...request } = more;
  return {
    destination: { scheme: 'https', host, port: 443, isTrusted: false },
    authority: host,
    request: { method: 'GET', path: '/', headers: ['Host', host], framing: 'none', isUpgrade: false, ...request },
    firstBytes: undefined,
    offerHttp2,
  };
}

/** Notes every event of a call. */
export class CallLog implements UpstreamEvents {
  heads: AnswerHead[] = [];
  interim: number[] = [];
  body = '';
  trailers: RawHeaders | undefined;
  failure: AgentError | undefined;
  upgrade: Duplex | undefined;
  hasRoom = true;
  /** `end`, `error` and `upgraded` events: a call has one of them. */
  endings = 0;
  readonly over: Promise<this>;
  #finish: () => void = () => undefined;

  constructor() {
    this.over = new Promise((resolve) => (this.#finish = () => resolve(this)));
  }
  inform(status: number): void {
    this.interim.push(status);
  }
  head(head: AnswerHead): void {
    this.heads.push(head);
  }
  data(piece: Buffer): boolean {
    this.body += piece.toString('latin1');
    return this.hasRoom;
  }
  end(trailers: RawHeaders): void {
    this.trailers = trailers;
    this.#ended();
  }
  error(error: AgentError): void {
    this.failure = error;
    this.#ended();
  }
  upgraded(_reason: string, _headers: RawHeaders, socket: Duplex): void {
    this.upgrade = socket;
    this.#ended();
  }
  drain(): void {
    // The tests send short bodies.
  }
  #ended(): void {
    this.endings += 1;
    this.#finish();
  }
}

/** One call from start to end, kept connection first, as the exchange does it. */
export async function run(pool: UpstreamPool, options: CallOptions = getCall()): Promise<CallLog & { readonly wasKept: boolean }> {
  const log = new CallLog();
  const kept = pool.startKept(options, log);
  const call: StartedCall = kept ?? (await pool.startFresh(options, log));
  call.end([]);
  await log.over;
  return Object.assign(log, { wasKept: kept !== undefined });
}

export const settle = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle(1);
}
