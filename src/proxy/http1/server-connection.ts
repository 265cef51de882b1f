// Serves HTTP/1.x on one client connection: one exchange at a time, pipelined requests wait their turn.
import type { Duplex } from 'node:stream';
import { AgentError } from '../../contract/errors.ts';
import type { RawHeaders, RequestHead } from '../../contract/exchange.ts';
import type { Origin } from '../flow.ts';
import { hasOption, headerValues } from '../headers.ts';
import { requestFraming } from './framing.ts';
import type { Framing } from './framing.ts';
import { parseRequestHead, writeHead } from './head.ts';
import type { RequestLine } from './head.ts';
import { MessageReader } from './reader.ts';
import { Http1Exchange } from './server-exchange.ts';

export interface Http1ServerHandlers {
  /** Where the request is meant to go, from its target and Host; throws AgentError when that is not acceptable. */
  resolve(line: RequestLine): RequestHead;
  /** A request that could not be accepted; it has been answered. */
  refused?(error: AgentError): void;
  /** One request to answer. */
  request(exchange: Http1Exchange): void;
  /** CONNECT: the handler takes the raw socket over and answers; bytes already read are in its read buffer. Absent: CONNECT is refused. */
  connect?(authority: string): void;
}

/** How long a client may take for the head of a request once it has begun, and at first to begin: connections that never come to anything must end. */
const headPatienceMs = 60_000;
/** How long a client may go on sending after our last answer. */
const lingerMs = 5_000;
const badRequestHeaders = ['Content-Type', 'text/plain; charset=utf-8', 'Connection', 'close'];

export class Http1ServerConnection {
  readonly #socket: Duplex;
  readonly #origin: Origin;
  readonly #handlers: Http1ServerHandlers;
  readonly #reader: MessageReader;
  #current: Http1Exchange | undefined;
  #connectAuthority: string | undefined;
  readonly #headPatienceMs: number;
  #headTimer: NodeJS.Timeout | undefined;
  readonly #onData = (chunk: Buffer) => this.#feed(chunk);
  readonly #onEnd = () => this.#onPeerEnd();
  readonly #onClose = () => {
    clearTimeout(this.#headTimer);
    this.#current?.clientGone();
  };
  readonly #onDrain = () => this.#current?.onDrain?.();
  // The close that follows says all we need; without a listener the process would fall.
  readonly #onError = () => undefined;

  constructor(socket: Duplex, origin: Origin, handlers: Http1ServerHandlers, patienceMs = headPatienceMs) {
    this.#socket = socket;
    this.#origin = origin;
    this.#handlers = handlers;
    this.#headPatienceMs = patienceMs;
    this.#reader = new MessageReader('request', {
      head: (text) => this.#onHead(text),
      data: (piece) => this.#current?.requestData(piece),
      end: (trailers) => this.#current?.requestEnd(trailers),
    });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
    this.#awaitHead();
  }

  /** True while no request is under way. */
  get isIdle(): boolean {
    return this.#current === undefined && this.#reader.isIdle;
  }

  #feed(chunk: Buffer): void {
    try {
      this.#reader.feed(chunk);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#connectAuthority !== undefined) this.#handOverConnect(this.#connectAuthority);
    // A pipelined request waits: stop reading, or its sender could fill our memory.
    else if (this.#current && this.#reader.held.length > 0) this.#socket.pause();
    else if (this.#reader.isInHead) this.#awaitHead();
  }

  #awaitHead(): void {
    this.#headTimer ??= setTimeout(() => {
      if (this.#reader.isInHead) this.#refuse(new AgentError('bad-request', 'The head of the request did not come whole in time.'));
      else this.#endGently();
    }, this.#headPatienceMs);
  }

  #onHead(text: string): Framing | 'stop' {
    clearTimeout(this.#headTimer);
    this.#headTimer = undefined;
    const line = parseRequestHead(text);
    if (line.method === 'CONNECT') {
      if (!this.#handlers.connect) throw new AgentError('bad-request', 'CONNECT is not accepted inside a tunnel.');
      this.#connectAuthority = line.target;
      return 'stop';
    }
    const framing = requestFraming(line.version, line.headers);
    if (headerValues(line.headers, 'host').length > 1) throw new AgentError('bad-request', 'The request has more than one Host.');
    const head = this.#handlers.resolve(line);
    // Any other protocol (h2c above all) would carry requests past us that nobody reads; a server that is not asked simply answers.
    const isWebSocket = hasOption(line.headers, 'connection', 'upgrade') && headerValues(line.headers, 'upgrade').join().toLowerCase() === 'websocket';
    const wantsUpgrade = line.version === '1.1' && framing.kind === 'none' && isWebSocket;
    const exchange = new Http1Exchange({
      head,
      origin: this.#origin,
      socket: this.#socket,
      hasBody: framing.kind !== 'none',
      wantsUpgrade,
      keepAlive: line.version === '1.1' ? !hasOption(line.headers, 'connection', 'close') : hasOption(line.headers, 'connection', 'keep-alive'),
      finished: (isReusable) => this.#onFinished(exchange, isReusable),
      release: () => this.#release(),
    });
    this.#current = exchange;
    this.#handlers.request(exchange);
    return framing;
  }

  #onFinished(exchange: Http1Exchange, isReusable: boolean): void {
    if (this.#current !== exchange) return;
    this.#current = undefined;
    if (!isReusable) {
      this.#endGently();
      return;
    }
    // Not from within the reader's own call: the next request starts on a fresh stack.
    setImmediate(() => this.#nextTurn());
  }

  /** Ends our side. What the client still sends is read and dropped for a while: a reset in answer to it would eat what we sent last. */
  #endGently(): void {
    const socket = this.#socket;
    clearTimeout(this.#headTimer);
    socket.removeListener('data', this.#onData);
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  }

  #nextTurn(): void {
    // The client went away in the meantime: whatever it had sent ahead has nobody to be answered to.
    if (!this.#socket.writable) return;
    try {
      this.#reader.next();
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#reader.isInHead) this.#awaitHead();
    if (this.#connectAuthority !== undefined) this.#handOverConnect(this.#connectAuthority);
    // An exchange that never asked for its body has left the socket paused.
    else if (!(this.#current && this.#reader.held.length > 0)) this.#socket.resume();
  }

  /** Gives the raw socket away; bytes that came too early go back into its read buffer. */
  #release(): Duplex {
    const socket = this.#socket;
    socket.pause();
    socket.removeListener('data', this.#onData);
    socket.removeListener('end', this.#onEnd);
    socket.removeListener('close', this.#onClose);
    socket.removeListener('drain', this.#onDrain);
    if (this.#reader.held.length > 0) socket.unshift(this.#reader.held);
    this.#current = undefined;
    return socket;
  }

  #handOverConnect(authority: string): void {
    this.#release();
    this.#handlers.connect?.(authority);
  }

  #onPeerEnd(): void {
    // A client that ends its side while it waits has gone: HTTP clients do not half-close (Node's own server reads it the same way).
    this.#current?.clientGone();
    this.#socket.end();
  }

  #refuse(error: unknown): void {
    const exchange = this.#current;
    const hasBegun = exchange?.hasBegun === true;
    this.#current?.clientGone();
    this.#current = undefined;
    if (hasBegun) {
      this.#socket.destroy();
      return;
    }
    const known = error instanceof AgentError ? error : new AgentError('internal', 'The request could not be read.', { cause: error });
    // An exchange under way tells of its own end.
    if (!exchange) this.#handlers.refused?.(known);
    if (this.#socket.writable) {
      const body = Buffer.from(`Heimdall refused this request: ${known.message}\n`);
      const headers: RawHeaders = [...badRequestHeaders, 'Content-Length', String(body.length)];
      const status = known.code === 'address-refused' ? 'HTTP/1.1 403 Forbidden' : 'HTTP/1.1 400 Bad Request';
      this.#socket.write(Buffer.concat([writeHead(status, headers), body]));
    }
    this.#endGently();
  }
}
