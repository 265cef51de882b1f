// The gateway's wire (Bifrost, LiteLLM, Portkey): which path a call takes, which headers go and which stay, and whose error an error is.
import type { DialectId, RawHeaders } from '../contract/exchange.ts';
import type { GatewayWire } from '../contract/target.ts';
import { isClientsOwn, withQuery } from './credentials.ts';

/** Why a gateway cannot take calls of a dialect; undefined when it can. */
export function gatewayCannotCarry(wire: GatewayWire, dialect: DialectId): string | undefined {
  return wire === 'portkey' && dialect === 'gemini' ? 'Portkey has no route for the gemini dialect' : undefined;
}

/** The path on the gateway, query kept but for credentials in it. `path` is the client's. */
export function gatewayPath(dialect: DialectId, path: string, wire: GatewayWire = 'bifrost'): string {
  const route = path.split('?', 1)[0] ?? '';
  return withQuery(wire === 'bifrost' ? bifrostRoute(dialect, route) : unifiedRoute(dialect, route), path);
}

/** Bifrost has a folder for each vendor. */
function bifrostRoute(dialect: DialectId, route: string): string {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-responses':
    case 'openai-embeddings':
      return `/openai${unifiedRoute(dialect, route)}`;
    case 'anthropic-messages':
      return `/anthropic${unifiedRoute(dialect, route)}`;
    case 'gemini':
      return `/genai${unifiedRoute(dialect, route)}`;
  }
}

/** The vendors' own paths, side by side: as LiteLLM and Portkey have them. */
function unifiedRoute(dialect: DialectId, route: string): string {
  switch (dialect) {
    case 'openai-chat':
      return '/v1/chat/completions';
    case 'openai-responses':
      return '/v1/responses';
    case 'openai-embeddings':
      return '/v1/embeddings';
    case 'anthropic-messages':
      return '/v1/messages';
    case 'gemini': {
      // The model stands in the path; hosts differ in what precedes it (/v1beta, /v1, Vertex's project path).
      const model = /\/((?:tunedModels|models)\/[^/]+)$/.exec(route)?.[1];
      return model === undefined ? route : `/v1beta/${model}`;
    }
  }
}

export interface GatewayHeaderOptions {
  readonly virtualKey: string | undefined;
  readonly agent: string;
  readonly app: string | undefined;
  readonly wire?: GatewayWire;
  /** Further headers from the settings: name, value, … They take the place of any other of that name. */
  readonly further?: RawHeaders;
}

/** The client's headers as the gateway gets them: provider credential and spoofed gateway headers out, virtual key and attribution in, the rest in place. */
export function gatewayHeaders(headers: RawHeaders, { virtualKey, agent, app, wire = 'bifrost', further = [] }: GatewayHeaderOptions): string[] {
  const replaced = new Set(further.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  const kept: string[] = [];
  const keep = (name: string, value: string): void => {
    if (!replaced.has(name.toLowerCase())) kept.push(name, value);
  };
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!isClientsOwn(name.toLowerCase())) keep(name, headers[i + 1] ?? '');
  }
  if (virtualKey !== undefined) keep(...keyHeader(wire, virtualKey));
  if (wire === 'bifrost') {
    keep('X-Bifrost-Agent', agent);
    if (app !== undefined) keep('X-Bf-App', app.replace(/[^\x20-\x7e]/g, '?'));
  }
  return [...kept, ...further];
}

/** How each gateway is given its own key. Portkey's own build without an account asks for none; the provider's key is then among the further headers. */
function keyHeader(wire: GatewayWire, key: string): [name: string, value: string] {
  switch (wire) {
    case 'bifrost':
      return ['x-bf-vk', key];
    case 'litellm':
      return ['Authorization', `Bearer ${key}`];
    case 'portkey':
      return ['x-portkey-api-key', key];
  }
}

/** Statuses a gateway may answer on its own account: their bodies are read before they are passed on. */
const ownStatuses: Readonly<Record<GatewayWire, ReadonlySet<number>>> = {
  bifrost: new Set([401, 402, 403, 429, 502, 503]),
  // Budgets: 400 in older versions, 429 in newer ones.
  litellm: new Set([400, 401, 403, 429, 503]),
  portkey: new Set([400, 401, 403, 412, 429]),
};

export function mayBeGatewaysOwn(status: number, wire: GatewayWire = 'bifrost'): boolean {
  return ownStatuses[wire].has(status);
}

export interface GatewayRejection {
  /** The gateway's own error type, such as `budget_exceeded`. */
  readonly type: string;
  readonly message: string;
}

/**
 * The gateway's own refusal, or undefined when the error is the provider's (passed on untouched).
 * A bare "rate limit exceeded" without a type could be either's and counts as the provider's.
 */
export function readGatewayRejection(body: Buffer, wire: GatewayWire = 'bifrost'): GatewayRejection | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON, so not the documented shape of any gateway.
    return undefined;
  }
  return readers[wire](asRecord(parsed));
}

type Reader = (top: Readonly<Record<string, unknown>>) => GatewayRejection | undefined;

const bifrostTypes = new Set([
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

/** Words of Bifrost's own refusals on routes that lose their type (/genai, newer /anthropic); no provider speaks of virtual keys. */
const bifrostWords = /\bvirtual[ _]key\b|^budget exceeded:|\bconfigured provider keys\b/i;

const litellmTypes = new Set([
  'budget_exceeded',
  'token_not_found_in_db',
  'expired_key',
  'auth_error',
  'key_model_access_denied',
  'team_model_access_denied',
  'user_model_access_denied',
  'org_model_access_denied',
  'no_db_connection',
]);
const litellmBudget = /^ExceededBudget\b|^Budget has been exceeded/;
const litellmLimit =
  /Max parallel request limit reached|LiteLLM Rate Limit Handler|Crossed TPM \/ RPM|^Rate limit exceeded for (?:api_key|user|team|end_user|organization|model_per_key)\b/;

const readers: Readonly<Record<GatewayWire, Reader>> = {
  /** `type` at the top; on /anthropic inside `error`; where the type is lost, the words tell. Provider errors name their provider in `extra_fields`. */
  bifrost: (top) => {
    const inner = asRecord(top['error']);
    if (typeof asRecord(top['extra_fields'])['provider'] === 'string' && !bifrostTypes.has(text(top['type']))) return undefined;
    const message = text(inner['message']) || text(top['message']);
    const type = [top['type'], inner['type'], inner['code']].map(text).find((candidate) => bifrostTypes.has(candidate));
    if (type === undefined) return bifrostWords.test(message) ? { type: 'gateway_refusal', message } : undefined;
    return { type, message: message || type };
  },
  /** `error.type`; limits have no type, so their words tell. What a provider said begins with the name of LiteLLM's exception for it. */
  litellm: (top) => {
    const inner = asRecord(top['error']);
    const message = text(inner['message']) || text(top['detail']);
    if (message.startsWith('litellm.')) return undefined;
    if (litellmBudget.test(message)) return { type: 'budget_exceeded', message };
    if (litellmLimit.test(message)) return { type: 'rate_limited', message };
    const type = text(inner['type']);
    return litellmTypes.has(type) ? { type, message: message || type } : undefined;
  },
  /** `status` is `failure`; what a provider said comes in the provider's shape. */
  portkey: (top) => (top['status'] === 'failure' ? { type: 'gateway_refusal', message: text(top['message']) || 'The gateway gives no reason' } : undefined),
};

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
