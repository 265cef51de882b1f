import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogRows } from '../../../src/catalog/hosts.ts';
import { matchHost } from '../../../src/catalog/match.ts';
import { recognise } from '../../../src/catalog/recognise.ts';

function dialectOf(host: string, path: string, method = 'POST'): string {
  const surface = matchHost(host);
  if (surface === undefined) throw new Error(`${host} is not in the catalog`);
  const recognition = recognise(surface, method, path);
  return recognition.kind === 'native' ? 'native' : recognition.dialect;
}

/** A concrete path for a route with `{parameters}`. */
const concrete = (route: string): string => route.replaceAll(/\{[^}]*\}/g, 'Some-thing_1.5');

const everyRoute = catalogRows.flatMap((row) =>
  Object.entries(row.routes).map(([route, dialect]) => ({ host: (row.hosts[0] ?? '').replace('*', 'tenant'), path: concrete(route), dialect })),
);

/** Other spellings of one path that some origin takes for the same. */
const spellings: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => path.replaceAll('/', '//'),
  (path) => `/${path}`,
  (path) => path.replaceAll('/', '/./'),
  (path) => `/x/..${path}`,
  (path) => `/..${path}`,
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.replaceAll(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
  (path) => path.replaceAll(/[a-z]/g, (letter) => `%25${letter.charCodeAt(0).toString(16)}`),
  (path) => `/${path.slice(1).replaceAll('/', '%2f')}`,
  (path) => `/${path.slice(1).replaceAll('/', '\\')}`,
  (path) => path.replaceAll(':', '%3A'),
  (path) => path.toUpperCase(),
  (path) => `${path};jsessionid=1`,
  (path) => `${path}%20`,
  (path) => `${path}#fragment`,
  (path) => `${path}?beta=true`,
  (path) => `${path}%00`,
];

describe('recognising a request', () => {
  it('knows every route of the table on its host', () => {
    for (const { host, path, dialect } of everyRoute) expect([host, path, dialectOf(host, path)]).toEqual([host, path, dialect]);
  });

  it('is not led astray by another spelling of the same path', () => {
    for (const { host, path, dialect } of everyRoute) {
      for (const spell of spellings) expect([host, spell(path), dialectOf(host, spell(path))]).toEqual([host, spell(path), dialect]);
    }
  });

  it('sees through any number of spellings at once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...everyRoute), fc.array(fc.constantFrom(...spellings.slice(0, 7)), { maxLength: 4 }), ({ host, path, dialect }, chain) => {
        expect(
          dialectOf(
            host,
            chain.reduce((text, spell) => spell(text), path),
          ),
        ).toBe(dialect);
      }),
    );
  });

  it.each([
    ['api.openai.com', '/v1/chat/completions', 'openai-chat'],
    ['api.openai.com', '/v1/responses', 'openai-responses'],
    ['eu.api.openai.com', '/v1/responses', 'openai-responses'],
    ['api.openai.com', '/v1/embeddings', 'openai-embeddings'],
    ['api.mistral.ai', '/v1/embeddings', 'openai-embeddings'],
    ['api.cohere.ai', '/compatibility/v1/embeddings', 'openai-embeddings'],
    ['my-team.openai.azure.com', '/openai/deployments/ada/embeddings', 'openai-embeddings'],
    ['generativelanguage.googleapis.com', '/v1beta/openai/embeddings', 'openai-embeddings'],
    ['api.anthropic.com', '/v1/messages', 'anthropic-messages'],
    ['generativelanguage.googleapis.com', '/v1beta/models/gemini-2.5-flash:generateContent', 'gemini'],
    ['generativelanguage.googleapis.com', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', 'gemini'],
    ['generativelanguage.googleapis.com', '/v1beta/openai/chat/completions', 'openai-chat'],
    ['us-east5-aiplatform.googleapis.com', '/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude@1:streamRawPredict', 'anthropic-messages'],
    ['api.groq.com', '/openai/v1/chat/completions', 'openai-chat'],
    ['openrouter.ai', '/api/v1/chat/completions', 'openai-chat'],
    ['api.fireworks.ai', '/inference/v1/chat/completions', 'openai-chat'],
    ['api.perplexity.ai', '/chat/completions', 'openai-chat'],
    ['api.deepseek.com', '/chat/completions', 'openai-chat'],
    ['api.deepseek.com', '/anthropic/v1/messages', 'anthropic-messages'],
    ['open.bigmodel.cn', '/api/paas/v4/chat/completions', 'openai-chat'],
    ['dashscope.aliyuncs.com', '/compatible-mode/v1/chat/completions', 'openai-chat'],
    ['my-team.openai.azure.com', '/openai/deployments/gpt-4o/chat/completions', 'openai-chat'],
    ['my-team.openai.azure.com', '/openai/v1/responses', 'openai-responses'],
    ['api.business.githubcopilot.com', '/chat/completions', 'openai-chat'],
    ['opencode.ai', '/zen/v1/messages', 'anthropic-messages'],
  ])('takes POST https://%s%s for %s', (host, path, dialect) => {
    expect(dialectOf(host, path)).toBe(dialect);
  });

  it.each([
    ['api.anthropic.com', '/v1/messages/count_tokens'],
    ['api.anthropic.com', '/v1/messages/batches'],
    ['api.anthropic.com', '/v1/messagesx'],
    ['api.anthropic.com', '/x/v1/messages'],
    ['api.anthropic.com', '/v1/chat/completions'],
    ['api.openai.com', '/v1/models'],
    ['api.anthropic.com', '/v1/embeddings'],
    ['api.groq.com', '/openai/v1/embeddings'],
    ['api.openai.com', '/v1/responses/resp_1/cancel'],
    ['api.openai.com', '/v1/messages'],
    ['api.openai.com', '/v1/chat/completions/../models'],
    ['api.openai.com', ''],
    ['api.openai.com', '*'],
    ['generativelanguage.googleapis.com', '/v1beta/models/gemini-2.5-flash:countTokens'],
    ['generativelanguage.googleapis.com', '/v1beta/models/gemini-2.5-flash:embedContent'],
    ['generativelanguage.googleapis.com', '/v1beta/models/a/b:generateContent'],
    ['generativelanguage.googleapis.com', '/v1beta/models/:generateContent'],
    ['openrouter.ai', '/chat'],
  ])('leaves POST https://%s%s native', (host, path) => {
    expect(dialectOf(host, path)).toBe('native');
  });

  it('leaves every other method native, WebSocket upgrades included', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT', 'CONNECT', ''])
      expect(dialectOf('api.openai.com', '/v1/responses', method)).toBe('native');
    expect(dialectOf('api.openai.com', '/v1/responses', 'post')).toBe('openai-responses');
  });

  it('leaves everything on a tunnelled host native', () => {
    expect(dialectOf('chatgpt.com', '/backend-api/codex/responses')).toBe('native');
  });

  it('answers any path in one of two kinds without throwing', () => {
    const surface = matchHost('generativelanguage.googleapis.com');
    fc.assert(fc.property(fc.string(), (path) => surface !== undefined && ['native', 'dialect'].includes(recognise(surface, 'POST', path).kind)));
  });
});
