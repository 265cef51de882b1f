// Speaks HTTP/1.1 to an upstream on one connection: sends a request as it came, cuts the answer from the stream.
import type { Duplex } from 'node:stream';
import { AgentError } from '../../contract/errors.ts';
import type { RawHeaders } from '../../contract/exchange.ts';
import type { UpstreamCall, UpstreamEvents } from '../flow.ts';
import { hasOption, headerValue } from '../headers.ts';
import { writeChunk, writeLastChunk } from '../http1/chunked.ts';
import { responseFraming } from '../http1/framing.ts';
import type { Framing } from '../http1/framing.ts';
import { parseResponseHead, writeHead } from '../http1/head.ts';
import { MessageReader } from '../http1/reader.ts';

/** A request ready to go: headers in wire order, framing headers included. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: RawHeaders;
  /** How the body follows: not at all, plain (a length is in the headers), or chunked. */
  readonly framing: 'none' | 'plain' | 'chunked';
  readonly isUpgrade: boolean;
}

/** Fate of the connection after a call: `idle` may carry another, for at most `idleMs`. */
export type AfterCall = { readonly state: 'idle'; readonly idleMs: number } | { readonly state: 'spent' };

const defaultIdleMs = 4_000;
const maxIdleMs = 60_000;

export class Http1Client implements UpstreamCall {
  readonly #socket: Duplex;
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  readonly #after: (fate: AfterCall) => void;
  readonly #reader: MessageReader;
  #isRequestSent: boolean;
  #hasAnswerBegun = false;
  #canReuse = true;
  #idleMs = defaultIdleMs;
  #state: 'open' | 'over' = 'open';
  #upgrade: { reason: string; headers: RawHeaders } | undefined;
  #isPaused = false;
  readonly #onData = (chunk: Buffer) => this.#feed(chunk);
  readonly #onEnd = () => this.#onPeerEnd();
  readonly #onClose = () => this.#fail(new AgentError('upstream-closed'));
  readonly #onError = (error: Error) =>
    this.#fail(new AgentError('upstream-closed', `The connection to the upstream broke (${error.message}).`, { cause: error }));
  readonly #onDrain = () => this.#events.drain();

  /** @param firstBytes body bytes that are at hand already: they leave in one segment with the head */
  constructor(socket: Duplex, request: UpstreamRequest, firstBytes: Buffer | undefined, events: UpstreamEvents, after: (fate: AfterCall) => void) {
    this.#socket = socket;
    this.#request = request;
    this.#events = events;
    this.#after = after;
    this.#reader = new MessageReader('response', {
      head: (text) => this.#onHead(text),
      data: (piece) => this.#onPiece(piece),
      end: (trailers) => this.#onAnswerEnd(trailers),
    });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    socket.on('drain', this.#onDrain);
    this.#isRequestSent = request.framing === 'none';
    socket.cork();
    socket.write(writeHead(`${request.method} ${request.path} HTTP/1.1`, request.headers));
    if (firstBytes) this.data(firstBytes);
    process.nextTick(() => socket.uncork());
  }

  get hasAnswerBegun(): boolean {
    return this.#hasAnswerBegun;
  }

  data(piece: Buffer): boolean {
    if (this.#state === 'over' || !this.#socket.writable) return true;
    if (this.#request.framing !== 'chunked') return this.#socket.write(piece);
    let hasRoom = true;
    this.#socket.cork();
    for (const part of writeChunk(piece)) hasRoom = this.#socket.write(part);
    this.#socket.uncork();
    return hasRoom;
  }

  end(trailers: RawHeaders): void {
    if (this.#state === 'over' || this.#isRequestSent) return;
    this.#isRequestSent = true;
    if (this.#request.framing === 'chunked') this.#socket.write(writeLastChunk(trailers));
  }

  resume(): void {
    if (!this.#isPaused || this.#state === 'over') return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  abort(): void {
    if (this.#state === 'over') return;
    this.#detach();
    this.#socket.destroy();
    this.#after({ state: 'spent' });
  }

  #feed(chunk: Buffer): void {
    this.#hasAnswerBegun = true;
    try {
      this.#reader.feed(chunk);
      while (this.#state === 'open' && this.#reader.isBetween) this.#reader.next();
    } catch (error) {
      this.#fail(error instanceof AgentError ? error : new AgentError('internal', undefined, { cause: error }));
      return;
    }
    if (this.#upgrade) this.#handOver(this.#upgrade);
  }

  #onHead(text: string): Framing | 'stop' {
    const answer = parseResponseHead(text);
    if (answer.status === 101) {
      if (!this.#request.isUpgrade) throw new AgentError('upstream-protocol', 'The upstream switched protocols without being asked.');
      this.#upgrade = { reason: answer.reason, headers: answer.headers };
      return 'stop';
    }
    if (answer.status < 200) {
      this.#events.inform(answer.status, answer.reason, answer.headers);
      this.#isInterim = true;
      return { kind: 'none' };
    }
    this.#isInterim = false;
    const framing = responseFraming(this.#request.method, answer.status, answer.headers);
    this.#noteReuse(answer.version === '1.1', answer.headers, framing);
    const isBodyless = this.#request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
    this.#events.head({ status: answer.status, reason: answer.reason, headers: answer.headers, isBodyless });
    return framing;
  }
  #isInterim = false;

  #noteReuse(isHttp11: boolean, headers: RawHeaders, framing: Framing): void {
    this.#canReuse = framing.kind !== 'until-close' && (isHttp11 ? !hasOption(headers, 'connection', 'close') : hasOption(headers, 'connection', 'keep-alive'));
    const hint = /timeout=([0-9]{1,6})/i.exec(headerValue(headers, 'keep-alive') ?? '');
    // One second before the upstream closes it, or a request could meet the closing.
    if (hint) this.#idleMs = Math.min(maxIdleMs, Number(hint[1]) * 1000 - 1000);
  }

  #onPiece(piece: Buffer): void {
    if (this.#state === 'over') return;
    if (!this.#events.data(piece) && !this.#isPaused) {
      this.#isPaused = true;
      this.#socket.pause();
    }
  }

  #onAnswerEnd(trailers: RawHeaders): void {
    if (this.#state === 'over' || this.#isInterim) return;
    this.#detach();
    // Bytes beyond the answer belong to nobody: such a connection is not trusted with another request.
    const canReuse = this.#canReuse && this.#isRequestSent && this.#reader.held.length === 0 && this.#idleMs > 0 && this.#socket.writable;
    if (canReuse) this.#socket.resume();
    else this.#socket.destroy();
    this.#after(canReuse ? { state: 'idle', idleMs: this.#idleMs } : { state: 'spent' });
    this.#events.end(trailers);
  }

  #onPeerEnd(): void {
    if (this.#state === 'over') return;
    if (!this.#reader.close()) this.#fail(new AgentError('upstream-closed'));
    else if (!this.#isOver()) this.#fail(new AgentError('upstream-closed'));
  }

  /** Read through a method: the reader's callbacks may have ended the call meanwhile. */
  #isOver(): boolean {
    return this.#state === 'over';
  }

  #handOver(upgrade: { reason: string; headers: RawHeaders }): void {
    this.#detach();
    this.#socket.pause();
    if (this.#reader.held.length > 0) this.#socket.unshift(this.#reader.held);
    this.#after({ state: 'spent' });
    this.#events.upgraded(upgrade.reason, upgrade.headers, this.#socket);
  }

  #fail(error: AgentError): void {
    if (this.#state === 'over') return;
    this.#detach();
    this.#socket.destroy();
    this.#after({ state: 'spent' });
    this.#events.error(error);
  }

  #detach(): void {
    this.#state = 'over';
    this.#socket.removeListener('data', this.#onData);
    this.#socket.removeListener('end', this.#onEnd);
    this.#socket.removeListener('close', this.#onClose);
    this.#socket.removeListener('drain', this.#onDrain);
    this.#socket.removeListener('error', this.#onError);
  }
}
