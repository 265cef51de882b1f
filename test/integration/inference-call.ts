// The inference calls the tests send: one per dialect, plain or streamed.
import type { DialectId } from '../../src/contract/exchange.ts';
import type { ClientRequest } from './proxy-client.ts';

export interface InferenceCall extends ClientRequest {
  readonly host: string;
}

const json = { 'content-type': 'application/json' };

/** A call as an SDK of that vendor sends it, with the text as the user's message. */
export function inferenceCall(dialect: DialectId, text: string, options: { readonly stream?: boolean; readonly model?: string } = {}): InferenceCall {
  const { stream = false } = options;
  switch (dialect) {
    case 'openai-chat': {
      const body = {
        model: options.model ?? 'gpt-4o',
        messages: [{ role: 'user', content: text }],
        ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
      };
      return { host: 'api.openai.com', path: '/v1/chat/completions', headers: { ...json, authorization: 'Bearer sk-client-own' }, body: JSON.stringify(body) };
    }
    case 'openai-responses': {
      const body = { model: options.model ?? 'gpt-4o', input: text, ...(stream ? { stream } : {}) };
      return { host: 'api.openai.com', path: '/v1/responses', headers: { ...json, authorization: 'Bearer sk-client-own' }, body: JSON.stringify(body) };
    }
    case 'openai-embeddings': {
      const body = { model: options.model ?? 'text-embedding-3-small', input: text };
      return { host: 'api.openai.com', path: '/v1/embeddings', headers: { ...json, authorization: 'Bearer sk-client-own' }, body: JSON.stringify(body) };
    }
    case 'anthropic-messages': {
      const body = { model: options.model ?? 'claude-sonnet-4-5', max_tokens: 256, messages: [{ role: 'user', content: text }], ...(stream ? { stream } : {}) };
      const headers = { ...json, 'x-api-key': 'sk-ant-client-own', 'anthropic-version': '2023-06-01' };
      return { host: 'api.anthropic.com', path: '/v1/messages', headers, body: JSON.stringify(body) };
    }
    case 'gemini': {
      const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      const body = { contents: [{ role: 'user', parts: [{ text }] }] };
      const path = `/v1beta/models/${options.model ?? 'gemini-2.5-flash'}:${method}`;
      return { host: 'generativelanguage.googleapis.com', path, headers: { ...json, 'x-goog-api-key': 'client-own' }, body: JSON.stringify(body) };
    }
  }
}

export const dialects: readonly DialectId[] = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'];
export const hostsOfDialects: readonly string[] = ['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com'];
