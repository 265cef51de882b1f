// Frames a refusal: the vendor's document as a whole answer, or as the event that ends a stream.
import type { Refusal, RefusalAnswer } from '../contract/dialect.ts';
import type { ErrorCode } from '../contract/errors.ts';

/** Refusals that the same request would meet again: the SDKs of OpenAI and Anthropic do not retry when told so. */
const final: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'policy-blocked',
  'policy-failed',
  'body-too-large',
  'body-unreadable',
  'bad-request',
  'address-refused',
  'no-target',
  'upstream-certificate',
]);

/** A JSON answer with its length, and what the client should know about trying again. */
export function refusalAnswer(refusal: Refusal, document: unknown): RefusalAnswer {
  const body = Buffer.from(JSON.stringify(document), 'utf8');
  const headers = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)];
  if (refusal.retryAfter !== undefined) headers.push('retry-after', String(Math.ceil(refusal.retryAfter)));
  if (final.has(refusal.code)) headers.push('x-should-retry', 'false');
  return { status: refusal.status, headers, body };
}

/** The code clients and logs can match on, wherever the vendor's document has room for one. */
export function vendorCode(refusal: Refusal): string {
  return `heimdall_${refusal.code}`;
}

/** One event. The blank lines in front end an event that was cut short; between events they mean nothing. */
export function endingEvent(name: string | undefined, document: unknown): Buffer {
  const field = name === undefined ? '' : `event: ${name}\n`;
  return Buffer.from(`\n\n${field}data: ${JSON.stringify(document)}\n\n`, 'utf8');
}

/** Nothing can be added to one JSON document that has begun: the connection's early end is then the only sign. */
export const nothing = Buffer.alloc(0);
