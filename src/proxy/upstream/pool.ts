// Keeps connections to upstreams and puts each call on one: HTTP/1.1 connections carry one call at a time, HTTP/2 sessions many.
import type { ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AgentError, messageOf } from '../../contract/errors.ts';
import type { UpstreamCall, UpstreamEvents } from '../flow.ts';
import type { Connector, Destination } from './connector.ts';
import { Http1Client } from './http1-client.ts';
import type { AfterCall, UpstreamRequest } from './http1-client.ts';
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

interface Idle {
  readonly socket: Duplex;
  readonly timer: NodeJS.Timeout;
  readonly forget: () => void;
}

export class UpstreamPool {
  readonly #connector: Connector;
  readonly #idle = new Map<string, Idle[]>();
  readonly #sessions = new Map<string, ClientHttp2Session>();
  /** Calls under way on each session. */
  readonly #streams = new WeakMap<ClientHttp2Session, number>();
  /** Upstreams that turned out to speak HTTP/2 only. */
  readonly #onlyHttp2 = new Set<string>();
  readonly #all = new Set<Duplex>();

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
    for (const list of this.#idle.values()) for (const idle of list) clearTimeout(idle.timer);
    this.#idle.clear();
    this.#sessions.clear();
  }

  #takeKept(key: string, options: CallOptions, events: UpstreamEvents): StartedCall | undefined {
    const session = options.request.isUpgrade || !(options.offerHttp2 || this.#onlyHttp2.has(key)) ? undefined : this.#sessions.get(key);
    if (session && this.#hasRoom(session)) return this.#onSession(session, options, events);
    const list = this.#idle.get(key);
    for (let idle = list?.pop(); idle; idle = list?.pop()) {
      clearTimeout(idle.timer);
      idle.forget();
      if (list?.length === 0) this.#idle.delete(key);
      if (idle.socket.writable && !idle.socket.readableEnded && !idle.socket.destroyed) return this.#onSocket(key, idle.socket, options, events);
    }
    return undefined;
  }

  async #open(key: string, options: CallOptions, events: UpstreamEvents): Promise<StartedCall> {
    if (options.destination.scheme === 'http') {
      const socket = await this.#connector.openTcp(options.destination);
      return this.#onSocket(key, this.#own(socket), options, events);
    }
    const canUpgradeToHttp2 = !options.request.isUpgrade && (options.offerHttp2 || this.#onlyHttp2.has(key));
    const socket = await this.#connect(key, options, canUpgradeToHttp2 ? ['h2', 'http/1.1'] : ['http/1.1']);
    this.#own(socket);
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

  #own<S extends Duplex>(socket: S): S {
    this.#all.add(socket);
    // Errors reach the call through its own listener; between calls a reset merely empties the place.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#all.delete(socket));
    return socket;
  }

  #onSocket(key: string, socket: Duplex, options: CallOptions, events: UpstreamEvents): StartedCall {
    const after = (fate: AfterCall): void => {
      if (fate.state === 'idle') this.#keep(key, socket, fate.idleMs);
    };
    return new Http1Client(socket, options.request, options.firstBytes, events, after);
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

  #keep(key: string, socket: Duplex, idleMs: number): void {
    const list = this.#idle.get(key) ?? [];
    this.#idle.set(key, list);
    if (list.length >= maxIdlePerUpstream) {
      socket.destroy();
      return;
    }
    // Anything that happens on a waiting connection (bytes, end, close) makes it useless.
    const drop = (): void => {
      socket.destroy();
      const at = list.findIndex((idle) => idle.socket === socket);
      if (at !== -1) clearTimeout(list.splice(at, 1)[0]?.timer);
      if (list.length === 0 && this.#idle.get(key) === list) this.#idle.delete(key);
    };
    const timer = setTimeout(drop, idleMs).unref();
    const forget = (): void => {
      for (const event of ['data', 'end', 'close']) socket.removeListener(event, drop);
    };
    for (const event of ['data', 'end', 'close']) socket.once(event, drop);
    list.push({ socket, timer, forget });
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

function keyOf(destination: Destination): string {
  return `${destination.scheme}://${destination.host}:${destination.port}`;
}
