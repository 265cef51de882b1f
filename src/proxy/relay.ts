// Passes one answer from an upstream call to the client as it comes, and says how it went.
import type { Duplex } from 'node:stream';
import { AgentError } from '../contract/errors.ts';
import type { RawHeaders, ResponseFacts } from '../contract/exchange.ts';
import { mayBeGatewaysOwn, readGatewayRejection } from '../routing/gateway-wire.ts';
import type { GatewayRejection } from '../routing/gateway-wire.ts';
import { decodeBody } from './content-coding.ts';
import type { AnswerHead, BodySource, Downstream, UpstreamCall, UpstreamEvents } from './flow.ts';
import { headerValue } from './headers.ts';
import type { Tap } from './tap.ts';
import { joinSockets } from './tunnel.ts';

export type RelayResult =
  /** The whole answer went to the client. */
  | { readonly kind: 'relayed'; readonly status: number; readonly facts: ResponseFacts | undefined }
  /** Nothing came, nothing was sent to the client: another attempt may be made. */
  | { readonly kind: 'no-answer'; readonly error: AgentError }
  /** The gateway refused on its own account; nothing was sent to the client. */
  | { readonly kind: 'rejected'; readonly status: number; readonly rejection: GatewayRejection; readonly retryAfter: number | undefined }
  /** The answer broke off after part of it had reached the client. */
  | { readonly kind: 'broken'; readonly status: number; readonly error: AgentError; readonly facts: ResponseFacts | undefined }
  | { readonly kind: 'client-aborted'; readonly status: number | undefined; readonly facts: ResponseFacts | undefined }
  /** Protocols were switched and the connection has ended since. */
  | { readonly kind: 'switched'; readonly sent: number; readonly received: number };

export interface RelayOptions {
  /** Reads a copy of the answer; undefined for answers nobody reads. */
  readonly openTap: ((head: AnswerHead) => Tap) | undefined;
  /** Hold back answers that may be the gateway's own refusal until they are read. */
  readonly holdsRejections: boolean;
  /** `100 Continue` was answered by us already. */
  readonly dropsContinue: boolean;
  /** Bytes that end a begun stream with the dialect's own error event; undefined where the connection is to be broken off instead. */
  readonly errorTail: ((head: AnswerHead, error: AgentError) => Buffer | undefined) | undefined;
  readonly answerTimeoutMs: number;
  /** The answer's head has come. */
  readonly onHead: () => void;
}

/** A refusal of a gateway is a short document; whatever is longer is passed on as it is. */
const maxHeldBytes = 65_536;

interface Held {
  readonly head: AnswerHead;
  readonly pieces: Buffer[];
  size: number;
}

export class Relay implements UpstreamEvents {
  readonly result: Promise<RelayResult>;
  readonly #down: Downstream;
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
  constructor(down: Downstream, source: BodySource | undefined, options: RelayOptions) {
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
      this.#finish({ kind: 'no-answer', error: new AgentError('upstream-timeout', `No answer came within ${this.#options.answerTimeoutMs} ms.`) });
    }, this.#options.answerTimeoutMs);
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    if (this.#isOver || (status === 100 && this.#options.dropsContinue)) return;
    this.#down.inform(status, reason, headers);
  }

  head(head: AnswerHead): void {
    if (this.#isOver) return;
    this.#head = head;
    this.#options.onHead();
    // A held answer still has to come within the time: the client has nothing of it yet.
    if (this.#options.holdsRejections && mayBeGatewaysOwn(head.status)) this.#held = { head, pieces: [], size: 0 };
    else this.#begin(head);
  }

  data(piece: Buffer): boolean {
    if (this.#isOver) return true;
    if (this.#held) {
      this.#held.pieces.push(piece);
      this.#held.size += piece.length;
      return this.#held.size > maxHeldBytes ? this.#passHeldOn(this.#held) : true;
    }
    const hasRoom = this.#down.write(piece);
    this.#passed += piece.length;
    this.#tap?.write(piece);
    return hasRoom;
  }

  end(trailers: RawHeaders): void {
    if (this.#isOver) return;
    const held = this.#held;
    if (held) {
      const rejection = readGatewayRejection(readable(held));
      if (rejection) {
        this.#finish({ kind: 'rejected', status: held.head.status, rejection, retryAfter: secondsOf(headerValue(held.head.headers, 'retry-after')) });
        return;
      }
      this.#passHeldOn(held);
    }
    this.#down.end(trailers);
    const status = this.#head?.status ?? 0;
    this.#finishWithFacts((facts) => ({ kind: 'relayed', status, facts }));
  }

  error(error: AgentError): void {
    if (this.#isOver) return;
    const head = this.#head;
    if (!head || this.#held) {
      this.#finish({ kind: 'no-answer', error });
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
    this.#options.onHead();
    void joinSockets(client, socket).then((counts) => this.#settle({ kind: 'switched', ...counts }));
  }

  drain(): void {
    this.#source?.resume();
  }

  #begin(head: AnswerHead): void {
    clearTimeout(this.#timer);
    this.#tap = this.#options.openTap?.(head);
    this.#down.respond(head);
  }

  #passHeldOn(held: Held): boolean {
    this.#held = undefined;
    this.#begin(held.head);
    return held.pieces.map((piece) => this.data(piece)).every(Boolean);
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

/** What the answer says it is long, in bytes. */
function lengthOf(head: AnswerHead | undefined): number | undefined {
  const value = head === undefined ? undefined : headerValue(head.headers, 'content-length');
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

/** The held body without its content coding; as it stands when the coding cannot be taken off. */
function readable(held: Held): Buffer {
  const body = Buffer.concat(held.pieces);
  try {
    return decodeBody(body, headerValue(held.head.headers, 'content-encoding'), maxHeldBytes);
  } catch {
    // Not a refusal we could read, so it is passed on as an answer of the provider.
    return body;
  }
}

/** Seconds of a Retry-After header in either form (RFC 9110 §10.2.3). */
function secondsOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
