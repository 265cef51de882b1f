// The Anthropic Messages dialect.
import type { Dialect, Refusal } from '../contract/dialect.ts';
import { anthropicAnswer } from './anthropic-answer.ts';
import { readAnthropicRequest } from './anthropic-request.ts';
import { AnswerReader, isEventStream } from './answer-reader.ts';
import { endingEvent, nothing, refusalAnswer, vendorCode } from './refusal-answer.ts';

const types = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** An event that was cut short becomes a ping, which clients pass over: a later event field replaces an earlier one. */
const cutEvent = Buffer.from('\nevent: ping');

export const anthropicMessages: Dialect = {
  id: 'anthropic-messages',
  readRequest: readAnthropicRequest,
  readResponse: (contentType, status) => new AnswerReader(anthropicAnswer, contentType, status),
  refuse: (refusal) => refusalAnswer(refusal, errorDocument(refusal)),
  refuseMidStream: (refusal, contentType) => (isEventStream(contentType) ? Buffer.concat([cutEvent, endingEvent('error', errorDocument(refusal))]) : nothing),
};

function errorDocument(refusal: Refusal): unknown {
  const type = types.get(refusal.status) ?? (refusal.status >= 500 ? 'api_error' : 'invalid_request_error');
  return { type: 'error', error: { type, message: refusal.message, details: { error_code: vendorCode(refusal) } }, request_id: null };
}
