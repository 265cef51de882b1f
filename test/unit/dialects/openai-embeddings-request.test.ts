import { expect, test } from 'vitest';
import { openAiEmbeddings } from '../../../src/dialects/openai-embeddings.ts';
import { readFacts, refusesUnreadable } from './request-harness.ts';

const texts = (body: object) => readFacts(openAiEmbeddings, { model: 'm', ...body }).texts;

test('one input and a list of inputs are the user’s text', () => {
  expect(readFacts(openAiEmbeddings, { model: 'text-embedding-3-small', input: 'a', encoding_format: 'float', user: 'u', dimensions: 256 })).toEqual({
    model: 'text-embedding-3-small',
    stream: false,
    tools: [],
    texts: ['user: a'],
  });
  expect(texts({ input: ['a', 'b', ''] })).toEqual(['user: a', 'user: b']);
});

test('tokens are no text', () => {
  expect(texts({ input: [1, 2, 3] })).toEqual([]);
  expect(texts({ input: [[1, 2], [3]] })).toEqual([]);
  expect(texts({ input: [[1], 'a'] })).toEqual(['user: a']);
});

test('inputs of another shape are not a hole', () => {
  expect(texts({ input: [{ text: 'a', role: 'system' }, { content: [{ type: 'text', text: 'b' }] }] })).toEqual([
    'user: a',
    'user: system',
    'user: text',
    'user: b',
  ]);
  expect(texts({ input: 'a', prompt: 'b', input_type: { hint: 'c' } })).toEqual(['user: a', 'user: b', 'user: c']);
});

test('of duplicate keys all text is found, and keys may be written with escapes', () => {
  expect(readFacts(openAiEmbeddings, '{"input":"a","inp\\u0075t":"b","mod\\u0065l":"m"}')).toMatchObject({ model: 'm', texts: ['user: a', 'user: b'] });
});

test('what is not a JSON object is refused with the reason', () => {
  refusesUnreadable(openAiEmbeddings);
});
