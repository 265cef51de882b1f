// The error document of OpenAI, which all of its dialects share.
import type { Refusal } from '../contract/dialect.ts';
import { vendorCode } from './refusal-answer.ts';

const types = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
]);

/** A refusal as OpenAI words errors; `type` follows the HTTP status. */
export function openAiError(refusal: Refusal): unknown {
  const { status, message } = refusal;
  const type = types.get(status) ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { error: { message, type, param: null, code: vendorCode(refusal) } };
}
