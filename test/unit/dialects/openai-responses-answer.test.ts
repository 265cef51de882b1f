import { expect, test } from 'vitest';
import { openAiResponses } from '../../../src/dialects/openai-responses.ts';
import { json, readHoweverCut, readWhole, respelled, sse, survivesDamage } from './answer-harness.ts';

const event = (type: string, fields: string) => `event: ${type}\ndata: {"type":"${type}",${fields}}\n\n`;
const response = (status: string, rest: string) =>
  `{"id":"resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654","object":"response","created_at":1741290958,"status":"${status}","error":null,"incomplete_details":null,"instructions":"Be brief.","model":"gpt-4.1-2025-04-14",${rest}}`;
const usage =
  '{"input_tokens":37,"input_tokens_details":{"cached_tokens":5,"cache_write_tokens":2},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":48}';
const output =
  '[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi thére!","annotations":[]}]}]';

const opening = [
  event('response.created', `"sequence_number":0,"response":${response('in_progress', '"output":[],"usage":null')}`),
  event('response.in_progress', `"sequence_number":1,"response":${response('in_progress', '"output":[],"usage":null')}`),
  event(
    'response.output_item.added',
    '"sequence_number":2,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}',
  ),
].join('');
const delta = event('response.output_text.delta', '"sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hi thére!"');
const closing = event('response.completed', `"sequence_number":4,"response":${response('completed', `"output":${output},"usage":${usage}`)}`);

const facts = {
  model: 'gpt-4.1-2025-04-14',
  usage: { inputTokens: 37, outputTokens: 11, cachedInputTokens: 5, cacheWriteTokens: 2, reasoningTokens: 4 },
  stopReason: 'completed',
  error: undefined,
  complete: true,
  sawContent: true,
};

test('a stream is read the same however it is cut', () => {
  expect(readHoweverCut(openAiResponses, { contentType: sse, wire: opening + delta + closing })).toEqual(facts);
});

test('a stream is read the same in any spelling, and without event fields', () => {
  const stream = opening + delta + closing;
  for (const wire of [...respelled(stream), stream.replaceAll(/^event: .*\n/gm, '')])
    expect(readWhole(openAiResponses, { contentType: sse, wire })).toEqual(facts);
});

test('a plain answer is read the same however it is cut', () => {
  expect(readHoweverCut(openAiResponses, { contentType: json, wire: response('completed', `"output":${output},"usage":${usage}`) })).toEqual(facts);
});

test('content is seen at the first delta and not before', () => {
  expect(readWhole(openAiResponses, { contentType: sse, wire: opening })).toMatchObject({
    sawContent: false,
    complete: false,
    stopReason: undefined,
    model: facts.model,
  });
  for (const type of ['response.output_text.delta', 'response.reasoning_summary_text.delta', 'response.function_call_arguments.delta']) {
    expect(readWhole(openAiResponses, { contentType: sse, wire: opening + event(type, '"delta":"x"') }).sawContent).toBe(true);
  }
});

test('a failed response is complete and carries the provider’s error', () => {
  const failed =
    '{"id":"resp_1","object":"response","status":"failed","error":{"code":"server_error","message":"The model failed."},"model":"gpt-4.1","output":[],"usage":null}';
  expect(
    readHoweverCut(openAiResponses, { contentType: sse, wire: opening + event('response.failed', `"sequence_number":3,"response":${failed}`) }),
  ).toMatchObject({
    error: { type: 'server_error', message: 'The model failed.' },
    stopReason: 'failed',
    complete: true,
  });
});

test('an incomplete response is complete as an answer and says why it stopped', () => {
  const incomplete = response('incomplete', `"output":${output},"usage":${usage}`).replace(
    '"incomplete_details":null',
    '"incomplete_details":{"reason":"max_output_tokens"}',
  );
  expect(readWhole(openAiResponses, { contentType: sse, wire: event('response.incomplete', `"response":${incomplete}`) })).toMatchObject({
    stopReason: 'max_output_tokens',
    complete: true,
  });
});

test('an error event is the provider’s error, flat or nested', () => {
  const flat = event('error', '"sequence_number":3,"code":"ERR_SOMETHING","message":"Something went wrong","param":null');
  expect(readHoweverCut(openAiResponses, { contentType: sse, wire: opening + flat })).toMatchObject({
    error: { type: 'ERR_SOMETHING', message: 'Something went wrong' },
    complete: false,
  });
  const nested = event('error', '"error":{"type":"rate_limit_error","code":"x","message":"Slow down"}');
  expect(readWhole(openAiResponses, { contentType: sse, wire: nested }).error).toEqual({ type: 'rate_limit_error', message: 'Slow down' });
});

test('a closing event over the limit still ends the answer', () => {
  const wire = opening + delta + event('response.completed', `"response":${response('completed', `"output":"${'x'.repeat(2 << 20)}","usage":${usage}`)}`);
  expect(readWhole(openAiResponses, { contentType: sse, wire })).toMatchObject({ complete: true, usage: undefined, sawContent: true });
});

test('an error document is the provider’s error', () => {
  const wire = '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}';
  expect(readWhole(openAiResponses, { contentType: json, status: 401, wire })).toMatchObject({
    error: { type: 'invalid_request_error', message: 'Incorrect API key provided' },
    complete: true,
  });
});

test('damaged answers never throw', () => {
  survivesDamage(openAiResponses, { contentType: sse, wire: opening + delta + closing });
});
