// Passes one answer from an upstream call to the client as it comes, and says how it went.
import type { Duplex } from 'node:stream';
import { AgentError } from '../contract/errors.ts';
import type { RawHeaders, ResponseFacts } from '../contract/exchange.ts';
import type { AnswerHead, AnswerSink, BodySource, UpstreamCall, UpstreamEvents } from './flow.ts';
import { headerValue } from './headers.ts';
import type { HeldAnswer } from './held-answer.ts';
import type { Tap } from './tap.ts';
import { joinSockets } from './tunnel.ts';

export type RelayResult =
  /** The whole answer went to the client. */
  | { readonly kind: 'relayed'; readonly status: number; readonly facts: ResponseFacts | undefined }
  /** The whole answer came and nothing of it was sent to the client: it may still be, or another attempt made. */
  | {
      readonly kind: 'held';
      readonly status: number;
      readonly answer: HeldAnswer;
      /** Generated content was in it. */
      readonly hasContent: boolean;
      readonly facts: ResponseFacts | undefined;
    }
  /** Nothing came, nothing was sent to the client: another attempt may be made. */
  | { readonly kind: 'no-answer'; readonly error: AgentError; readonly facts?: ResponseFacts | undefined }
  /** Another attempt spoke to the client first. */
  | { readonly kind: 'lost'; readonly status: number | undefined; readonly facts: ResponseFacts | undefined }
  /** The answer broke off after part of it had reached the client. */
  | { readonly kind: 'broken'; readonly status: number; readonly error: AgentError; readonly facts: ResponseFacts | undefined }
  | { readonly kind: 'client-aborted'; readonly status: number | undefined; readonly facts: ResponseFacts | undefined }
  /** Protocols were switched and the connection has ended since. */
  | { readonly kind: 'switched'; readonly sent: number; readonly received: number };

/** `whole`: until the answer has ended. `content`: until generated content has gone by. `byte`: until the body has begun. */
export type Hold = 'none' | 'whole' | 'content' | 'byte';

export interface RelayOptions {
  /** Reads a copy of the answer; undefined for answers nobody reads. */
  readonly openTap: ((head: AnswerHead) => Tap) | undefined;
  /** How long an answer is held back from the client. */
  readonly hold: (head: AnswerHead) => Hold;
  /** `100 Continue` was answered by us already. */
  readonly dropsContinue: boolean;
  /** Bytes that end a begun stream with the dialect's own error event; undefined where the connection is to be broken off instead. */
  readonly errorTail: ((head: AnswerHead, error: AgentError) => Buffer | undefined) | undefined;
  readonly answerTimeoutMs: number;
  /** The answer's head has come. */
  readonly onHead: (head: AnswerHead) => void;
  /** Where several attempts race for one client: true for the first that asks. */
  readonly claim?: (() => boolean) | undefined;
}

/** Bytes of an answer that are held back at most; a longer one is passed on as it comes. */
const maxHeldBytes = { error: 65_536, answer: 8_388_608 } as const;

interface Held {
  readonly until: Exclude<Hold, 'none'>;
  readonly head: AnswerHead;
  readonly pieces: Buffer[];
  readonly limit: number;
  size: number;
}

export class Relay implements UpstreamEvents {
  readonly result: Promise<RelayResult>;
  readonly #down: AnswerSink;
  readonly #source: BodySource | undefined;
  readonly #options: RelayOptions;
  #settle: (result: RelayResult) => void = () => undefined;
  #call: UpstreamCall | undefined;
  #head: AnswerHead | undefined;
  /** Bytes of the answer's body that went to the client. */
  #passed = 0;
  #held: Held | undefined;
  #tap: Tap | undefined;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param source the request body still under way, undefined when it is held whole */
  constructor(down: AnswerSink, source: BodySource | undefined, options: RelayOptions) {
    this.#down = down;
    this.#source = source;
    this.#options = options;
    this.result = new Promise((resolve) => (this.#settle = resolve));
    down.onDrain = () => this.#call?.resume();
    down.onAbort = () => this.#clientAborted();
    if (down.isGone) this.#clientAborted();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The call whose events come here. The wait for its answer starts now. */
  attach(call: UpstreamCall): void {
    this.#call = call;
    if (this.#isOver) {
      call.abort();
      return;
    }
    if (this.#head) return;
    this.#timer = setTimeout(() => {
      call.abort();
      const error = new AgentError('upstream-timeout', `No answer came within ${this.#options.answerTimeoutMs} ms.`);
      this.#finishWithFacts((facts) => ({ kind: 'no-answer', error, facts }));
    }, this.#options.answerTimeoutMs);
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    if (this.#isOver || (status === 100 && this.#options.dropsContinue)) return;
    this.#down.inform(status, reason, headers);
  }

  head(head: AnswerHead): void {
    if (this.#isOver) return;
    this.#head = head;
    this.#options.onHead(head);
    this.#tap = this.#options.openTap?.(head);
    const until = this.#options.hold(head);
    // A held answer still has to come within the time: the client has nothing of it yet.
    if (until !== 'none') this.#held = { until, head, pieces: [], limit: head.status < 400 ? maxHeldBytes.answer : maxHeldBytes.error, size: 0 };
    else this.#begin(head);
  }

  data(piece: Buffer): boolean {
    if (this.#isOver) return true;
    const held = this.#held;
    if (!held) return this.#pass(piece);
    held.pieces.push(piece);
    held.size += piece.length;
    this.#tap?.write(piece);
    const hasCome = held.until === 'byte' || (held.until === 'content' && this.#tap?.hasContent === true);
    return hasCome || held.size > held.limit ? this.#passHeldOn(held) : true;
  }

  end(trailers: RawHeaders): void {
    if (this.#isOver) return;
    const held = this.#held;
    const status = this.#head?.status ?? 0;
    if (held) {
      const answer = { head: held.head, pieces: held.pieces, trailers };
      this.#finishWithFacts((facts) => ({ kind: 'held', status, answer, hasContent: this.#tap?.hasContent === true, facts }));
      return;
    }
    if (this.#isCutShort()) {
      this.error(cutShort());
      return;
    }
    this.#down.end(trailers);
    this.#finishWithFacts((facts) => ({ kind: 'relayed', status, facts }));
  }

  error(error: AgentError): void {
    if (this.#isOver) return;
    const head = this.#head;
    if (!head || this.#held) {
      this.#finishWithFacts((facts) => ({ kind: 'no-answer', error, facts }));
      return;
    }
    const tail = this.#options.errorTail?.(head, error);
    if (tail) {
      this.#down.write(tail);
      this.#down.end([]);
    } else this.#down.abort();
    this.#finishWithFacts((facts) => ({ kind: 'broken', status: head.status, error, facts }));
  }

  upgraded(reason: string, headers: RawHeaders, socket: Duplex): void {
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    clearTimeout(this.#timer);
    const client = this.#down.switchProtocols(reason, headers);
    this.#isOver = true;
    this.#options.onHead({ status: 101, reason, headers, isBodyless: true });
    void joinSockets(client, socket).then((counts) => this.#settle({ kind: 'switched', ...counts }));
  }

  drain(): void {
    this.#source?.resume();
  }

  /** An upstream may end its stream in good order and still in the middle of the answer: where the stream can be given an error of ours, that must not look like the end. */
  #isCutShort(): boolean {
    const head = this.#head;
    if (!head || head.status >= 400 || lengthOf(head) !== undefined || this.#tap?.isCutShort !== true) return false;
    return this.#options.errorTail?.(head, cutShort()) !== undefined;
  }

  /** Another attempt was faster: this one is given up. */
  lose(): void {
    if (this.#isOver) return;
    this.#call?.abort();
    const status = this.#head?.status;
    this.#finishWithFacts((facts) => ({ kind: 'lost', status, facts }));
  }

  /** False when the client has been spoken to by another attempt. */
  #begin(head: AnswerHead): boolean {
    clearTimeout(this.#timer);
    if (this.#options.claim?.() === false) {
      this.lose();
      return false;
    }
    this.#down.respond(head);
    return true;
  }

  #pass(piece: Buffer): boolean {
    const hasRoom = this.#down.write(piece);
    this.#passed += piece.length;
    this.#tap?.write(piece);
    return hasRoom;
  }

  #passHeldOn(held: Held): boolean {
    this.#held = undefined;
    if (!this.#begin(held.head)) return true;
    this.#passed += held.size;
    return held.pieces.map((piece) => this.#down.write(piece)).every(Boolean);
  }

  #clientAborted(): void {
    if (this.#isOver) return;
    this.#call?.abort();
    const status = this.#head?.status;
    // A client that counts bytes hangs up when it has them all, and does not wait for us to say that this was the end.
    if (status !== undefined && this.#passed === lengthOf(this.#head)) this.#finishWithFacts((facts) => ({ kind: 'relayed', status, facts }));
    else this.#finishWithFacts((facts) => ({ kind: 'client-aborted', status, facts }));
  }

  #finishWithFacts(build: (facts: ResponseFacts | undefined) => RelayResult): void {
    const tap = this.#tap;
    if (!tap) this.#finish(build(undefined));
    else {
      this.#close();
      void tap.finish().then((facts) => this.#settle(build(facts)));
    }
  }

  #finish(result: RelayResult): void {
    this.#close();
    this.#settle(result);
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

const cutShort = (): AgentError => new AgentError('upstream-closed', 'The stream ended before the answer did.');

/** What the answer says it is long, in bytes. */
function lengthOf(head: AnswerHead | undefined): number | undefined {
  const value = head === undefined ? undefined : headerValue(head.headers, 'content-length');
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}
