// The error types of OpenAI, which both of its dialects share.

const types = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
]);

/** The `error.type` OpenAI writes for an HTTP status. */
export function openAiErrorType(status: number): string {
  return types.get(status) ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
}
