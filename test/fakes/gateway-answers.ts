// The gateway's own refusals, and the errors it passes on from a provider, in the shapes its source writes on each route.
import type { DialectId, RawHeaders } from '../../src/contract/exchange.ts';
import type { FakeAnswer } from './behaviour.ts';
import { vendorErrorDocument } from './vendor-error.ts';

/** Reasons of the gateway's own, as its `type` names them. */
export type GatewayRefusal =
  | 'virtual_key_required'
  | 'access_not_found'
  | 'access_blocked'
  | 'budget_exceeded'
  | 'model_blocked'
  | 'provider_blocked'
  | 'rate_limited'
  | 'token_limited'
  | 'request_limited'
  | 'upstream_credentials_exhausted';

/** An error of the provider behind the gateway. */
export interface ProviderFailure {
  readonly status: number;
  readonly message: string;
  /** Default: the provider of the route. */
  readonly provider?: string;
  readonly retryAfter?: string;
}

export interface RefusalOptions {
  /** Value of the header: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** Older gateways name their own type in Anthropic's envelope; newer ones put Anthropic's type for the status there. */
  readonly namesType: boolean;
}

const refusals: Readonly<Record<GatewayRefusal, { readonly status: number; readonly message: string }>> = {
  virtual_key_required: { status: 401, message: 'virtual key is required. Provide a virtual key via the x-bf-vk header.' },
  access_not_found: { status: 401, message: 'virtual key not found' },
  access_blocked: { status: 403, message: 'virtual key is inactive' },
  budget_exceeded: { status: 402, message: 'Budget exceeded: vk_model_config * budget exceeded: 105.5000 >= 100.0000 dollars' },
  model_blocked: { status: 403, message: 'model is not allowed for this virtual key' },
  provider_blocked: { status: 403, message: 'provider is not allowed for this virtual key' },
  rate_limited: { status: 429, message: 'rate limit exceeded' },
  token_limited: { status: 429, message: 'token limit exceeded' },
  request_limited: { status: 429, message: 'request limit exceeded' },
  upstream_credentials_exhausted: { status: 502, message: 'all configured provider keys were rejected' },
};

/** The type stands at the top, but Anthropic's route may lose it, and Google's route has no place for it: there only status and text tell. */
export function refusalAnswer(dialect: DialectId | undefined, type: GatewayRefusal, { retryAfter, namesType }: RefusalOptions): FakeAnswer {
  const { status, message } = refusals[type];
  return jsonAnswer(status, refusalDocument(dialect, type, status, message, namesType), retryHeader(retryAfter));
}

function refusalDocument(dialect: DialectId | undefined, type: GatewayRefusal, status: number, message: string, namesType: boolean): object {
  if (dialect === 'gemini') return { error: { code: status, message, status: '' } };
  if (dialect !== 'anthropic-messages') return { type, is_bifrost_error: false, status_code: status, error: { message }, extra_fields: {} };
  return namesType ? { type: 'error', error: { type, message } } : vendorErrorDocument(dialect, { status, message });
}

/** As the gateway passes it on: in its own document on OpenAI's routes, in the vendor's elsewhere. */
export function providerErrorAnswer(
  dialect: DialectId | undefined,
  routeProvider: string,
  { status, message, provider, retryAfter }: ProviderFailure,
): FakeAnswer {
  const vendor = vendorErrorDocument(dialect ?? 'openai-chat', { status, message });
  const own = {
    is_bifrost_error: false,
    status_code: status,
    ...vendor,
    extra_fields: { provider: provider ?? routeProvider, original_model_requested: 'fake-model' },
  };
  return jsonAnswer(status, dialect === 'anthropic-messages' || dialect === 'gemini' ? vendor : own, retryHeader(retryAfter));
}

export function jsonAnswer(status: number, document: object, extra: RawHeaders = []): FakeAnswer {
  const body = JSON.stringify(document);
  return { status, headers: ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)), ...extra], chunks: [body] };
}

const retryHeader = (retryAfter: string | undefined): RawHeaders => (retryAfter === undefined ? [] : ['retry-after', retryAfter]);
