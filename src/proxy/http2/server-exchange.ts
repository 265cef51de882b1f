// One stream of an HTTP/2 client connection, seen as the exchange sees it.
import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AgentError } from '../../contract/errors.ts';
import type { RawHeaders, RequestHead } from '../../contract/exchange.ts';
import type { AnswerHead, BodySink, BodySource, Downstream, Origin } from '../flow.ts';
import { headerValue } from '../headers.ts';
import { toHttp2Headers, toHttp2Record } from './headers.ts';

export class Http2Exchange implements Downstream, BodySource {
  readonly head: RequestHead;
  readonly origin: Origin;
  readonly wantsUpgrade = false;
  readonly expectsContinue: boolean;
  readonly isEmpty: boolean;
  onDrain: (() => void) | undefined;
  onAbort: (() => void) | undefined;
  bytesIn = 0;
  bytesOut = 0;
  isGone = false;
  readonly #stream: ServerHttp2Stream;
  #isOver = false;
  #trailers: RawHeaders = [];

  constructor(stream: ServerHttp2Stream, head: RequestHead, origin: Origin, hasBody: boolean) {
    this.head = head;
    this.origin = origin;
    this.isEmpty = !hasBody;
    this.#stream = stream;
    this.expectsContinue = hasBody && headerValue(head.headers, 'expect')?.toLowerCase() === '100-continue';
    stream.on('drain', () => this.onDrain?.());
    stream.on('aborted', () => this.#gone());
    stream.on('close', () => this.#gone());
    stream.on('trailers', (_headers: unknown, _flags: number, raw?: string[]) => (this.#trailers = raw ?? []));
  }

  get hasBegun(): boolean {
    return this.#stream.headersSent;
  }

  get body(): BodySource {
    return this;
  }

  start(sink: BodySink): void {
    if (this.isEmpty) {
      sink.end([]);
      return;
    }
    this.#stream.on('data', (piece: Buffer) => {
      this.bytesIn += piece.length;
      if (!sink.data(piece)) this.#stream.pause();
    });
    this.#stream.on('end', () => {
      // 'aborted' streams end too; theirs is no proper end of body.
      if (!this.#stream.aborted) sink.end(this.#trailers);
    });
  }

  resume(): void {
    this.#stream.resume();
  }

  inform(status: number, _reason: string, headers: RawHeaders): void {
    if (this.#isOver || this.#stream.headersSent || this.#stream.destroyed || status === 101) return;
    this.#stream.additionalHeaders({ ':status': status, ...toHttp2Record(headers) });
  }

  respond(answer: AnswerHead): void {
    if (this.#isOver || this.#stream.destroyed || this.#stream.headersSent) return;
    // Node refuses to send such a status over HTTP/2, and would throw.
    const status = answer.status > 599 ? 502 : answer.status;
    const headers = [':status', String(status), ...toHttp2Headers(answer.headers)];
    // The answer's date is the upstream's, or none; Node knows the option, its types do not yet.
    const options = { endStream: answer.isBodyless, waitForTrailers: !answer.isBodyless, sendDate: false };
    this.#stream.respond(headers, options);
  }

  write(piece: Buffer): boolean {
    if (this.#isOver || !this.#stream.writable) return true;
    this.bytesOut += piece.length;
    return this.#stream.write(piece);
  }

  end(trailers: RawHeaders): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#stream.destroyed || !this.#stream.writable) return;
    // Without trailers this sends an empty DATA frame with END_STREAM: a proper end, where close() would send a reset instead.
    this.#stream.on('wantTrailers', () => {
      this.#stream.sendTrailers(toHttp2Record(trailers));
      setImmediate(() => this.#dropRequestRest());
    });
    this.#stream.end();
  }

  /** A request body that nobody will read to its end must not hold the stream open (RFC 9113 §8.1). */
  #dropRequestRest(): void {
    if (!this.#stream.readableEnded && !this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  switchProtocols(): Duplex {
    throw new AgentError('internal', 'HTTP/2 streams do not switch protocols.');
  }

  #gone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isGone = true;
    this.onAbort?.();
  }
}
