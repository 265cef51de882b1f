// The gateway's wire (Bifrost): which path a call takes, which headers go and which stay, and whose error an error is.
import type { DialectId, RawHeaders } from '../contract/exchange.ts';

/** Credentials of the provider, and headers only Heimdall may set towards the gateway. */
const stripped = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  'x-bf-vk',
  'x-bf-direct-key',
  'x-bf-api-key',
  'x-bf-api-key-id',
  'x-bifrost-agent',
  'x-bf-app',
]);

/** The path on the gateway, query kept but for credentials in it. `path` is the client's. */
export function gatewayPath(dialect: DialectId, path: string): string {
  const mark = path.indexOf('?');
  const route = mark === -1 ? path : path.slice(0, mark);
  const query = mark === -1 ? '' : withoutCredentials(path.slice(mark + 1));
  return `${integrationRoute(dialect, route)}${query === '' ? '' : `?${query}`}`;
}

function integrationRoute(dialect: DialectId, route: string): string {
  switch (dialect) {
    case 'openai-chat':
      return '/openai/v1/chat/completions';
    case 'openai-responses':
      return '/openai/v1/responses';
    case 'anthropic-messages':
      return '/anthropic/v1/messages';
    case 'gemini': {
      // The model stands in the path; hosts differ in what precedes it (/v1beta, /v1, Vertex's project path).
      const model = /\/((?:tunedModels|models)\/[^/]+)$/.exec(route)?.[1];
      return model === undefined ? `/genai${route}` : `/genai/v1beta/${model}`;
    }
  }
}

function withoutCredentials(query: string): string {
  return query
    .split('&')
    .filter((pair) => !credentialNames.has(nameOf(pair)))
    .join('&');
}

const credentialNames = new Set(['key', 'access_token', 'api_key', 'api-key', 'apikey']);

/** A parameter's name as a server reads it: `%6Bey=` names a key, too. */
function nameOf(pair: string): string {
  const name = pair.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    // Not decodable, so no server reads a credential's name from it.
    return name.toLowerCase();
  }
}

/** The client's headers as the gateway gets them: provider credential and spoofed gateway headers out, virtual key and attribution in, the rest in place. */
export function gatewayHeaders(headers: RawHeaders, options: { virtualKey: string | undefined; agent: string; app: string | undefined }): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!stripped.has(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  if (options.virtualKey !== undefined) kept.push('x-bf-vk', options.virtualKey);
  kept.push('X-Bifrost-Agent', options.agent);
  if (options.app !== undefined) kept.push('X-Bf-App', options.app.replace(/[^\x20-\x7e]/g, '?'));
  return kept;
}

/** Statuses a gateway may answer on its own account: their bodies are read before they are passed on. */
export function mayBeGatewaysOwn(status: number): boolean {
  return status === 401 || status === 402 || status === 403 || status === 429 || status === 502 || status === 503;
}

export interface GatewayRejection {
  /** The gateway's own error type, such as `budget_exceeded`. */
  readonly type: string;
  readonly message: string;
}

const gatewayTypes = new Set([
  'virtual_key_required',
  'virtual_key_not_found',
  'virtual_key_blocked',
  'access_not_found',
  'access_blocked',
  'budget_exceeded',
  'rate_limited',
  'token_limited',
  'request_limited',
  'model_blocked',
  'provider_blocked',
  'mcp_tool_blocked',
  'upstream_credentials_exhausted',
]);

/** Words of the gateway's own refusals on routes that lose their type (/genai, newer /anthropic); no provider speaks of virtual keys. */
const gatewayWords = /\bvirtual[ _]key\b|^budget exceeded:|\bconfigured provider keys\b/i;

/**
 * The gateway's own refusal, or undefined when the error is the provider's (passed on untouched).
 * Native shape: `type` at the top; on /anthropic inside `error`; where the type is lost, the words tell. Provider errors name their provider in `extra_fields`.
 * A bare "rate limit exceeded" without a type could be either's and counts as the provider's.
 */
export function readGatewayRejection(body: Buffer): GatewayRejection | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON, so not the gateway's documented shape.
    return undefined;
  }
  const top = asRecord(parsed);
  const inner = asRecord(top['error']);
  if (typeof asRecord(top['extra_fields'])['provider'] === 'string' && !gatewayTypes.has(text(top['type']))) return undefined;
  const message = text(inner['message']) || text(top['message']);
  const type = [top['type'], inner['type'], inner['code']].map(text).find((candidate) => gatewayTypes.has(candidate));
  if (type === undefined) return gatewayWords.test(message) ? { type: 'gateway_refusal', message } : undefined;
  return { type, message: message || type };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
