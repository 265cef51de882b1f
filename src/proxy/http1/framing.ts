// Decides how the body of an HTTP/1.1 message is delimited (RFC 9112 §6), refusing whatever is ambiguous.
import type { RawHeaders } from '../../contract/exchange.ts';
import { AgentError } from '../../contract/errors.ts';
import { headerValues } from '../headers.ts';

export type Framing =
  { readonly kind: 'none' } | { readonly kind: 'length'; readonly length: number } | { readonly kind: 'chunked' } | { readonly kind: 'until-close' };

const digits = /^[0-9]{1,15}$/;
const none: Framing = { kind: 'none' };
const chunked: Framing = { kind: 'chunked' };

export function requestFraming(version: '1.0' | '1.1', headers: RawHeaders): Framing {
  const lengths = headerValues(headers, 'content-length');
  const codings = headerValues(headers, 'transfer-encoding');
  if (codings.length > 0) {
    if (lengths.length > 0) throw new AgentError('bad-request', 'The request has both Content-Length and Transfer-Encoding.');
    if (version === '1.0') throw new AgentError('bad-request', 'An HTTP/1.0 request cannot use Transfer-Encoding.');
    if (codings.length !== 1 || codings[0]?.toLowerCase() !== 'chunked') throw new AgentError('bad-request', 'The only Transfer-Encoding accepted is chunked.');
    return chunked;
  }
  if (lengths.length === 0) return none;
  if (lengths.length > 1 || !digits.test(lengths[0] ?? '')) throw new AgentError('bad-request', 'The Content-Length is repeated or not a number.');
  const length = Number(lengths[0]);
  return length === 0 ? none : { kind: 'length', length };
}

export function responseFraming(requestMethod: string, status: number, headers: RawHeaders): Framing {
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
  const codings = headerValues(headers, 'transfer-encoding');
  const lengths = headerValues(headers, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) throw new AgentError('upstream-protocol', 'The answer has both Content-Length and Transfer-Encoding.');
    // We ask for no other coding, and one we cannot take off would reach the client as if it were the body.
    if (codings.length !== 1 || codings[0]?.toLowerCase() !== 'chunked')
      throw new AgentError('upstream-protocol', 'The only Transfer-Encoding accepted in an answer is chunked.');
    return chunked;
  }
  if (lengths.length === 0) return { kind: 'until-close' };
  const first = lengths[0] ?? '';
  if (!digits.test(first) || lengths.some((other) => other !== first))
    throw new AgentError('upstream-protocol', 'The Content-Length of the answer is repeated or not a number.');
  return Number(first) === 0 ? none : { kind: 'length', length: Number(first) };
}
