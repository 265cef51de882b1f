// What a request asks of whoever answers it, beside its text: model, length, attachments, JSON, and the fields it uses.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DialectId, RequestFacts } from '../../../src/contract/exchange.ts';
import { dialectOf } from '../../../src/dialects/registry.ts';

function factsOf(id: DialectId, body: unknown, path = '/'): RequestFacts {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const head = { method: 'POST', scheme: 'https', host: 'api.example.com', port: 443, path, headers: [], httpVersion: '1.1' } as const;
  const read = dialectOf(id).readRequest(bytes, head);
  if (!read.ok) throw new Error(read.reason);
  return read.facts;
}

/** The bytes that `modelAt` names, as written. */
function modelBytes(id: DialectId, body: string, path?: string): string | undefined {
  const at = factsOf(id, body, path).modelAt;
  return at && Buffer.from(body).toString('utf8', at.start, at.end);
}

const inBody = ['openai-chat', 'openai-responses', 'openai-embeddings', 'anthropic-messages'] as const;
const all = [...inBody, 'gemini'] as const;

test.each(inBody)('%s says where the name of the model stands', (id) => {
  expect(modelBytes(id, '{"é":"ü", "model" : "gpt-5","x":{"model":"inner"}}')).toBe('gpt-5');
  expect(modelBytes(id, '{"mod\\u0065l":"gpt\\u002d5"}')).toBe('gpt\\u002d5');
  expect(modelBytes(id, '\ufeff{"model":""}')).toBe('');
});

test.each(inBody)('of duplicate models in %s the last counts, whatever it holds', (id) => {
  expect(modelBytes(id, '{"model":"a","model":"b"}')).toBe('b');
  for (const last of ['null', '5', '["b"]', '{"name":"b"}']) expect(modelBytes(id, `{"model":"a","model":${last}}`)).toBeUndefined();
  expect(modelBytes(id, '{}')).toBeUndefined();
});

test('a model that stands in the path has no bytes in the body', () => {
  const path = '/v1beta/models/gemini-2.5-pro:generateContent';
  expect(factsOf('gemini', { model: 'models/other', contents: [] }, path)).toMatchObject({ model: 'gemini-2.5-pro', modelAt: undefined });
  expect(modelBytes('gemini', '{"model":"models/gemini-3","request":{}}', '/v1internal:generateContent')).toBe('models/gemini-3');
  expect(factsOf('openai-chat', { messages: [] }, '/openai/deployments/ours/chat/completions')).toMatchObject({ model: 'ours', modelAt: undefined });
  expect(factsOf('openai-embeddings', { input: 'x' }, '/openai/deployments/ours/embeddings')).toMatchObject({ model: 'ours', modelAt: undefined });
});

test.each([
  ['openai-chat', { max_tokens: 12 }],
  ['openai-chat', { max_tokens: 7, max_completion_tokens: 12 }],
  ['openai-responses', { max_output_tokens: 12 }],
  ['anthropic-messages', { max_tokens: 12 }],
  ['gemini', { generationConfig: { maxOutputTokens: 12 } }],
  ['gemini', { generation_config: { max_output_tokens: 12 } }],
  ['gemini', { model: 'm', request: { generationConfig: { maxOutputTokens: 12 } } }],
] as const)('%s reads the longest answer from %j', (id, body) => {
  expect(factsOf(id, body).maxOutputTokens).toBe(12);
});

test('a limit is a whole number above zero, however it is written, and nothing else', () => {
  const limit = (written: string) => factsOf('openai-chat', `{"max_tokens":${written}}`).maxOutputTokens;
  expect([limit('1e3'), limit('1000.0'), limit('2E+2'), limit(' 5 ')]).toEqual([1000, 1000, 200, 5]);
  for (const written of ['0', '-1', '1.5', 'null', '"12"', '[12]', '{"a":12}', 'true', '1e400', '9'.repeat(10_000), `0.${'0'.repeat(50)}1`]) {
    expect([written.slice(0, 20), limit(written)]).toEqual([written.slice(0, 20), undefined]);
  }
  expect(factsOf('openai-chat', '{"max_tokens":5,"max_tokens":null}').maxOutputTokens).toBeUndefined();
  expect(factsOf('openai-chat', { messages: [{ max_tokens: 5 }], metadata: { max_tokens: 6 } }).maxOutputTokens).toBeUndefined();
});

const user = (...content: object[]) => [{ role: 'user', content }];

test.each<[DialectId, object]>([
  ['openai-chat', { messages: user({ type: 'text', text: 'a' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }) }],
  ['openai-chat', { messages: user({ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }) }],
  ['openai-chat', { messages: user({ type: 'file', file: { file_id: 'f' } }) }],
  ['openai-chat', { messages: user({ type: 'video_url', video_url: { url: 'https://x' } }) }],
  ['openai-responses', { input: user({ type: 'input_image', image_url: 'https://x' }) }],
  ['openai-responses', { input: user({ type: 'input_file', file_id: 'f' }) }],
  ['openai-responses', { input: [{ type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot', image_url: 'data:' } }] }],
  ['openai-responses', { input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: 'data:' }] }] }],
  ['anthropic-messages', { messages: user({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } }) }],
  ['anthropic-messages', { messages: user({ type: 'document', source: { type: 'url', url: 'https://x' } }) }],
  ['anthropic-messages', { messages: user({ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: {} }] }) }],
  ['gemini', { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }] }] }],
  ['gemini', { contents: [{ parts: [{ file_data: { file_uri: 'gs://x' } }] }] }],
  ['gemini', { contents: [{ parts: [{ functionResponse: { name: 'f', response: {}, parts: [{ inlineData: { data: 'AA==' } }] } }] }] }],
])('%s sees what is attached in %j', (id, body) => {
  expect(factsOf(id, body).hasMedia).toBe(true);
});

test.each<[DialectId, object]>([
  ['openai-chat', { messages: user({ type: 'text', text: 'image_url' }), modalities: ['text'], tools: [{ type: 'function', function: { name: 'image' } }] }],
  ['openai-chat', { messages: [{ role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'f', arguments: { type: 'image' } } }] }] }],
  ['openai-responses', { input: 'image', tools: [{ type: 'image_generation' }, { type: 'file_search' }], text: { format: { type: 'text' } } }],
  ['anthropic-messages', { messages: user({ type: 'tool_use', id: 't', name: 'f', input: { type: 'image' } }), tools: [{ name: 'image' }] }],
  ['gemini', { contents: [{ parts: [{ text: 'inlineData' }, { inlineData: null }] }] }],
  ['openai-embeddings', { input: ['image'] }],
])('%s sees nothing attached in %j', (id, body) => {
  expect(factsOf(id, body).hasMedia).toBe(false);
});

test('an attachment is seen however its type or key is spelt', () => {
  expect(factsOf('openai-chat', '{"messages":[{"content":[{"ty\\u0070e":"image\\u005furl"}]}]}').hasMedia).toBe(true);
  expect(factsOf('gemini', '{"contents":[{"parts":[{"inline\\u0044ata":{"data":"AA=="}}]}]}').hasMedia).toBe(true);
});

const schema = { type: 'object', properties: { type: { type: 'string' } } };

test.each<[DialectId, object]>([
  ['openai-chat', { response_format: { type: 'json_object' } }],
  ['openai-chat', { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }],
  ['openai-chat', { response_format: { json_schema: { name: 'x', schema: { type: 'text' } }, type: 'json_schema' } }],
  ['openai-responses', { text: { format: { type: 'json_schema', name: 'x', schema } } }],
  ['anthropic-messages', { output_config: { format: { type: 'json_schema', schema } } }],
  ['anthropic-messages', { output_format: { type: 'json_schema', schema } }],
  ['gemini', { generationConfig: { responseMimeType: 'application/json' } }],
  ['gemini', { generationConfig: { responseSchema: schema } }],
  ['gemini', { generation_config: { response_json_schema: schema } }],
])('%s knows that JSON is wanted in %j', (id, body) => {
  expect(factsOf(id, body).wantsJson).toBe(true);
});

test.each<[DialectId, unknown]>([
  ['openai-chat', { messages: [{ role: 'user', content: 'json_object' }], tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] }],
  ['openai-chat', { response_format: { type: 'text' } }],
  ['openai-chat', { response_format: 'json_object' }],
  ['openai-chat', '{"response_format":{"type":"json_object"},"response_format":{"type":"text"}}'],
  ['openai-chat', '{"response_format":{"type":"json_object"},"response_format":null}'],
  ['openai-responses', { text: { format: { type: 'text' }, verbosity: 'low' }, tools: [{ type: 'function', name: 'f', parameters: schema }] }],
  ['anthropic-messages', { tools: [{ name: 'f', input_schema: schema }], output_config: { effort: 'low' } }],
  ['gemini', { generationConfig: { responseMimeType: 'text/plain', responseSchema: null } }],
])('%s knows that text will do in %j', (id, body) => {
  expect(factsOf(id, body).wantsJson).toBe(false);
});

test.each(all)('%s names the keys of the top level alone, once each, in order', (id) => {
  const body = '{"b":{"inner":1},"mod\\u0065l":"m","a":[{"in":1}],"größe":1,"":2,"b":3}';
  expect(factsOf(id, body).fields).toEqual(['b', 'model', 'a', 'größe', '']);
  expect(factsOf(id, {}).fields).toEqual([]);
});

test('the fields are those JSON.parse finds, at most a hundred', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 120 }), (document) => {
      const text = JSON.stringify(document);
      // Numeric keys stand first in an object, wherever they stood in the text.
      expect([...factsOf('openai-chat', text).fields].sort()).toEqual(
        Object.keys(JSON.parse(text) as object)
          .slice(0, 100)
          .sort(),
      );
    }),
  );
  const many = `{${Array.from({ length: 5_000 }, (_, index) => `"k${index}":0`).join(',')}}`;
  expect(factsOf('openai-chat', many).fields).toHaveLength(100);
  expect(factsOf('openai-chat', `{${'"a":0,'.repeat(5_000)}"b":1}`).fields).toEqual(['a', 'b']);
});
