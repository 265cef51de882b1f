// Keeps connections to upstreams and puts each call on one: HTTP/1.1 connections carry one call at a time, HTTP/2 sessions many.
import type { ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AgentError, messageOf } from '../../contract/errors.ts';
import type { UpstreamCall, UpstreamEvents } from '../flow.ts';
import type { AbsoluteForm } from './absolute-form.ts';
import type { Connector, Destination } from './connector.ts';
import type { UpstreamRequest } from './http1-client.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http2Client, openHttp2Session } from './http2-client.ts';

export interface CallOptions {
  readonly destination: Destination;
  /** `Host` or `:authority` for the upstream. */
  readonly authority: string;
  readonly request: UpstreamRequest;
  /** The whole body or its beginning, when at hand. */
  readonly firstBytes: Buffer | undefined;
  /** The client speaks HTTP/2: offer it to the upstream, too. */
  readonly offerHttp2: boolean;
}

/** A started call. */
export interface StartedCall extends UpstreamCall {
  /** A byte of the answer has come: the call must not be repeated behind the client's back. */
  readonly hasAnswerBegun: boolean;
}

const maxIdlePerUpstream = 64;

/** How often waiting connections are looked over; they may wait so much longer than they should. */
const sweepMs = 500;

export class UpstreamPool {
  readonly #connector: Connector;
  readonly #idle = new Map<string, Http1Connection[]>();
  readonly #sessions = new Map<string, ClientHttp2Session>();
  /** Calls under way on each session. */
  readonly #streams = new WeakMap<ClientHttp2Session, number>();
  /** Upstreams that turned out to speak HTTP/2 only. */
  readonly #onlyHttp2 = new Set<string>();
  readonly #all = new Set<Duplex>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(connector: Connector) {
    this.#connector = connector;
  }

  /** Starts a call on a kept connection; undefined when none is at hand. Never waits. */
  startKept(options: CallOptions, events: UpstreamEvents): StartedCall | undefined {
    return this.#takeKept(keyOf(options.destination), options, events);
  }

  /** Starts a call on a new connection. Rejects with AgentError before anything was sent. */
  startFresh(options: CallOptions, events: UpstreamEvents): Promise<StartedCall> {
    return this.#open(keyOf(options.destination), options, events);
  }

  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    for (const socket of this.#all) socket.destroy();
    clearInterval(this.#sweeper);
    this.#idle.clear();
    this.#sessions.clear();
  }

  #takeKept(key: string, options: CallOptions, events: UpstreamEvents): StartedCall | undefined {
    const session = options.request.isUpgrade || !(options.offerHttp2 || this.#onlyHttp2.has(key)) ? undefined : this.#sessions.get(key);
    if (session && this.#hasRoom(session)) return this.#onSession(session, options, events);
    const list = this.#idle.get(key);
    for (let connection = list?.pop(); connection; connection = list?.pop()) {
      if (connection.canCarry) return connection.start(options.request, options.firstBytes, events);
    }
    return undefined;
  }

  async #open(key: string, options: CallOptions, events: UpstreamEvents): Promise<StartedCall> {
    if (options.destination.scheme === 'http') {
      // A switch of protocols needs the upstream itself at the other end.
      const { socket, toProxy } = options.request.isUpgrade
        ? { socket: await this.#connector.openTcp(options.destination) }
        : await this.#connector.openPlain(options.destination);
      return this.#onSocket(key, socket, options, events, toProxy);
    }
    const canUpgradeToHttp2 = !options.request.isUpgrade && (options.offerHttp2 || this.#onlyHttp2.has(key));
    const socket = await this.#connect(key, options, canUpgradeToHttp2 ? ['h2', 'http/1.1'] : ['http/1.1']);
    if (socket.alpnProtocol !== 'h2') return this.#onSocket(key, socket, options, events);
    const session = openHttp2Session(socket, options.authority);
    this.#keepSession(key, session);
    return this.#onSession(session, options, events);
  }

  async #connect(key: string, options: CallOptions, alpn: readonly string[]): ReturnType<Connector['openTls']> {
    try {
      return await this.#connector.openTls(options.destination, alpn);
    } catch (error) {
      // An upstream without HTTP/1.1 ends the handshake with this alert; it gets HTTP/2 from now on.
      const refusedHttp1 = error instanceof AgentError && error.code === 'upstream-tls' && /NO_APPLICATION_PROTOCOL/.test(messageOf(error));
      if (!refusedHttp1 || alpn.includes('h2') || options.request.isUpgrade) throw error;
      this.#onlyHttp2.add(key);
      return this.#connector.openTls(options.destination, ['h2']);
    }
  }

  #onSocket(key: string, socket: Duplex, options: CallOptions, events: UpstreamEvents, toProxy?: AbsoluteForm): StartedCall {
    const owner = {
      idle: (connection: Http1Connection, idleMs: number) => this.#keep(key, connection, idleMs),
      lost: (connection: Http1Connection) => this.#forget(key, connection),
    };
    this.#all.add(socket);
    socket.once('close', () => this.#all.delete(socket));
    const call = new Http1Connection(socket, owner, toProxy).start(options.request, options.firstBytes, events);
    // A proxy's tunnel comes paused, so that nothing was lost until now.
    socket.resume();
    return call;
  }

  #onSession(session: ClientHttp2Session, options: CallOptions, events: UpstreamEvents): StartedCall {
    const count = (change: number): unknown => this.#streams.set(session, (this.#streams.get(session) ?? 0) + change);
    const call = new Http2Client(session, options.authority, options.request, options.firstBytes, events, () => count(-1));
    count(1);
    return call;
  }

  /** A call beyond the upstream's limit would wait behind streams that may last for minutes: it gets a session of its own instead. */
  #hasRoom(session: ClientHttp2Session): boolean {
    if (session.closed || session.destroyed) return false;
    return (this.#streams.get(session) ?? 0) < (session.remoteSettings.maxConcurrentStreams ?? Infinity);
  }

  #keep(key: string, connection: Http1Connection, idleMs: number): void {
    const list = this.#idle.get(key) ?? [];
    this.#idle.set(key, list);
    connection.idleUntil = performance.now() + idleMs;
    if (list.length >= maxIdlePerUpstream) connection.socket.destroy();
    else list.push(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** Closes what has waited too long. One timer for all: a timer per call would cost more than it saves. */
  #sweep(): void {
    const now = performance.now();
    for (const connection of [...this.#idle.values()].flat()) if (connection.idleUntil <= now) connection.socket.destroy();
    if (this.#idle.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #forget(key: string, connection: Http1Connection): void {
    const list = this.#idle.get(key);
    const at = list?.indexOf(connection) ?? -1;
    if (at !== -1) list?.splice(at, 1);
    if (list?.length === 0) this.#idle.delete(key);
  }

  #keepSession(key: string, session: ClientHttp2Session): void {
    this.#sessions.set(key, session);
    const forget = (): void => {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    };
    session.on('error', forget);
    session.on('goaway', forget);
    session.on('close', forget);
    session.setTimeout(120_000, () => session.close());
  }
}

/** Connections to addresses of the settings stay apart: a client's word must not reach, over a kept one, what the address guard refuses it. */
function keyOf(destination: Destination): string {
  return `${destination.isTrusted ? 'trusted ' : ''}${destination.scheme}://${destination.host}:${destination.port}`;
}
