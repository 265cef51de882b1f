// What the vendors answer when they fail themselves: whole documents, and the event that ends a stream.
import type { DialectId } from '../../src/contract/exchange.ts';

export interface VendorError {
  readonly status: number;
  readonly message: string;
}

const openaiTypes: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 401: 'invalid_request_error', 429: 'requests', 503: 'server_error' };
const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const googleStates: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The vendor's error document. */
export function vendorErrorDocument(dialect: DialectId, { status, message }: VendorError): object {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-responses':
    case 'openai-embeddings': {
      const code = status === 429 ? 'rate_limit_exceeded' : null;
      return { error: { message, type: openaiTypes[status] ?? 'server_error', param: null, code } };
    }
    case 'anthropic-messages':
      return { type: 'error', error: { type: anthropicTypes[status] ?? 'api_error', message }, request_id: 'req_fake' };
    case 'gemini':
      return { error: { code: status, message, status: googleStates[status] ?? 'INTERNAL' } };
  }
}

/** The event with which the vendor ends a stream that fails on the way. */
export function vendorErrorEvent(dialect: DialectId, error: VendorError): Buffer {
  const document = vendorErrorDocument(dialect, error);
  switch (dialect) {
    case 'openai-chat':
    case 'openai-embeddings':
    case 'gemini':
      return Buffer.from(`data: ${JSON.stringify(document)}\n\n`);
    case 'openai-responses':
      return Buffer.from(
        `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 99, code: 'server_error', message: error.message, param: null })}\n\n`,
      );
    case 'anthropic-messages':
      return Buffer.from(`event: error\ndata: ${JSON.stringify(document)}\n\n`);
  }
}
