import { expect, test } from 'vitest';
import { openAiEmbeddings } from '../../../src/dialects/openai-embeddings.ts';
import { json, readHoweverCut, readWhole, survivesDamage } from './answer-harness.ts';

const answer = (data: string, rest = '"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}') =>
  `{\n "object":"list",\n "data": ${data},\n ${rest}\n}\n`;
const vectors = '[{"object":"embedding","index":0,"embedding":[-0.0069,1e-3]},{"object":"embedding","index":1,"embedding":"AA]=\\"}"}]';
const facts = { model: 'text-embedding-3-small', usage: { inputTokens: 8 }, stopReason: undefined, error: undefined, complete: true, sawContent: true };

test('an answer is read the same however it is cut', () => {
  expect(readHoweverCut(openAiEmbeddings, { contentType: json, wire: answer(vectors) })).toEqual(facts);
});

test('an answer far larger than what is kept of a document is read whole, for its vectors are passed over', () => {
  const reader = openAiEmbeddings.readResponse(json, 200);
  const vector = Buffer.from(`{"object":"embedding","index":0,"embedding":[${'0.0123456789,'.repeat(1_000)}0]},`);
  reader.write(Buffer.from('{"data":['));
  for (let count = 0; count < 2_000; count += 1) reader.write(vector);
  reader.write(Buffer.from('{}],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}'));
  expect({ ...reader.facts(), sawContent: reader.sawContent }).toEqual({ ...facts, model: 'm', usage: { inputTokens: 5 } });
});

test('no vectors are no content, and a total alone is all input', () => {
  expect(readWhole(openAiEmbeddings, { contentType: json, wire: answer('[ \n ]') })).toEqual({ ...facts, sawContent: false });
  expect(readWhole(openAiEmbeddings, { contentType: json, wire: answer(vectors, '"usage":{"total_tokens":3}') })).toEqual({
    ...facts,
    model: undefined,
    usage: { inputTokens: 3 },
  });
});

test('an answer that is cut short is not complete', () => {
  const wire = answer(vectors);
  for (const end of [wire.indexOf('1e-3'), wire.indexOf('"model"'), wire.length - 3]) {
    expect(readWhole(openAiEmbeddings, { contentType: json, wire: wire.slice(0, end) }).complete).toBe(false);
  }
});

test('an error is the provider’s own', () => {
  const wire = '{"error":{"message":"too long","type":"invalid_request_error","param":null,"code":null}}';
  expect(readWhole(openAiEmbeddings, { contentType: json, status: 400, wire })).toMatchObject({
    error: { type: 'invalid_request_error', message: 'too long' },
    sawContent: false,
  });
  expect(
    readWhole(openAiEmbeddings, { contentType: json, status: 404, wire: '[{"error":{"message":"gone","status":"NOT_FOUND","details":[{"a":1}]}}]' }),
  ).toMatchObject({
    error: { type: 'NOT_FOUND', message: 'gone' },
  });
});

test('damage of any kind is survived', () => {
  survivesDamage(openAiEmbeddings, { contentType: json, wire: answer(vectors) });
});
