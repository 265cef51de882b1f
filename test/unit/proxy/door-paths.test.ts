import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doorPlace } from '../../../src/proxy/door-paths.ts';
import { dialectOf } from '../../../src/dialects/registry.ts';

/** `dialect path` of a call, else the kind. */
function placeOf(method: string, path: string): string {
  const place = doorPlace(method, path);
  if (place === undefined) return 'none';
  if (place.kind === 'call') return `${place.dialect} ${place.path}`;
  if (place.kind === 'models') return `${place.shape} models ${place.model ?? ''}`.trim();
  return `unsupported ${place.status}`;
}

describe('the paths of the door', () => {
  it.each([
    ['/v1/chat/completions', 'openai-chat /v1/chat/completions'],
    ['/v1/responses', 'openai-responses /v1/responses'],
    ['/v1/embeddings?api-version=1', 'openai-embeddings /v1/embeddings?api-version=1'],
    ['/openai/v1/chat/completions', 'openai-chat /v1/chat/completions'],
    ['/openai/v1/responses', 'openai-responses /v1/responses'],
    ['/openai/v1/embeddings', 'openai-embeddings /v1/embeddings'],
    ['/anthropic/v1/messages?beta=true', 'anthropic-messages /v1/messages?beta=true'],
    ['/genai/v1beta/models/gemini-3-flash:generateContent', 'gemini /v1beta/models/gemini-3-flash:generateContent'],
    ['/genai/v1/models/gemini-3-flash:streamGenerateContent?alt=sse', 'gemini /v1/models/gemini-3-flash:streamGenerateContent?alt=sse'],
    ['/genai/v1beta/models/groq/llama-3.3-70b:generateContent', 'gemini /v1beta/models/groq%2Fllama-3.3-70b:generateContent'],
    ['/genai/v1beta/models/groq%2Fllama-3.3-70b:generateContent', 'gemini /v1beta/models/groq%2Fllama-3.3-70b:generateContent'],
    ['/genai/v1beta/models/ollama/llama3:8b:generateContent', 'gemini /v1beta/models/ollama%2Fllama3%3A8b:generateContent'],
  ])('POST %s is %s', (path, expected) => {
    expect(placeOf('POST', path)).toBe(expected);
  });

  it.each([
    ['/v1/models', 'openai models'],
    ['/openai/v1/models', 'openai models'],
    ['/v1/models/gpt-5', 'openai models gpt-5'],
    ['/v1/models/groq/llama-3.3', 'openai models groq/llama-3.3'],
    ['/v1/models/groq%2Fllama-3.3', 'openai models groq/llama-3.3'],
    ['/anthropic/v1/models?limit=20', 'anthropic models'],
    ['/anthropic/v1/models/claude-sonnet-5', 'anthropic models claude-sonnet-5'],
    ['/genai/v1beta/models?pageSize=50', 'gemini models'],
    ['/genai/v1/models/llama3:8b', 'gemini models llama3:8b'],
  ])('GET %s is %s', (path, expected) => {
    expect(placeOf('GET', path)).toBe(expected);
    expect(placeOf('HEAD', path)).toBe(expected);
  });

  it.each(['/', '*', '/proxy.pac', '/ca.pem', '/metrics', '/v2/models', '/v1x', '/v1beta/models', '/openaix/v1/models', '/x/v1/models', '/favicon.ico', ''])(
    'leaves %j to the pages',
    (path) => {
      expect([placeOf('GET', path), placeOf('POST', path)]).toEqual(['none', 'none']);
    },
  );

  it.each([
    ['POST', '/v1/completions', 404],
    ['POST', '/v1/audio/speech', 404],
    ['POST', '/v1', 404],
    ['GET', '/v1/', 404],
    ['GET', '/v1/responses/resp_1', 404],
    ['POST', '/anthropic/v1/messages/count_tokens', 404],
    ['POST', '/anthropic/v1/messages/batches', 404],
    ['POST', '/anthropic/v1/chat/completions', 404],
    ['POST', '/openai/v1/messages', 404],
    ['POST', '/v1/messages', 404],
    ['POST', '/genai/v1beta/models/m:countTokens', 404],
    ['POST', '/genai/v1beta/models/m:embedContent', 404],
    ['POST', '/genai/v1beta/models/:generateContent', 404],
    ['POST', '/genai/v1beta/tunedModels/m:generateContent', 404],
    ['POST', '/genai/v2/models/m:generateContent', 404],
    ['POST', '/genai/v1beta/models', 404],
    ['GET', '/v1/chat/completions', 405],
    ['OPTIONS', '/v1/chat/completions', 405],
    ['post', '/v1/chat/completions', 405],
    ['DELETE', '/v1/models/gpt-5', 405],
    ['POST', '/v1/models', 405],
    ['GET', '/genai/v1beta/models/', 404],
  ] as const)('%s %s is not there: %i', (method, path, status) => {
    expect(doorPlace(method, path)).toMatchObject({ kind: 'unsupported', status });
  });

  it('says of each unsupported path what is there', () => {
    expect(doorPlace('POST', '/v1/completions')).toMatchObject({ message: expect.stringContaining('/v1/chat/completions') as string });
    expect(doorPlace('POST', '/anthropic/v1/x')).toMatchObject({ message: expect.stringContaining('/anthropic/v1/messages') as string });
    expect(doorPlace('POST', '/genai/v1beta/models/m:countTokens')).toMatchObject({ message: expect.stringContaining(':generateContent') as string });
    expect(doorPlace('POST', '/anthropic/v1/messages/count_tokens')).toMatchObject({ message: expect.stringContaining('does not count tokens') as string });
  });
});

describe('other spellings of the paths', () => {
  const paths = ['/v1/chat/completions', '/openai/v1/embeddings', '/anthropic/v1/messages', '/genai/v1beta/models/m:generateContent', '/v1/models'];
  const spellings: readonly ((path: string) => string)[] = [
    (path) => `/${path}`,
    (path) => path.replaceAll('/', '//'),
    (path) => path.replace('/v1', '/./v1'),
    (path) => path.replace('/v1', '/x/../v1'),
    (path) => `${path}/`,
    (path) => path.toUpperCase(),
    (path) => path.replace('v', '%76'),
    (path) => path.replace('/v', '%2fv').replace(/^%2f/, '/%2f'),
    (path) => path.replace('v1', 'v1;a=b'),
    (path) => path.replace('/v1', '\\v1').replace(/^\\/, '/\\'),
    (path) => `${path}#x`,
    (path) => `${path}%00`,
    (path) => `${path}%zz`,
  ];

  it('are told so, and never become a call', () => {
    for (const path of paths) {
      for (const spell of spellings) expect([spell(path), placeOf('POST', spell(path))]).toEqual([spell(path), 'unsupported 404']);
    }
  });

  it('of a model cannot lead elsewhere', () => {
    for (const model of [
      '..',
      '../x',
      'a/../b',
      '%2e%2e',
      'a%2f..%2fb',
      'a//b',
      'a%2F%2Fb',
      '%2Fa',
      'a%3Fkey=1',
      'a%23b',
      'a%5cb',
      '%252e%252e',
      'a%0d%0ab',
      '%ff',
      'a%20b',
    ]) {
      expect([model, placeOf('POST', `/genai/v1beta/models/${model}:generateContent`)]).toEqual([model, 'unsupported 404']);
      expect([model, placeOf('GET', `/v1/models/${model}`)]).toEqual([model, 'unsupported 404']);
    }
  });

  it('never throw, whatever the bytes', () => {
    const pieces = fc.constantFrom(
      '/v1',
      '/genai',
      '/v1beta/models/',
      'm',
      ':generateContent',
      '%2f',
      '%',
      '..',
      '//',
      '?',
      '#',
      ';',
      '\\',
      ' ',
      '/anthropic',
      'é',
    );
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'OPTIONS', ''), fc.array(fc.oneof(pieces, fc.string()), { maxLength: 8 }), (method, parts) => {
        const place = doorPlace(method, `/${parts.join('')}`);
        if (place?.kind === 'call') expect(place.path).toMatch(/^\/v1(?:beta)?\/[^\\#; ]+$|\?/);
      }),
    );
  });
});

describe('the path a call goes on with', () => {
  it('has no key in its query', () => {
    expect(placeOf('POST', '/genai/v1beta/models/m:streamGenerateContent?key=sk-hd-secret&alt=sse')).toBe(
      'gemini /v1beta/models/m:streamGenerateContent?alt=sse',
    );
    expect(placeOf('POST', '/genai/v1beta/models/m:generateContent?%6bey=sk-hd-secret')).toBe('gemini /v1beta/models/m:generateContent');
  });

  it('names the model to the dialect as the client meant it', () => {
    const models = fc.stringMatching(/^[a-zA-Z0-9._@-]{1,10}(?:[/:][a-zA-Z0-9_@-]{1,10}){0,3}$/).filter((name) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(name));
    fc.assert(
      fc.property(models, fc.boolean(), (model, isEncoded) => {
        const place = doorPlace('POST', `/genai/v1beta/models/${isEncoded ? encodeURIComponent(model) : model}:generateContent`);
        if (place?.kind !== 'call') throw new Error(`no call: ${model}`);
        const head = { method: 'POST', scheme: 'http', host: '', port: 0, path: place.path, headers: [], httpVersion: '1.1' } as const;
        const read = dialectOf('gemini').readRequest(Buffer.from('{"contents":[]}'), head);
        expect(read).toMatchObject({ ok: true, facts: { model, stream: false } });
      }),
    );
  });
});
