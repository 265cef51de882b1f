// What a dialect must be able to do. Implementations live in dialects/; the exchange knows them by this interface alone.
import type { DialectId, RawHeaders, RequestFacts, RequestHead, ResponseFacts } from './exchange.ts';
import type { ErrorCode } from './errors.ts';

/** Why Heimdall answers instead of the provider. */
export interface Refusal {
  /** HTTP status towards the client: 403 blocked by policy, 413 too large, 502/503/504 target trouble, or the gateway's own 401/402/403/429. */
  readonly status: number;
  readonly code: ErrorCode;
  /** One or two sentences for the user of the client: what happened, who decided, what to do. */
  readonly message: string;
  /** Seconds, for 429 and 503. */
  readonly retryAfter?: number;
}

/** A whole answer made by Heimdall. `headers` hold content-type and content-length. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

export type ReadResult = { readonly ok: true; readonly facts: RequestFacts } | { readonly ok: false; readonly reason: string };

/**
 * Reads a copy of an answer as it goes by. Gets decoded (not compressed) bytes in any cut; never throws, whatever the bytes are.
 * Keeps bounded state: an event or document over its limit is passed over, not stored.
 */
export interface ResponseReader {
  write(chunk: Buffer): void;
  /** True once a piece of generated content (text, reasoning or a tool call) has gone by. */
  readonly sawContent: boolean;
  /** Facts so far; final once the answer has ended. May be called more than once. */
  facts(): ResponseFacts;
}

export interface Dialect {
  readonly id: DialectId;
  /** Pure and synchronous. `body` is the decoded body. */
  readRequest(body: Buffer, head: RequestHead): ReadResult;
  /** `contentType` as the answer declares it: event stream, JSON lines, or one JSON document. */
  readResponse(contentType: string | undefined, status: number): ResponseReader;
  /** The vendor's own error document, for an answer that has not begun. */
  refuse(refusal: Refusal): RefusalAnswer;
  /** Bytes that end a stream already begun with the vendor's own error event. `contentType` as for readResponse. */
  refuseMidStream(refusal: Refusal, contentType: string | undefined): Buffer;
}
