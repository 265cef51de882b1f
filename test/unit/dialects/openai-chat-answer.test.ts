import { expect, test } from 'vitest';
import { openAiChat } from '../../../src/dialects/openai-chat.ts';
import { json, readHoweverCut, readWhole, respelled, sse, survivesDamage } from './answer-harness.ts';

const head =
  '"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_06737a9306"';
const chunk = (delta: string, finish = 'null', usage = 'null') =>
  `data: {${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}],"usage":${usage}}\n\n`;
const usage =
  '{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":12,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}';

const stream = [
  chunk('{"role":"assistant","content":"","refusal":null}'),
  chunk('{"content":"Hél"}'),
  chunk('{"content":"lo \\"usage\\": {1} \\"error\\": 😀"}'),
  chunk('{}', '"stop"'),
  `data: {${head},"choices":[],"usage":${usage}}\n\n`,
  'data: [DONE]\n\n',
].join('');

const facts = {
  model: 'gpt-4o-mini-2024-07-18',
  usage: { inputTokens: 1117, outputTokens: 46, cachedInputTokens: 1024, reasoningTokens: 12 },
  stopReason: 'stop',
  error: undefined,
  complete: true,
  sawContent: true,
};

test('a stream is read the same however it is cut', () => {
  expect(readHoweverCut(openAiChat, { contentType: sse, wire: stream })).toEqual(facts);
});

test('a stream is read the same with any line ends, comments, a byte order mark or no content type', () => {
  for (const wire of respelled(stream)) expect(readHoweverCut(openAiChat, { contentType: sse, wire })).toEqual(facts);
  expect(readHoweverCut(openAiChat, { contentType: 'text/plain', wire: stream })).toEqual(facts);
});

test('a plain answer is read the same however it is cut', () => {
  const wire = `{\n  "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-5", "choices": [{"index": 0, "message": {"role": "assistant", "content": "a } \\" ] b", "refusal": null, "annotations": []}, "finish_reason": "length"}], "usage": ${usage}\n}\n`;
  expect(readHoweverCut(openAiChat, { contentType: json, wire })).toEqual({ ...facts, model: 'gpt-5', stopReason: 'length' });
});

test('a stream without its end is not complete, and its facts so far stand', () => {
  const cut = stream.slice(0, stream.indexOf('data: [DONE]'));
  expect(readWhole(openAiChat, { contentType: sse, wire: cut })).toEqual({ ...facts, complete: false });
  expect(readWhole(openAiChat, { contentType: json, wire: '{"model":"x","usage":{}' }).complete).toBe(false);
  expect(readWhole(openAiChat, { contentType: json, wire: '' }).complete).toBe(false);
});

test('an opening chunk without content is not content; reasoning, refusals and tool calls are', () => {
  const saw = (delta: string) => readWhole(openAiChat, { contentType: sse, wire: chunk(delta) }).sawContent;
  expect(saw('{"role":"assistant","content":"","refusal":null,"tool_calls":[]}')).toBe(false);
  expect(saw('{}')).toBe(false);
  expect(saw('{"content":"a"}')).toBe(true);
  expect(saw('{"reasoning_content":"a"}')).toBe(true);
  expect(saw('{"refusal":"a"}')).toBe(true);
  expect(saw('{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}')).toBe(true);
});

test('a legacy completion is content and has a stop reason', () => {
  const wire =
    '{"id":"cmpl-1","object":"text_completion","model":"babbage-002","choices":[{"text":"hi","index":0,"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}';
  expect(readWhole(openAiChat, { contentType: json, wire })).toMatchObject({
    model: 'babbage-002',
    sawContent: true,
    stopReason: 'stop',
    usage: { inputTokens: 5, outputTokens: 7 },
  });
});

test('an error document is the provider’s error and a whole answer', () => {
  const wire = '{"error":{"message":"Rate limit reached","type":"tokens","param":null,"code":"rate_limit_exceeded"}}';
  expect(readHoweverCut(openAiChat, { contentType: json, status: 429, wire })).toEqual({
    model: undefined,
    usage: undefined,
    stopReason: undefined,
    error: { type: 'tokens', message: 'Rate limit reached' },
    complete: true,
    sawContent: false,
  });
});

test.each([
  ['{"error":"model not found"}', 404, { type: 'error', message: 'model not found' }],
  ['[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]', 400, { type: 'INVALID_ARGUMENT', message: 'bad' }],
  ['{"detail":"Not authenticated"}', 403, { type: 'http_403', message: 'Not authenticated' }],
  ['{"object":"error","message":"too long","type":"BadRequestError"}', 400, { type: 'BadRequestError', message: 'too long' }],
  ['{"error":{"code":1234}}', 500, { type: '1234', message: '' }],
])('the error in %s is found', (wire, status, error) => {
  expect(readWhole(openAiChat, { contentType: json, status, wire }).error).toEqual(error);
});

test('an error in mid-stream is the provider’s error, also after content', () => {
  const wire = chunk('{"content":"a"}') + 'data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}\n\n';
  expect(readHoweverCut(openAiChat, { contentType: sse, wire })).toMatchObject({
    error: { type: 'server_error', message: 'The server had an error' },
    complete: false,
    sawContent: true,
  });
});

test('an event over the limit is passed over and the stream is read on', () => {
  const wire = chunk(`{"content":"${'x'.repeat(1 << 21)}"}`) + stream;
  expect(readWhole(openAiChat, { contentType: sse, wire })).toEqual(facts);
});

test('a document over the limit is passed over and said not to be complete', () => {
  const wire = `{"model":"m","choices":[{"message":{"content":"${'x'.repeat(9 << 20)}"}}]}`;
  expect(readWhole(openAiChat, { contentType: json, wire })).toMatchObject({ model: undefined, complete: false });
});

test('figures of the wrong type are not figures', () => {
  const wire =
    '{"model":7,"choices":{"a":1},"usage":{"prompt_tokens":"12","completion_tokens":-3,"prompt_tokens_details":[],"completion_tokens_details":null}}';
  expect(readWhole(openAiChat, { contentType: json, wire })).toMatchObject({ model: undefined, usage: {}, complete: true });
});

test('damaged answers never throw', () => {
  survivesDamage(openAiChat, { contentType: sse, wire: stream });
  survivesDamage(openAiChat, { contentType: json, wire: `{"choices":[{"message":{"content":"a"}}],"usage":${usage}}` });
});
