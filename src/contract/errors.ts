// Every unexpected error of the agent carries a stable code from this table; people and scripts match on the code, never on the text.

export const errorCodes = {
  // settings and policy
  'settings-invalid': 'A settings file or variable could not be understood',
  'policy-invalid': 'A policy file could not be understood',
  // the machine
  'port-busy': 'Another program holds the port',
  'already-running': 'Another agent runs with the same data folder',
  'data-folder': 'The data folder cannot be used',
  'ca-unusable': 'The certificate authority on disk cannot be used',
  'audit-unusable': 'The audit file cannot be used',
  // control
  'control-unreachable': 'No agent answers on the control socket',
  'control-bad-request': 'The control socket received something it does not understand',
  'control-unknown-method': 'The control contract has no such method',
  'control-bad-params': 'The parameters do not fit the method',
  'control-failed': 'The method failed',
  'control-version': 'The agent and this program are of versions that do not fit',
  'not-allowed': 'The policy of this machine does not allow it',
  'unknown-question': 'The question is no longer open',
  'setup-failed': 'A change of the machine could not be made',
  // one request
  'bad-request': 'The request is malformed or ambiguous',
  'address-refused': 'The proxy does not connect to this address',
  'name-not-resolved': 'The name does not resolve',
  'connect-failed': 'The connection could not be made',
  'connect-timeout': 'The connection took too long',
  'upstream-certificate': 'The certificate of the upstream is not valid',
  'upstream-tls': 'The TLS handshake with the upstream failed',
  'upstream-closed': 'The upstream closed the connection before it had answered',
  'upstream-protocol': 'The upstream sent something that is not HTTP',
  'upstream-timeout': 'The upstream did not begin to answer in time',
  'client-handshake': 'The client ended its TLS handshake with Heimdall',
  'client-aborted': 'The client went away',
  'body-too-large': 'The body is larger than policy can read',
  'body-unreadable': 'The body could not be decoded',
  'policy-failed': 'The policy could not be evaluated',
  'policy-blocked': 'The policy blocks this call',
  'key-required': 'The call brings no virtual key that this device knows',
  'model-not-allowed': 'The virtual key does not allow this model',
  'model-unknown': 'No target serves this model',
  'cannot-carry': 'No target that is left can carry what the call asks for',
  'budget-exceeded': 'A budget of this device is used up',
  'rate-limited': 'A rate limit of this device is reached',
  overloaded: 'Every target is at its limit and the queue is full',
  'upstream-refused': 'The target answered with an error',
  'key-store': 'The key store of this machine cannot be used',
  'unknown-target': 'No target has this id',
  'no-target': 'No target is configured for this call',
  'gateway-unreachable': 'The gateway cannot be reached',
  'gateway-rejected': 'The gateway refused the call on its own account',
  'proxy-unreachable': 'The proxy of the organisation cannot be reached',
  'proxy-refused': 'The proxy of the organisation refused the connection',
  'proxy-auth': 'The proxy of the organisation asks for credentials that Heimdall does not have',
  internal: 'A fault in Heimdall itself',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An error with a stable code. `message` says what happened and what to do; `cause` is set wherever there was one. */
export class AgentError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string = errorCodes[code], options?: ErrorOptions) {
    super(message, options);
    this.name = 'AgentError';
    this.code = code;
  }
}

/** The code of any thrown value; `internal` for whatever is not ours. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof AgentError ? error.code : 'internal';
}

/** The text of any thrown value, for logs and answers. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
