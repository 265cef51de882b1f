// What a record says in the names of OpenTelemetry's conventions for generative AI. No body, no path, no message: facts only.
import type { AuditRecord } from '../../contract/audit.ts';
import type { Attempt, DialectId } from '../../contract/exchange.ts';
import { resultOf } from '../legs.ts';

export type Attributes = Record<string, string | number | boolean | string[]>;

/** Characters of a text that a client or a provider chose. */
const longestValue = 256;

/** The conventions' names of operations. */
const operations: Readonly<Record<DialectId, string>> = {
  'openai-chat': 'chat',
  'openai-responses': 'chat',
  'openai-embeddings': 'embeddings',
  'anthropic-messages': 'chat',
  gemini: 'generate_content',
};

/** Where the conventions call a provider otherwise than the catalog does. */
const providerNames: Readonly<Record<string, string>> = {
  google: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  bedrock: 'aws.bedrock',
  azure: 'azure.ai.openai',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  xai: 'x_ai',
};

/** Whose wire a call speaks: the provider's name where no provider is known. */
const wires: Readonly<Record<DialectId, string>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  'openai-embeddings': 'openai',
  'anthropic-messages': 'anthropic',
  gemini: 'gcp.gen_ai',
};

/** What is the same for spans and metrics. */
export interface CallNames {
  readonly operation: string;
  readonly provider: string;
  readonly model: string | undefined;
  /** Stable code or status; absent when the call succeeded. */
  readonly error: string | undefined;
}

/** The record must be an inference call. */
export function namesOf(record: AuditRecord): CallNames {
  const dialect = record.dialect === undefined || record.dialect === 'native' ? 'openai-chat' : record.dialect;
  const { provider, status } = record;
  return {
    operation: operations[dialect],
    provider: provider === undefined ? wires[dialect] : (providerNames[provider] ?? provider),
    model: record.model,
    error: record.error?.code ?? (status !== undefined && status >= 400 ? String(status) : undefined),
  };
}

export function exchangeAttributes(record: AuditRecord, names: CallNames): Attributes {
  const attributes: Attributes = { 'gen_ai.operation.name': names.operation, 'gen_ai.provider.name': names.provider, 'heimdall.outcome': record.outcome };
  const put = (name: string, value: Attributes[string] | undefined): void => {
    if (typeof value === 'string') attributes[name] = value.slice(0, longestValue);
    // JSON has no infinite number: a collector would refuse the whole batch.
    else if (value !== undefined && (typeof value !== 'number' || Number.isFinite(value))) attributes[name] = value;
  };
  put('gen_ai.request.model', names.model);
  put('gen_ai.response.model', record.attempts?.findLast(({ error }) => error !== 'slower')?.model);
  put('gen_ai.request.stream', record.stream);
  if (record.stopReason !== undefined) attributes['gen_ai.response.finish_reasons'] = [record.stopReason.slice(0, longestValue)];
  put('gen_ai.response.time_to_first_chunk', record.firstTokenMs === undefined ? undefined : record.firstTokenMs / 1000);
  putUsage(record, put);
  if (record.host !== '') {
    attributes['server.address'] = record.host;
    attributes['server.port'] = record.port;
  }
  put('http.request.method', record.method);
  put('http.response.status_code', record.status);
  put('error.type', names.error);
  put('heimdall.app', record.peer?.app);
  put('heimdall.decision', record.decision);
  put('heimdall.rule', record.rule);
  put('heimdall.route', record.route);
  put('heimdall.virtual_key', record.virtualKey);
  put('heimdall.target', record.target);
  put('heimdall.target.kind', record.targetKind);
  return attributes;
}

function putUsage({ usage, costUsd }: AuditRecord, put: (name: string, value: number | undefined) => void): void {
  put('gen_ai.usage.input_tokens', usage?.inputTokens);
  put('gen_ai.usage.output_tokens', usage?.outputTokens);
  put('gen_ai.usage.cache_read.input_tokens', usage?.cachedInputTokens);
  put('gen_ai.usage.cache_write.input_tokens', usage?.cacheWriteTokens);
  put('gen_ai.usage.reasoning.output_tokens', usage?.reasoningTokens);
  // Bifrost's name; the conventions have none.
  put('gen_ai.usage.cost', costUsd);
}

export function attemptAttributes(attempt: Attempt): Attributes {
  const result = resultOf(attempt);
  return {
    'heimdall.target': attempt.target,
    'heimdall.target.kind': attempt.kind,
    ...(attempt.model !== undefined && { 'gen_ai.request.model': attempt.model }),
    ...(attempt.key !== undefined && { 'heimdall.key': attempt.key }),
    ...(attempt.status !== undefined && { 'http.response.status_code': attempt.status }),
    ...(result !== 'ok' && { 'error.type': result }),
  };
}
