// The two ends of an exchange, whatever HTTP version each speaks: what the client connection offers, and what an upstream call reports.
import type { Duplex } from 'node:stream';
import type { PeerProcess, RawHeaders, RequestHead } from '../contract/exchange.ts';
import type { AgentError } from '../contract/errors.ts';

/** Takes a body piece by piece. */
export interface BodySink {
  /** False when full: the source waits until it is resumed. */
  data(piece: Buffer): boolean;
  end(trailers: RawHeaders): void;
}

/** Gives a body piece by piece, once, to one sink. */
export interface BodySource {
  /** The whole body is empty and known to be. */
  readonly isEmpty: boolean;
  start(sink: BodySink): void;
  /** Goes on after the sink said it was full. */
  resume(): void;
}

/** What is known of the connection a request came on. */
export interface Origin {
  /** The program at the other end; undefined until found, or for good. */
  readonly peer: PeerProcess | undefined;
  /** Settles when the search for the program has ended, either way; undefined once it has. */
  readonly peerSearch: Promise<void> | undefined;
}

/** The answer's head towards the client. */
export interface AnswerHead {
  readonly status: number;
  /** Empty where HTTP/2 had none. */
  readonly reason: string;
  readonly headers: RawHeaders;
  /** No body follows, whatever the headers say (HEAD, 204, 304). */
  readonly isBodyless: boolean;
}

/** One request as a client connection offers it, and the way to answer it. Calls after `closed` are ignored. */
export interface Downstream {
  readonly head: RequestHead;
  readonly origin: Origin;
  readonly body: BodySource;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** The client asks for a protocol switch (WebSocket); HTTP/1.1 only. */
  readonly wantsUpgrade: boolean;
  /** Sends an interim answer (1xx). */
  inform(status: number, reason: string, headers: RawHeaders): void;
  respond(head: AnswerHead): void;
  /** False when the client reads slower than we write: wait for `onDrain`. */
  write(piece: Buffer): boolean;
  end(trailers: RawHeaders): void;
  /** Ends the answer so that the client cannot take it for whole: reset of the connection or of the stream. */
  abort(): void;
  /** Called when the client can take more. */
  onDrain: (() => void) | undefined;
  /** Called once if the client goes away before the answer has ended. */
  onAbort: (() => void) | undefined;
  /** Part of the answer is on the wire. */
  readonly hasBegun: boolean;
  /** The client went away before the answer had ended. */
  readonly isGone: boolean;
  /** Answers 101 and hands over the raw connection; bytes already read are in its read buffer. */
  switchProtocols(reason: string, headers: RawHeaders): Duplex;
  /** Bytes of the request body taken from the client so far, as they stood on the wire without framing. */
  readonly bytesIn: number;
  /** Bytes of the answer body given to the client so far. */
  readonly bytesOut: number;
}

/** The part of a client connection that an answer needs. */
export type AnswerSink = Pick<Downstream, 'inform' | 'respond' | 'write' | 'end' | 'abort' | 'switchProtocols' | 'onDrain' | 'onAbort' | 'isGone'>;

/** What an upstream call reports. `error` comes at most once and ends it; `end` likewise. */
export interface UpstreamEvents {
  inform(status: number, reason: string, headers: RawHeaders): void;
  head(head: AnswerHead): void;
  /** False when the receiver is full: the upstream pauses until `resume`. */
  data(piece: Buffer): boolean;
  end(trailers: RawHeaders): void;
  error(error: AgentError): void;
  /** The upstream agreed to switch protocols; the call is over, the socket is the receiver's. */
  upgraded(reason: string, headers: RawHeaders, socket: Duplex): void;
  /** The request body may go on after a `data` that returned false. */
  drain(): void;
}

/** A request under way to an upstream. The sink takes the request body. */
export interface UpstreamCall extends BodySink {
  resume(): void;
  /** Gives up: closes the stream or the connection. No event follows. */
  abort(): void;
}
