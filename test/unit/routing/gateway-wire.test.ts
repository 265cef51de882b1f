import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatewayCannotCarry, gatewayHeaders, gatewayPath, mayBeGatewaysOwn, readGatewayRejection } from '../../../src/routing/gateway-wire.ts';

describe('the path on the gateway', () => {
  it.each([
    ['openai-chat', '/v1/chat/completions', '/openai/v1/chat/completions'],
    ['openai-chat', '/api/v1/chat/completions?a=1', '/openai/v1/chat/completions?a=1'],
    ['openai-responses', '/v1/responses', '/openai/v1/responses'],
    ['openai-embeddings', '/v1/embeddings', '/openai/v1/embeddings'],
    ['anthropic-messages', '/v1/messages?beta=true', '/anthropic/v1/messages?beta=true'],
    ['gemini', '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse&key=SECRET', '/genai/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse'],
    ['gemini', '/v1/projects/p/locations/l/publishers/google/models/gemini-2.0:generateContent', '/genai/v1beta/models/gemini-2.0:generateContent'],
    ['gemini', '/v1beta/tunedModels/mine:generateContent', '/genai/v1beta/tunedModels/mine:generateContent'],
  ] as const)('for %s from %s is %s', (dialect, path, expected) => {
    expect(gatewayPath(dialect, path)).toBe(expected);
  });

  it.each(['key', 'KEY', 'access_token', 'api_key', 'api-key', 'apikey', '%6Bey', 'k%65y', 'access%5ftoken'])('never carries the credential %s', (name) => {
    for (const query of [`${name}=SECRET`, `a=1&${name}=SECRET&b=2`, `${name}=SECRET&a`, `a&${name}=SECRET`])
      expect(gatewayPath('gemini', `/v1beta/models/m:generateContent?${query}`)).not.toContain('SECRET');
  });

  it('keeps the rest of the query as it was written', () => {
    const pair = fc.stringMatching(/^[a-jl-z]{1,5}(?:=[A-Za-z0-9%+;,/:]{0,8})?$/);
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 6 }), (pairs) => {
        expect(gatewayPath('openai-chat', `/v1/chat/completions?${pairs.join('&')}`)).toBe(`/openai/v1/chat/completions?${pairs.join('&')}`);
      }),
    );
  });
});

describe('the headers to the gateway', () => {
  const secrets = ['Authorization', 'x-api-key', 'X-Goog-Api-Key', 'API-KEY', 'Cookie'];
  const spoofed = ['X-BF-VK', 'x-bf-direct-key', 'X-Bf-Api-Key', 'x-bf-api-key-id', 'X-Bifrost-Agent', 'x-bf-app'];

  it('leave out every credential of the provider and whatever only Heimdall may say', () => {
    const headers = [...secrets, ...spoofed].flatMap((name) => [name, 'SECRET', name, 'SECRET']);
    expect(gatewayHeaders(headers, { virtualKey: 'vk', agent: 'heimdall/1', app: undefined })).toEqual(['x-bf-vk', 'vk', 'X-Bifrost-Agent', 'heimdall/1']);
  });

  it('keep the rest in order, case and number, the session id included', () => {
    const headers = ['Host', 'a', 'anthropic-beta', 'x', 'x-bf-session-id', 's', 'Anthropic-Beta', 'y', 'X-Stainless-Lang', 'js'];
    expect(gatewayHeaders(headers, { virtualKey: undefined, agent: 'h', app: 'claude-code' })).toEqual([
      ...headers,
      'X-Bifrost-Agent',
      'h',
      'X-Bf-App',
      'claude-code',
    ]);
  });

  it('cannot be split by the name of an app', () => {
    const headers = gatewayHeaders([], { virtualKey: undefined, agent: 'h', app: 'evil\r\nx-bf-vk: stolen\x7f\u00e9' });
    expect(headers.at(-1)).toBe('evil??x-bf-vk: stolen??');
  });
});

describe('an error of the gateway itself', () => {
  const read = (document: unknown) => readGatewayRejection(Buffer.from(JSON.stringify(document)));

  it.each([
    [{ type: 'budget_exceeded', error: { message: 'No budget.' } }, 'budget_exceeded', 'No budget.'],
    [{ type: 'error', error: { type: 'rate_limited', message: 'Slow.' } }, 'rate_limited', 'Slow.'],
    [{ error: { code: 'virtual_key_not_found' }, message: 'Unknown key.' }, 'virtual_key_not_found', 'Unknown key.'],
    [{ type: 'model_blocked' }, 'model_blocked', 'model_blocked'],
    [{ type: 'model_blocked', extra_fields: { provider: 'openai' }, error: { message: 'x' } }, 'model_blocked', 'x'],
  ])('is told by its type: %j', (document, type, message) => {
    expect(read(document)).toEqual({ type, message });
  });

  it.each([
    [{ error: { type: 'rate_limit_error', message: 'Provider.' } }],
    [{ type: 'error', error: { type: 'authentication_error' } }],
    [{ type: 'x', extra_fields: { provider: 'openai' }, error: { type: 'rate_limited' } }],
    ['budget_exceeded'],
    [null],
    [[]],
    [{ type: { type: 'budget_exceeded' } }],
    [42],
  ])('is not seen in %j', (document) => {
    expect(read(document)).toBeUndefined();
  });

  it('is never seen in what is not JSON, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readGatewayRejection(Buffer.from(text))).toBeUndefined();
      }),
    );
  });

  it('is looked for in these statuses alone', () => {
    expect(Array.from({ length: 500 }, (_, i) => i + 100).filter((status) => mayBeGatewaysOwn(status))).toEqual([401, 402, 403, 429, 502, 503]);
  });
});

describe('other gateways', () => {
  it.each([
    ['litellm', 'openai-chat', '/openai/v1/chat/completions', '/v1/chat/completions'],
    ['litellm', 'openai-responses', '/v1/responses', '/v1/responses'],
    ['litellm', 'openai-embeddings', '/v1/embeddings', '/v1/embeddings'],
    ['litellm', 'anthropic-messages', '/v1/messages?beta=true', '/v1/messages?beta=true'],
    ['litellm', 'gemini', '/v1/models/m:streamGenerateContent?alt=sse&key=SECRET', '/v1beta/models/m:streamGenerateContent?alt=sse'],
    ['portkey', 'openai-chat', '/api/v1/chat/completions', '/v1/chat/completions'],
    ['portkey', 'anthropic-messages', '/v1/messages', '/v1/messages'],
  ] as const)('%s gets %s from %s at %s', (wire, dialect, path, expected) => {
    expect(gatewayPath(dialect, path, wire)).toBe(expected);
    expect(gatewayCannotCarry(wire, dialect)).toBeUndefined();
  });

  it('say which dialect they have no route for', () => {
    expect(gatewayCannotCarry('portkey', 'gemini')).toContain('gemini');
  });

  const headers = [
    'Host',
    'a',
    'Authorization',
    'Bearer CLIENT',
    'x-api-key',
    'CLIENT',
    'x-portkey-custom-host',
    'evil',
    'X-Heimdall-Deadline-Ms',
    '9',
    'Accept',
    'b',
  ];

  it('get their key where they look for it, and nothing of the client', () => {
    const options = { virtualKey: 'vk', agent: 'h', app: 'x' };
    expect(gatewayHeaders(headers, { ...options, wire: 'litellm' })).toEqual(['Host', 'a', 'Accept', 'b', 'Authorization', 'Bearer vk']);
    expect(gatewayHeaders(headers, { ...options, wire: 'portkey' })).toEqual(['Host', 'a', 'Accept', 'b', 'x-portkey-api-key', 'vk']);
  });

  it('get the further headers of the settings, in place of any other of that name', () => {
    const further = ['x-portkey-provider', 'openai', 'authorization', 'Bearer POOL', 'accept', 'c'];
    expect(gatewayHeaders(headers, { virtualKey: undefined, agent: 'h', app: undefined, wire: 'portkey', further })).toEqual(['Host', 'a', ...further]);
  });

  const refusals = [
    [
      'litellm',
      { error: { message: 'Budget has been exceeded! Current cost: 26.0, Max budget: 0.25', type: 'budget_exceeded', code: '429' } },
      'budget_exceeded',
    ],
    ['litellm', { error: { message: 'ExceededBudget: End User=a over budget.', type: 'auth_error', code: 400 } }, 'budget_exceeded'],
    [
      'litellm',
      { error: { message: 'Authentication Error, Invalid proxy server token passed.', type: 'token_not_found_in_db', code: '401' } },
      'token_not_found_in_db',
    ],
    ['litellm', { error: { message: 'Authentication Error, expired', type: 'expired_key', code: '400' } }, 'expired_key'],
    ['litellm', { error: { message: 'Max parallel request limit reached Hit limit for LiteLLM Virtual Key', type: 'None', code: '429' } }, 'rate_limited'],
    ['litellm', { detail: 'LiteLLM Rate Limit Handler for rate limit type = team. Crossed TPM / RPM / Max Parallel Request Limit.' }, 'rate_limited'],
    ['portkey', { status: 'failure', message: 'Invalid provider passed' }, 'gateway_refusal'],
  ] as const;
  it.each(refusals)('%s is known by its own refusal %j', (wire, document, type) => {
    expect(readGatewayRejection(Buffer.from(JSON.stringify(document)), wire)?.type).toBe(type);
  });

  it.each([
    ['litellm', { error: { message: 'litellm.RateLimitError: RateLimitError: OpenAIException - slow', type: 'throttling_error', code: '429' } }],
    ['litellm', { error: { message: 'litellm.AuthenticationError: OpenAIException - Incorrect API key', type: 'auth_error', code: '401' } }],
    ['litellm', { error: { message: 'Rate limit exceeded', type: null } }],
    ['portkey', { error: { message: 'openai error: slow', type: 'rate_limit_error' }, provider: 'openai' }],
    ['bifrost', { status: 'failure', message: 'x' }],
  ] as const)('%s passes on what the provider said: %j', (wire, document) => {
    expect(readGatewayRejection(Buffer.from(JSON.stringify(document)), wire)).toBeUndefined();
  });

  it('may refuse with the statuses of their own', () => {
    expect([400, 402, 412, 500].map((status) => mayBeGatewaysOwn(status, 'litellm'))).toEqual([true, false, false, false]);
    expect([400, 402, 412, 500].map((status) => mayBeGatewaysOwn(status, 'portkey'))).toEqual([true, false, true, false]);
  });
});
