// An answer that came whole and was not sent on: read for what it says, or sent to the client after all, byte for byte.
import type { RawHeaders } from '../contract/exchange.ts';
import { decodeBody } from './content-coding.ts';
import type { AnswerHead, AnswerSink } from './flow.ts';
import { headerValue } from './headers.ts';

export interface HeldAnswer {
  readonly head: AnswerHead;
  readonly pieces: readonly Buffer[];
  readonly trailers: RawHeaders;
}

const maxDecodedBytes = 33_554_432;

/** The body without its content coding; as it stands when the coding cannot be taken off. */
export function readHeld({ head, pieces }: HeldAnswer): Buffer {
  const body = Buffer.concat(pieces);
  try {
    return decodeBody(body, headerValue(head.headers, 'content-encoding'), maxDecodedBytes);
  } catch {
    // Nothing we could read, so it is judged as an answer of the provider.
    return body;
  }
}

/** Sends it as it came. */
export function deliver(down: AnswerSink, { head, pieces, trailers }: HeldAnswer): void {
  down.respond(head);
  for (const piece of pieces) down.write(piece);
  down.end(trailers);
}

/** Seconds of a Retry-After header in either form (RFC 9110 §10.2.3). */
export function retryAfterSeconds({ head }: HeldAnswer, now: number): number | undefined {
  const value = headerValue(head.headers, 'retry-after');
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
