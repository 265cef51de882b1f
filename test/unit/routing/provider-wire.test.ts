import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { providerCallPath, providerHeaders } from '../../../src/routing/provider-wire.ts';

const row = { paths: { 'openai-chat': '/v1/chat/completions', gemini: '/v1beta/models/{model}:{method}' } } as const;

describe('the path at a provider', () => {
  it('is that of the row for the dialect, with the query of the client', () => {
    expect(providerCallPath(row, 'openai-chat', '/openai/deployments/x/chat/completions?trace=1', 'gpt')).toBe('/v1/chat/completions?trace=1');
  });

  it('is unknown for a dialect that the provider does not speak', () => {
    expect(providerCallPath(row, 'anthropic-messages', '/v1/messages', 'm')).toBeUndefined();
  });

  it('names the model and the method of Gemini, and keeps how the stream is framed', () => {
    expect(providerCallPath(row, 'gemini', '/genai/v1beta/models/other:streamGenerateContent?alt=sse&key=SECRET', 'gemini-2.5-pro')).toBe(
      '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    );
    expect(providerCallPath(row, 'gemini', '/v1/chat/completions', 'tuned/mine')).toBe('/v1beta/models/tuned/mine:generateContent');
  });

  it.each([
    ['/v1beta/models/gemini-2.5-flash:generateContent', '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['/v1/projects/p/locations/l/publishers/google/models/gemini-x:streamGenerateContent', '/v1beta/models/gemini-x:streamGenerateContent'],
    ['/v1beta/models/llama3%3A8b:generateContent', '/v1beta/models/llama3%3A8b:generateContent'],
    ['/v1beta/models/%ff:generateContent', '/v1beta/models/%25ff:generateContent'],
  ])('keeps the model of the client where no other is asked for: %s', (client, path) => {
    expect(providerCallPath(row, 'gemini', client, undefined)).toBe(path);
  });

  it('stays in its folder and without a second query, whatever the model is called', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('\ud800', '../../x', '..', '.', 'a/../b', 'm?key=1', 'm#x', '$&', '$1')), (model) => {
        const path = providerCallPath(row, 'gemini', '/v1beta/models/a:generateContent', model) ?? '';
        expect(path.startsWith('/v1beta/models/')).toBe(true);
        expect(path.endsWith(':generateContent')).toBe(true);
        expect(path).toMatch(/^[\x21-\x7e]+$/);
        expect(path).not.toMatch(/[?#]|\/\.\.?(?:\/|:|$)/);
      }),
    );
  });
});

describe('the headers to a provider', () => {
  const bearer = { header: 'Authorization', scheme: 'Bearer' };

  it('hold the pool’s key and nothing by which the client was known', () => {
    const secrets = [
      'Authorization',
      'X-API-Key',
      'x-goog-api-key',
      'api-key',
      'Cookie',
      'x-bf-vk',
      'x-bf-session-id',
      'X-Heimdall-Deadline-Ms',
      'x-portkey-api-key',
    ];
    const accounts = ['OpenAI-Organization', 'openai-project'];
    const headers = [...secrets, ...accounts].flatMap((name) => [name, 'CLIENT']);
    expect(providerHeaders(headers, { auth: bearer, key: 'POOL', fixed: [] })).toEqual(['Authorization', 'Bearer POOL']);
  });

  it('keep the rest in order, case and number', () => {
    const headers = ['Host', 'a', 'anthropic-beta', 'x', 'Anthropic-Beta', 'y', 'X-Stainless-Lang', 'js'];
    expect(providerHeaders(headers, { auth: { header: 'x-api-key', scheme: undefined }, key: 'k', fixed: [] })).toEqual([...headers, 'x-api-key', 'k']);
  });

  it('take a header for the key out even where its name is unusual', () => {
    expect(providerHeaders(['X-Own-Key', 'CLIENT'], { auth: { header: 'x-own-key', scheme: undefined }, key: undefined, fixed: [] })).toEqual([]);
  });

  it('get what the provider needs, unless the client has said it', () => {
    const fixed = ['anthropic-version', '2023-06-01'];
    expect(providerHeaders([], { auth: undefined, key: undefined, fixed })).toEqual(fixed);
    expect(providerHeaders(['Anthropic-Version', '2030-01-01'], { auth: undefined, key: undefined, fixed })).toEqual(['Anthropic-Version', '2030-01-01']);
  });
});
