// Writes one HTTP/1.1 message: its head leaves in one segment with the first bytes of its body when both are at hand, and never waits for them.
import type { Duplex } from 'node:stream';
import type { RawHeaders } from '../../contract/exchange.ts';
import { headText } from './head.ts';
import { lastChunkText } from './chunked.ts';

/** Pieces up to this size are copied next to their framing: one write is cheaper than three. Larger ones are written as they are. */
const joinLimit = 16_384;

export class MessageWriter {
  readonly #socket: Duplex;
  #head = '';
  #isChunked = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  begin(startLine: string, headers: RawHeaders, isChunked: boolean): void {
    this.#head = headText(startLine, headers);
    this.#isChunked = isChunked;
    process.nextTick(flush, this);
  }

  /** False when the socket is full. */
  write(piece: Buffer): boolean {
    const before = this.#isChunked ? `${this.#takeHead()}${piece.length.toString(16)}\r\n` : this.#takeHead();
    if (before === '') return this.#socket.write(piece);
    const after = this.#isChunked ? '\r\n' : '';
    if (piece.length <= joinLimit) return this.#socket.write(joined(before, piece, after));
    this.#socket.cork();
    this.#socket.write(before, 'latin1');
    const hasRoom = this.#socket.write(piece);
    if (after !== '') this.#socket.write(after, 'latin1');
    this.#socket.uncork();
    return hasRoom;
  }

  end(trailers: RawHeaders): void {
    const text = this.#isChunked ? `${this.#takeHead()}${lastChunkText(trailers)}` : this.#takeHead();
    if (text !== '') this.#socket.write(text, 'latin1');
  }

  flush(): void {
    const head = this.#takeHead();
    if (head !== '' && this.#socket.writable) this.#socket.write(head, 'latin1');
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = '';
    return head;
  }
}

function flush(writer: MessageWriter): void {
  writer.flush();
}

function joined(before: string, piece: Buffer, after: string): Buffer {
  const whole = Buffer.allocUnsafe(before.length + piece.length + after.length);
  whole.write(before, 0, 'latin1');
  piece.copy(whole, before.length);
  if (after !== '') whole.write(after, before.length + piece.length, 'latin1');
  return whole;
}
