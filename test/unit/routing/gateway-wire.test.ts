import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatewayHeaders, gatewayPath, mayBeGatewaysOwn, readGatewayRejection } from '../../../src/routing/gateway-wire.ts';

describe('the path on the gateway', () => {
  it.each([
    ['openai-chat', '/v1/chat/completions', '/openai/v1/chat/completions'],
    ['openai-chat', '/api/v1/chat/completions?a=1', '/openai/v1/chat/completions?a=1'],
    ['openai-responses', '/v1/responses', '/openai/v1/responses'],
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
    expect(Array.from({ length: 500 }, (_, i) => i + 100).filter(mayBeGatewaysOwn)).toEqual([401, 402, 403, 429, 502, 503]);
  });
});
