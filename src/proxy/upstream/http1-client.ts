// One call over HTTP/1.1: sends a request as it came, cuts the answer from the stream.
import { AgentError } from '../../contract/errors.ts';
import type { RawHeaders } from '../../contract/exchange.ts';
import type { UpstreamCall, UpstreamEvents } from '../flow.ts';
import { hasOption, headerValue, headerValues } from '../headers.ts';
import { responseFraming } from '../http1/framing.ts';
import type { Framing } from '../http1/framing.ts';
import { parseResponseHead } from '../http1/head.ts';
import type { Http1Connection } from './http1-connection.ts';

/** A request ready to go: headers in wire order, framing headers included. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: RawHeaders;
  /** How the body follows: not at all, plain (a length is in the headers), or chunked. */
  readonly framing: 'none' | 'plain' | 'chunked';
  readonly isUpgrade: boolean;
}

const defaultIdleMs = 4_000;
const maxIdleMs = 60_000;

export class Http1Client implements UpstreamCall {
  readonly #connection: Http1Connection;
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  #isRequestSent: boolean;
  #hasAnswerBegun = false;
  #isInterim = false;
  #canReuse = true;
  #idleMs = defaultIdleMs;
  #isOver = false;
  #upgrade: { reason: string; headers: RawHeaders } | undefined;
  #isPaused = false;

  constructor(connection: Http1Connection, request: UpstreamRequest, events: UpstreamEvents) {
    this.#connection = connection;
    this.#request = request;
    this.#events = events;
    this.#isRequestSent = request.framing === 'none';
  }

  get hasAnswerBegun(): boolean {
    return this.#hasAnswerBegun;
  }

  /** Sends the head, with the body bytes that are at hand already. */
  send(firstBytes: Buffer | undefined): void {
    const { method, path, headers, framing } = this.#request;
    this.#connection.writer.begin(`${method} ${path} HTTP/1.1`, headers, framing === 'chunked');
    if (firstBytes) this.data(firstBytes);
  }

  data(piece: Buffer): boolean {
    if (this.#isOver || piece.length === 0 || !this.#connection.socket.writable) return true;
    return this.#connection.writer.write(piece);
  }

  end(trailers: RawHeaders): void {
    if (this.#isOver || this.#isRequestSent) return;
    this.#isRequestSent = true;
    this.#connection.writer.end(trailers);
  }

  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#connection.socket.resume();
  }

  abort(): void {
    if (!this.#isOver) this.#finish(undefined);
  }

  drained(): void {
    this.#events.drain();
  }

  feed(chunk: Buffer): void {
    this.#hasAnswerBegun = true;
    const { reader } = this.#connection;
    try {
      reader.feed(chunk);
      while (!this.#isOver && reader.isBetween) reader.next();
    } catch (error) {
      this.fail(error instanceof AgentError ? error : new AgentError('internal', undefined, { cause: error }));
      return;
    }
    if (this.#upgrade && !this.#isOver) {
      this.#isOver = true;
      this.#events.upgraded(this.#upgrade.reason, this.#upgrade.headers, this.#connection.handOver());
    }
  }

  onHead(text: string): Framing | 'stop' {
    const answer = parseResponseHead(text);
    if (answer.status === 101) {
      if (!this.#request.isUpgrade) throw new AgentError('upstream-protocol', 'The upstream switched protocols without being asked.');
      this.#upgrade = { reason: answer.reason, headers: answer.headers };
      return 'stop';
    }
    this.#isInterim = answer.status < 200;
    if (this.#isInterim) {
      this.#events.inform(answer.status, answer.reason, answer.headers);
      return { kind: 'none' };
    }
    const { toProxy } = this.#connection;
    if (answer.status === 407 && toProxy) throw toProxy.challenged(headerValues(answer.headers, 'proxy-authenticate'));
    const framing = responseFraming(this.#request.method, answer.status, answer.headers);
    this.#noteReuse(answer.version === '1.1', answer.headers, framing);
    const isBodyless = this.#request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
    this.#events.head({ status: answer.status, reason: answer.reason, headers: answer.headers, isBodyless });
    return framing;
  }

  onPiece(piece: Buffer): void {
    if (this.#isOver) return;
    if (!this.#events.data(piece) && !this.#isPaused) {
      this.#isPaused = true;
      this.#connection.socket.pause();
    }
  }

  onAnswerEnd(trailers: RawHeaders): void {
    if (this.#isOver || this.#isInterim) return;
    const { reader, socket } = this.#connection;
    // Bytes beyond the answer belong to nobody: such a connection is not trusted with another request.
    const canReuse = this.#canReuse && this.#isRequestSent && reader.held.length === 0 && this.#idleMs > 0 && socket.writable;
    this.#finish(canReuse ? this.#idleMs : undefined);
    this.#events.end(trailers);
  }

  peerEnded(): void {
    this.#connection.reader.close();
    // Unless closing was the end of an answer that lasts until then.
    this.fail(new AgentError('upstream-closed'));
  }

  fail(error: AgentError): void {
    if (this.#isOver) return;
    this.#finish(undefined);
    this.#events.error(error);
  }

  #noteReuse(isHttp11: boolean, headers: RawHeaders, framing: Framing): void {
    this.#canReuse = framing.kind !== 'until-close' && (isHttp11 ? !hasOption(headers, 'connection', 'close') : hasOption(headers, 'connection', 'keep-alive'));
    const hint = /timeout=([0-9]{1,6})/i.exec(headerValue(headers, 'keep-alive') ?? '');
    // One second before the upstream closes it, or a request could meet the closing.
    if (hint) this.#idleMs = Math.min(maxIdleMs, Number(hint[1]) * 1000 - 1000);
  }

  #finish(idleMs: number | undefined): void {
    this.#isOver = true;
    this.#connection.release(idleMs);
  }
}
