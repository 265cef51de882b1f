// Reads a copy of an answer beside the stream: whatever happens here, the bytes to the client are not touched and do not wait.
import type { Transform } from 'node:stream';
import type { ResponseReader } from '../contract/dialect.ts';
import type { ResponseFacts } from '../contract/exchange.ts';
import { streamDecoders } from './content-coding.ts';

/** Compressed bytes that may wait for decoding before the tap gives up on this answer. */
const maxBacklog = 8_388_608;
/** Decoded bytes after which a compressed answer is no answer but a bomb: what a few megabytes unfold to must not keep us busy for minutes. */
const maxDecoded = 67_108_864;
/** Longest wait for the decoder's last bytes after the stream has ended. */
const settleMs = 1_000;

export class Tap {
  readonly #reader: ResponseReader;
  readonly #decoders: readonly Transform[];
  readonly #first: Transform | undefined;
  readonly #last: Transform | undefined;
  readonly #onContent: () => void;
  /** Undefined where the answer is no event stream, or its first event has come. */
  #firstEvent: FirstEvent | undefined;
  #hasContent = false;
  #isLost = false;
  #decoded = 0;

  /**
   * @param onContent called once, when the first generated content has gone by
   * @param isEventStream the answer is one of server-sent events
   */
  constructor(reader: ResponseReader, contentEncoding: string | undefined, onContent: () => void, isEventStream = false) {
    this.#reader = reader;
    this.#firstEvent = isEventStream ? new FirstEvent() : undefined;
    this.#onContent = onContent;
    const decoders = streamDecoders(contentEncoding);
    this.#isLost = decoders === undefined;
    this.#decoders = decoders ?? [];
    this.#first = decoders?.[0];
    this.#last = decoders?.at(-1);
    decoders?.forEach((decoder, index) => {
      decoder.on('error', () => (this.#isLost = true));
      const next = decoders[index + 1];
      if (next) decoder.pipe(next);
    });
    this.#last?.on('data', (piece: Buffer) => {
      this.#decoded += piece.length;
      if (this.#decoded > maxDecoded) this.#giveUp();
      else this.#read(piece);
    });
  }

  /** Generated content has gone by. Of a compressed answer this is known a moment late. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** What was read so far has neither an end nor a reason to stop. Only told of answers that can be read at once. */
  get isCutShort(): boolean {
    if (this.#isLost || this.#first) return false;
    const { complete, stopReason, error, model } = this.#reader.facts();
    if (complete || stopReason !== undefined || error !== undefined) return false;
    // Of events that nobody knows it cannot be said where they should end.
    return this.#hasContent || model !== undefined || this.#firstEvent !== undefined;
  }

  write(piece: Buffer): void {
    if (this.#isLost) return;
    if (!this.#first) this.#read(piece);
    else if (this.#first.writableLength > maxBacklog) this.#giveUp();
    else this.#first.write(piece);
  }

  /** What was read, once the decoder has caught up. */
  async finish(): Promise<ResponseFacts> {
    const last = this.#last;
    if (this.#first && last && !this.#isLost && !last.destroyed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, settleMs);
        const done = (): void => {
          clearTimeout(timer);
          resolve();
        };
        last.once('end', done);
        last.once('close', done);
        this.#first?.end();
      });
    }
    this.#stop();
    return this.#reader.facts();
  }

  #giveUp(): void {
    this.#isLost = true;
    this.#stop();
  }

  #stop(): void {
    for (const decoder of this.#decoders) decoder.destroy();
  }

  #read(piece: Buffer): void {
    if (this.#isLost) return;
    if (this.#firstEvent?.hasCome(piece)) this.#firstEvent = undefined;
    try {
      this.#reader.write(piece);
    } catch {
      // A reader never throws by its contract; should one do so, the stream to the client must not feel it.
      this.#isLost = true;
      return;
    }
    if (!this.#hasContent && this.#reader.sawContent) {
      this.#hasContent = true;
      this.#onContent();
    }
  }
}

const dataField = Buffer.from('data');
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

/** Waits for the first event that carries data to be whole: a line of its own, and later an empty one. */
class FirstEvent {
  #length = 0;
  #matched = 0;
  #hasData = false;
  #previous = 0;

  hasCome(piece: Buffer): boolean {
    for (const byte of piece) {
      const isLineEnd = byte === lineFeed || byte === carriageReturn;
      const isSecondHalf = byte === lineFeed && this.#previous === carriageReturn;
      this.#previous = byte;
      if (isSecondHalf) continue;
      if (isLineEnd && this.#length === 0 && this.#hasData) return true;
      if (!isLineEnd && this.#length === this.#matched && byte === dataField[this.#matched]) this.#matched += 1;
      this.#hasData ||= this.#matched === dataField.length;
      this.#length = isLineEnd ? 0 : this.#length + 1;
      if (isLineEnd) this.#matched = 0;
    }
    return false;
  }
}
