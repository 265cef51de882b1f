// Takes the chunked coding off a body, strictly, at any cut of the input (RFC 9112 §7.1).
import type { RawHeaders } from '../../contract/exchange.ts';
import { headText, malformed, maxHeadBytes } from './head.ts';
import type { Side } from './head.ts';

// Some servers pad the size with blanks; no client may, as parsers differ on it.
const sizeLine = {
  request: /^([0-9A-Fa-f]{1,13})(?:;[\t\x20-\x7e\x80-\xff]*)?$/,
  response: /^([0-9A-Fa-f]{1,13})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/,
} as const;
const trailerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const maxSizeLine = 4096;

export interface ChunkedEvents {
  data(piece: Buffer): void;
  end(trailers: RawHeaders): void;
}

export class ChunkedDecoder {
  readonly #side: Side;
  readonly #events: ChunkedEvents;
  #state: 'size' | 'data' | 'data-end' | 'trailers' | 'done' = 'size';
  #remaining = 0;
  #line = '';
  #trailers: string[] = [];
  #trailerBytes = 0;

  constructor(side: Side, events: ChunkedEvents) {
    this.#side = side;
    this.#events = events;
  }

  /** Reads from `offset`; returns the offset after the last byte of the body, or the length of `input` when more is to come. */
  feed(input: Buffer, offset: number): number {
    let at = offset;
    while (at < input.length && this.#state !== 'done') {
      if (this.#state === 'data') at = this.#takeData(input, at);
      else at = this.#takeLine(input, at);
    }
    return at;
  }

  #takeData(input: Buffer, at: number): number {
    const end = Math.min(input.length, at + this.#remaining);
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#state = 'data-end';
    this.#events.data(at === 0 && end === input.length ? input : input.subarray(at, end));
    return end;
  }

  #takeLine(input: Buffer, at: number): number {
    const newline = input.indexOf(0x0a, at);
    const end = newline === -1 ? input.length : newline + 1;
    this.#line += input.toString('latin1', at, end);
    if (this.#line.length > (this.#state === 'trailers' ? maxHeadBytes : maxSizeLine)) throw malformed(this.#side, 'a line of the chunked body is too long');
    if (newline === -1) return end;
    if (!this.#line.endsWith('\r\n')) throw malformed(this.#side, 'a line of the chunked body does not end in CR LF');
    const line = this.#line.slice(0, -2);
    this.#line = '';
    this.#onLine(line);
    return end;
  }

  #onLine(line: string): void {
    if (this.#state === 'data-end') {
      if (line !== '') throw malformed(this.#side, 'a chunk is longer than it says');
      this.#state = 'size';
    } else if (this.#state === 'size') {
      const match = sizeLine[this.#side].exec(line);
      if (!match) throw malformed(this.#side, 'a chunk size cannot be read');
      this.#remaining = Number.parseInt(match[1] ?? '', 16);
      this.#state = this.#remaining === 0 ? 'trailers' : 'data';
    } else if (line === '') {
      this.#state = 'done';
      this.#events.end(this.#trailers);
    } else {
      this.#onTrailer(line);
    }
  }

  #onTrailer(line: string): void {
    this.#trailerBytes += line.length;
    const match = trailerLine.exec(line);
    if (!match || this.#trailerBytes > maxHeadBytes) throw malformed(this.#side, 'a trailer cannot be read');
    this.#trailers.push(match[1] ?? '', match[2] ?? '');
  }
}

/** The end of a chunked body, as text for the wire (latin1). */
export function lastChunkText(trailers: RawHeaders): string {
  return trailers.length === 0 ? '0\r\n\r\n' : headText('0', trailers);
}
