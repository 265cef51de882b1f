// Cuts the bytes of one HTTP/1.1 connection into messages: head, body pieces, end; one message at a time, at any cut of the input.
import type { RawHeaders } from '../../contract/exchange.ts';
import { ChunkedDecoder } from './chunked.ts';
import type { Framing } from './framing.ts';
import { malformed, maxHeadBytes } from './head.ts';
import type { Side } from './head.ts';

export interface MessageEvents {
  /** The head's text without its final empty line (latin1). Returns how the body is delimited, or `stop` to take the rest raw (CONNECT, 101). */
  head(text: string): Framing | 'stop';
  data(piece: Buffer): void;
  end(trailers: RawHeaders): void;
}

const headEnd = Buffer.from('\r\n\r\n', 'latin1');
const nothing = Buffer.alloc(0);

/**
 * Feed it what the socket delivers. After `end` it keeps further bytes until `next()`, so a pipelined request waits its turn.
 * Throws AgentError on malformed input; the connection is of no use afterwards.
 */
export class MessageReader {
  readonly #events: MessageEvents;
  readonly #side: Side;
  #state: 'head' | 'body' | 'between' | 'stopped' = 'head';
  #held: Buffer = nothing;
  /** What `#held` grows in, when it does: twice its size, so that a head that drips in is not copied anew for every drop. */
  #room: Buffer = nothing;
  #framing: Framing = { kind: 'none' };
  #remaining = 0;
  #chunks: ChunkedDecoder | undefined;

  /** @param side whose messages these are: decides the code of the errors thrown */
  constructor(side: Side, events: MessageEvents) {
    this.#side = side;
    this.#events = events;
  }

  /** Bytes that wait for the next message, or that came after a `stop`. */
  get held(): Buffer {
    return this.#held;
  }

  /** True between messages with nothing waiting: the connection may be closed or reused without loss. */
  get isIdle(): boolean {
    return this.#state === 'head' && this.#held.length === 0;
  }

  /** True while a head has begun and not come whole. */
  get isInHead(): boolean {
    return this.#state === 'head' && this.#held.length > 0;
  }

  /** True after the end of a message, until `next()`. */
  get isBetween(): boolean {
    return this.#state === 'between';
  }

  feed(input: Buffer): void {
    if (this.#state === 'body') this.#feedBody(input);
    else {
      this.#append(input);
      if (this.#state === 'head') this.#feedHead(input.length);
    }
  }

  /** Goes on to the next message with the bytes that already came. */
  next(): void {
    if (this.#state !== 'between') return;
    this.#state = 'head';
    if (this.#held.length > 0) this.#feedHead(this.#held.length);
  }

  /** The peer sent its last byte. True when that was a proper end of message. */
  close(): boolean {
    if (this.#state === 'body' && this.#framing.kind === 'until-close') {
      this.#finish(nothing, []);
      return true;
    }
    return this.#state !== 'body' && !(this.#state === 'head' && this.#held.length > 0);
  }

  #hold(bytes: Buffer): void {
    this.#held = bytes;
    this.#room = nothing;
  }

  #append(input: Buffer): void {
    const before = this.#held.length;
    if (before === 0) {
      this.#hold(input);
      return;
    }
    const size = before + input.length;
    if (size > this.#room.length) {
      this.#room = Buffer.allocUnsafe(Math.max(1_024, 2 * size));
      this.#held.copy(this.#room);
    }
    input.copy(this.#room, before);
    this.#held = this.#room.subarray(0, size);
  }

  #feedHead(fresh: number): void {
    let input = this.#held;
    // RFC 9112 §2.2: an empty line before the request line is passed over, once.
    if (input.length >= 2 && input[0] === 0x0d && input[1] === 0x0a) input = input.subarray(2);
    const end = input.indexOf(headEnd, Math.max(0, input.length - fresh - 3));
    if (end === -1 ? input.length >= maxHeadBytes + headEnd.length : end > maxHeadBytes)
      throw malformed(this.#side, `the head is larger than ${maxHeadBytes} bytes`);
    if (end === -1) return;
    const rest = input.subarray(end + 4);
    this.#hold(nothing);
    const framing = this.#events.head(input.toString('latin1', 0, end));
    if (framing === 'stop') {
      this.#state = 'stopped';
      this.#hold(rest);
      return;
    }
    this.#framing = framing;
    this.#remaining = framing.kind === 'length' ? framing.length : 0;
    this.#chunks = framing.kind === 'chunked' ? this.#newChunkedDecoder() : undefined;
    this.#state = 'body';
    if (framing.kind === 'none') this.#finish(rest, []);
    else if (rest.length > 0) this.#feedBody(rest);
  }

  #newChunkedDecoder(): ChunkedDecoder {
    return new ChunkedDecoder(this.#side, {
      data: (piece) => this.#events.data(piece),
      end: (trailers) => (this.#ended = trailers),
    });
  }
  #ended: RawHeaders | undefined;

  #feedBody(input: Buffer): void {
    if (this.#chunks) {
      const used = this.#chunks.feed(input, 0);
      const trailers = this.#ended;
      this.#ended = undefined;
      if (trailers) this.#finish(input.subarray(used), trailers);
    } else if (this.#framing.kind === 'length') {
      const size = Math.min(this.#remaining, input.length);
      this.#remaining -= size;
      this.#events.data(size === input.length ? input : input.subarray(0, size));
      if (this.#remaining === 0) this.#finish(input.subarray(size), []);
    } else {
      this.#events.data(input);
    }
  }

  #finish(rest: Buffer, trailers: RawHeaders): void {
    this.#state = 'between';
    this.#hold(rest);
    this.#events.end(trailers);
  }
}
