// One request on an HTTP/1.x client connection, seen as the exchange sees it: body in, answer out, framing hidden.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawHeaders, RequestHead } from '../../contract/exchange.ts';
import type { AnswerHead, BodySink, BodySource, Downstream, Origin } from '../flow.ts';
import { headerValue, withoutHopByHop } from '../headers.ts';
import { writeHead } from './head.ts';
import { MessageWriter } from './writer.ts';

const keepsChunked: ReadonlySet<string> = new Set(['transfer-encoding']);

export interface Http1ExchangeOptions {
  readonly head: RequestHead;
  readonly origin: Origin;
  readonly socket: Duplex;
  readonly hasBody: boolean;
  readonly wantsUpgrade: boolean;
  readonly keepAlive: boolean;
  /** The answer is out. `isReusable`: the connection can carry another request. */
  readonly finished: (isReusable: boolean) => void;
  readonly release: () => Duplex;
}

export class Http1Exchange implements Downstream, BodySource {
  readonly head: RequestHead;
  readonly origin: Origin;
  readonly wantsUpgrade: boolean;
  readonly expectsContinue: boolean;
  onDrain: (() => void) | undefined;
  onAbort: (() => void) | undefined;
  bytesIn = 0;
  bytesOut = 0;
  readonly #options: Http1ExchangeOptions;
  readonly #socket: Duplex;
  readonly #writer: MessageWriter;
  #sink: BodySink | undefined;
  #early: Buffer[] = [];
  #trailers: RawHeaders | undefined;
  #isSinkFull = false;
  #isBodyless = false;
  #keepAlive: boolean;
  #state: 'open' | 'answering' | 'ended' | 'gone' = 'open';

  constructor(options: Http1ExchangeOptions) {
    this.head = options.head;
    this.origin = options.origin;
    this.wantsUpgrade = options.wantsUpgrade;
    this.#options = options;
    this.#socket = options.socket;
    this.#writer = new MessageWriter(options.socket);
    this.#keepAlive = options.keepAlive;
    this.expectsContinue = options.hasBody && headerValue(options.head.headers, 'expect')?.toLowerCase() === '100-continue';
    if (!options.hasBody) this.#trailers = [];
  }

  get body(): BodySource {
    return this;
  }

  get isEmpty(): boolean {
    return !this.#options.hasBody;
  }

  // ── the request body ──

  start(sink: BodySink): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    for (const piece of early) this.#give(piece);
    if (this.#trailers) sink.end(this.#trailers);
    // Also after the last byte: only a socket that is read tells that the client has gone.
    if (!this.#isSinkFull) this.resume();
  }

  resume(): void {
    this.#isSinkFull = false;
    if (this.#state !== 'gone') this.#socket.resume();
  }

  requestData(piece: Buffer): void {
    this.bytesIn += piece.length;
    if (this.#state === 'ended') return;
    if (this.#sink) this.#give(piece);
    else {
      this.#early.push(piece);
      this.#socket.pause();
    }
  }

  requestEnd(trailers: RawHeaders): void {
    if (this.#trailers) return;
    this.#trailers = trailers;
    this.#sink?.end(trailers);
  }

  #give(piece: Buffer): void {
    if (this.#sink?.data(piece) === false && !this.#isSinkFull) {
      this.#isSinkFull = true;
      this.#socket.pause();
    }
  }

  // ── the answer ──

  get isGone(): boolean {
    return this.#state === 'gone';
  }

  /** Part of the answer is on the wire already. */
  get hasBegun(): boolean {
    return this.#state !== 'open';
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    if (this.#state !== 'open' || this.head.httpVersion === '1.0') return;
    this.#socket.write(writeHead(`HTTP/1.1 ${status} ${reason || (STATUS_CODES[status] ?? '')}`, withoutHopByHop(headers)));
  }

  respond(answer: AnswerHead): void {
    if (this.#state !== 'open') return;
    this.#state = 'answering';
    this.#isBodyless = answer.isBodyless;
    const hasLength = headerValue(answer.headers, 'content-length') !== undefined;
    // A `Transfer-Encoding: chunked` keeps its place: the body is chunked again by us.
    const isChunkedAlready = !hasLength && headerValue(answer.headers, 'transfer-encoding')?.toLowerCase() === 'chunked';
    const headers = withoutHopByHop(answer.headers, isChunkedAlready && this.head.httpVersion === '1.1' ? keepsChunked : undefined);
    let isChunked = false;
    if (!answer.isBodyless && !hasLength) {
      if (this.head.httpVersion === '1.1') {
        isChunked = true;
        if (!isChunkedAlready) headers.push('Transfer-Encoding', 'chunked');
      } else this.#keepAlive = false;
    }
    // The rest of a request that is answered early is not waited for: the connection ends with the answer, and says so.
    if (this.#trailers === undefined) this.#keepAlive = false;
    if (!this.#keepAlive) headers.push('Connection', 'close');
    else if (this.head.httpVersion === '1.0') headers.push('Connection', 'keep-alive');
    this.#writer.begin(`HTTP/1.1 ${answer.status} ${answer.reason || (STATUS_CODES[answer.status] ?? '')}`, headers, isChunked);
  }

  write(piece: Buffer): boolean {
    if (this.#state !== 'answering' || this.#isBodyless || piece.length === 0) return true;
    this.bytesOut += piece.length;
    return this.#writer.write(piece);
  }

  end(trailers: RawHeaders): void {
    if (this.#state !== 'answering') return;
    this.#state = 'ended';
    this.#writer.end(trailers);
    const isReusable = this.#keepAlive && this.#trailers !== undefined;
    this.#options.finished(isReusable);
  }

  abort(): void {
    if (this.#state === 'ended' || this.#state === 'gone') return;
    this.#state = 'gone';
    this.#socket.destroy();
  }

  /** The connection closed, or the client ended its side. */
  clientGone(): void {
    if (this.#state === 'ended' || this.#state === 'gone') return;
    this.#state = 'gone';
    this.onAbort?.();
  }

  switchProtocols(reason: string, headers: RawHeaders): Duplex {
    this.#state = 'ended';
    this.#socket.write(writeHead(`HTTP/1.1 101 ${reason || 'Switching Protocols'}`, headers));
    return this.#options.release();
  }
}
