// Reads an answer beside its stream: finds out how it is framed and hands each piece to the dialect's own reading.
import type { ResponseReader } from '../contract/dialect.ts';
import type { ResponseFacts, Usage } from '../contract/exchange.ts';
import { JsonSplitter } from './json-splitter.ts';
import { ListDropper } from './list-dropper.ts';
import { asObject, parseJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { readError, readFailure } from './provider-error.ts';
import { SseSplitter } from './sse.ts';

/** What is known of an answer so far. */
export interface AnswerState {
  model: string | undefined;
  usage: Usage | undefined;
  stopReason: string | undefined;
  error: ResponseFacts['error'];
  complete: boolean;
  sawContent: boolean;
}

/** How one dialect reads the pieces of an answer. Pieces come in order; none may throw. */
export interface AnswerReading {
  /** An event of a stream; `data` is undefined when the event was too large to keep. */
  event(state: AnswerState, name: string, data: Buffer | undefined): void;
  /** A whole JSON document: a plain answer, or an element of a streamed array. */
  document(state: AnswerState, document: JsonObject): void;
  /** The items of lists inside documents are passed over: a list that had some holds a zero. */
  readonly dropsLists?: boolean;
}

/** Bytes of a byte order mark, which may stand in front of either framing. */
const mark = [0xef, 0xbb, 0xbf];

interface Framing {
  write(chunk: Buffer): void;
  readonly ended?: boolean;
}

export class AnswerReader implements ResponseReader {
  private readonly reading: AnswerReading;
  private readonly status: number;
  private readonly state: AnswerState = { model: undefined, usage: undefined, stopReason: undefined, error: undefined, complete: false, sawContent: false };
  private framing: Framing | undefined;
  /** A document was too large or not JSON, so the answer was not read whole. */
  private missed = false;

  constructor(reading: AnswerReading, contentType: string | undefined, status: number) {
    this.reading = reading;
    this.status = status;
    if (isEventStream(contentType)) this.framing = this.events();
  }

  get sawContent(): boolean {
    return this.state.sawContent;
  }

  write(chunk: Buffer): void {
    this.framing ??= this.framingOf(chunk);
    this.framing?.write(chunk);
  }

  facts(): ResponseFacts {
    const { model, usage, stopReason, error, complete } = this.state;
    return { model, usage, stopReason, error, complete: complete || (this.framing?.ended === true && !this.missed) };
  }

  /** JSON begins with a brace or a bracket, which no event stream does; decided at the first byte that is not white space. */
  private framingOf(chunk: Buffer): Framing | undefined {
    const first = chunk.find((byte) => byte > 0x20 && !mark.includes(byte));
    if (first === undefined) return undefined;
    if (first !== 0x7b && first !== 0x5b) return this.events();
    const splitter = new JsonSplitter((bytes) => this.document(bytes));
    return this.reading.dropsLists === true ? new ListDropper(splitter) : splitter;
  }

  private events(): Framing {
    return new SseSplitter((name, data) => this.reading.event(this.state, name, data));
  }

  private document(bytes: Buffer | undefined): void {
    const document = bytes && asObject(parseJson(bytes));
    if (document === undefined) {
      this.missed = true;
      return;
    }
    this.state.error ??= readError(document) ?? (this.status >= 400 ? readFailure(document, this.status) : undefined);
    this.reading.document(this.state, document);
  }
}

/** Whether an answer of this content type is a server-sent event stream. */
export function isEventStream(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*text\/event-stream\b/i.test(contentType);
}
