// Reads a request body whole, up to a limit, and can still hand it on as a stream when it turns out larger.
import type { RawHeaders } from '../contract/exchange.ts';
import type { BodySink, BodySource, Downstream } from './flow.ts';

export type IntakeResult = { readonly kind: 'whole'; readonly body: Buffer } | { readonly kind: 'too-large' } | { readonly kind: 'aborted' };

export class Intake implements BodySink, BodySource {
  readonly isEmpty = false;
  readonly #source: BodySource;
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #size = 0;
  #trailers: RawHeaders | undefined;
  #next: BodySink | undefined;
  #settle: ((result: IntakeResult) => void) | undefined;

  constructor(source: BodySource, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  /** Of a body that has come whole. */
  get trailers(): RawHeaders {
    return this.#trailers ?? [];
  }

  /** Resolves when the body is whole, over the limit (reading pauses), or the client has gone. */
  read(down: Downstream): Promise<IntakeResult> {
    if (down.isGone) return Promise.resolve({ kind: 'aborted' });
    if (down.body.isEmpty) return Promise.resolve({ kind: 'whole', body: Buffer.alloc(0) });
    return new Promise((resolve) => {
      this.#settle = resolve;
      down.onAbort = () => resolve({ kind: 'aborted' });
      this.#source.start(this);
    });
  }

  data(piece: Buffer): boolean {
    if (this.#next) return this.#next.data(piece);
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size <= this.#limit) return true;
    this.#settle?.({ kind: 'too-large' });
    return false;
  }

  end(trailers: RawHeaders): void {
    this.#trailers = trailers;
    if (this.#next) this.#next.end(trailers);
    else this.#settle?.({ kind: 'whole', body: this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces) });
  }

  /** After `too-large`: what was read already, then the rest as it comes. */
  start(sink: BodySink): void {
    this.#next = sink;
    const pieces = this.#pieces;
    this.#pieces = [];
    const hasRoom = pieces.map((piece) => sink.data(piece)).every(Boolean);
    if (this.#trailers) sink.end(this.#trailers);
    else if (hasRoom) this.#source.resume();
  }

  resume(): void {
    this.#source.resume();
  }
}
