import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DialectId, RequestHead } from '../../../src/contract/exchange.ts';
import { simulate } from '../../../src/simulator/simulate.ts';

const dialects = ['openai-chat', 'openai-responses', 'openai-embeddings', 'anthropic-messages', 'gemini'] as const;
const paths: Readonly<Record<DialectId, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'openai-embeddings': '/v1/embeddings',
  'anthropic-messages': '/v1/messages',
  gemini: '/v1beta/models/gemini-3:generateContent',
};
const bodies: Readonly<Record<DialectId, object>> = {
  'openai-chat': { model: 'gpt-5', stream: true, messages: [{ role: 'user', content: 'hi' }] },
  'openai-responses': { model: 'gpt-5', stream: true, input: 'hi' },
  'openai-embeddings': { model: 'text-embedding-3-small', input: 'hi' },
  'anthropic-messages': { model: 'claude', stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
  gemini: { contents: [{ parts: [{ text: 'hi' }] }] },
};
const headFor = (dialect: DialectId, path = paths[dialect]): RequestHead => ({
  method: 'POST',
  scheme: 'https',
  host: 'example.com',
  port: 443,
  path,
  headers: [],
  httpVersion: '1.1',
});
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe.each(dialects)('%s', (dialect) => {
  const answer = (body: unknown) => simulate(dialect, headFor(dialect), Buffer.isBuffer(body) ? body : bytes(body));

  test('the same request gets the same bytes, another request another id', () => {
    expect(answer(bodies[dialect])).toEqual(answer(bodies[dialect]));
    expect(answer({ ...bodies[dialect], user: 'other' })).not.toEqual(answer(bodies[dialect]));
  });

  test("what is not a JSON object gets the vendor's 400", () => {
    for (const body of [Buffer.from('{"model": '), Buffer.alloc(0), Buffer.from('[]'), Buffer.from([0xff, 0xfe])]) {
      const refused = answer(body);
      expect(refused.status).toBe(400);
      expect(JSON.parse(Buffer.concat(refused.chunks).toString())).toHaveProperty('error.message', expect.stringContaining('not a JSON object'));
    }
  });

  test("an object without a conversation gets the vendor's 400", () => {
    expect(answer({}).status).toBe(400);
    expect(answer({ model: 'm', max_tokens: 1, messages: [], input: [], contents: [] }).status).toBe(400);
  });

  test('a body that nests without end is refused, not run into', () => {
    const depth = 100_000;
    const deep = Buffer.from(`{"model":"m","tools":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(answer(deep).status).toBe(400);
  });

  test('no JSON at all makes it throw, and content-length is true where it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue({ maxDepth: 4 }), (whole, part) => {
        const object = whole !== null && typeof whole === 'object' && !Array.isArray(whole) ? whole : { whole };
        const mixed = { ...bodies[dialect], ...object, tools: part, tool_choice: part, text: part, response_format: part };
        for (const body of [bytes(whole), bytes(mixed)]) {
          const { headers, chunks } = simulate(dialect, headFor(dialect), body);
          const place = headers.indexOf('content-length');
          if (place >= 0) expect(headers[place + 1]).toBe(String(Buffer.concat(chunks).length));
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('a compressed request is answered like a plain one, a wrongly declared one refused', () => {
  const plain = bytes(bodies['openai-chat']);
  const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };
  for (const [encoding, compress] of Object.entries(encodings)) {
    const head = { ...headFor('openai-chat'), headers: ['Content-Encoding', encoding] };
    expect(simulate('openai-chat', head, compress(plain)).status).toBe(200);
    expect(simulate('openai-chat', head, plain).status).toBe(400);
  }
  expect(simulate('openai-chat', { ...headFor('openai-chat'), headers: ['content-encoding', 'compress'] }, plain).status).toBe(400);
});

test('an Anthropic request without max_tokens is refused as the vendor does', () => {
  const refused = simulate('anthropic-messages', headFor('anthropic-messages'), bytes({ model: 'm', messages: [{ role: 'user', content: 'x' }] }));
  expect(JSON.parse(Buffer.concat(refused.chunks).toString())).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens: Field required' },
  });
});

test('each event of a stream is one chunk, and chat completions end with [DONE]', () => {
  for (const dialect of ['openai-chat', 'openai-responses', 'anthropic-messages'] as const) {
    const { chunks, headers } = simulate(dialect, headFor(dialect), bytes(bodies[dialect]));
    expect(headers.slice(0, 2)).toEqual(['content-type', 'text/event-stream; charset=utf-8']);
    for (const chunk of chunks) expect(chunk.toString()).toMatch(/^(event: [\w.]+\n)?data: .+\n\n$/);
    expect(chunks.at(-1)?.toString() === 'data: [DONE]\n\n').toBe(dialect === 'openai-chat');
  }
});

test('Gemini streams events with alt=sse and a JSON list without', () => {
  const path = '/v1beta/models/gemini-3:streamGenerateContent';
  const events = simulate('gemini', headFor('gemini', `${path}?alt=sse`), bytes(bodies.gemini));
  for (const chunk of events.chunks) expect(chunk.toString()).toMatch(/^data: \{.+\}\r\n\r\n$/);
  const list = simulate('gemini', headFor('gemini', path), bytes(bodies.gemini));
  const documents = JSON.parse(Buffer.concat(list.chunks).toString()) as { modelVersion: string }[];
  expect(documents).toHaveLength(list.chunks.length);
  expect(documents[0]?.modelVersion).toBe('gemini-3');
  const refused = simulate('gemini', headFor('gemini', path), bytes({}));
  expect(JSON.parse(Buffer.concat(refused.chunks).toString())).toMatchObject([{ error: { code: 400, status: 'INVALID_ARGUMENT' } }]);
});

test('Code Assist requests and answers stand in their envelope', () => {
  const body = bytes({ model: 'gemini-3-pro', project: 'p', request: bodies.gemini });
  const plain = simulate('gemini', headFor('gemini', '/v1internal:generateContent'), body);
  expect(JSON.parse(Buffer.concat(plain.chunks).toString())).toMatchObject({
    response: { modelVersion: 'gemini-3-pro', candidates: [{ finishReason: 'STOP' }] },
  });
  const streamed = simulate('gemini', headFor('gemini', '/v1internal:streamGenerateContent?alt=sse'), body);
  expect(streamed.chunks[0]?.toString()).toMatch(/^data: \{"response":\{"candidates"/);
});
