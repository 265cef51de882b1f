import { expect, test } from 'vitest';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages.ts';
import { json, readHoweverCut, readWhole, respelled, sse, survivesDamage } from './answer-harness.ts';

const event = (type: string, fields: string) => `event: ${type}\ndata: {"type":"${type}"${fields === '' ? '' : ','}${fields}}\n\n`;

const start = event(
  'message_start',
  '"message":{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":100,"cache_read_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}',
);
const opening = start + event('content_block_start', '"index":0,"content_block":{"type":"text","text":""}') + event('ping', '');
const delta = event('content_block_delta', '"index":0,"delta":{"type":"text_delta","text":"Hellö \\"message_stop\\""}');
const ending =
  event('content_block_stop', '"index":0') +
  event('message_delta', '"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15,"output_tokens_details":{"thinking_tokens":6}}');
const stream = opening + delta + ending + event('message_stop', '');

const facts = {
  model: 'claude-sonnet-4-5-20250929',
  usage: { inputTokens: 2125, outputTokens: 15, cachedInputTokens: 2000, cacheWriteTokens: 100, reasoningTokens: 6 },
  stopReason: 'end_turn',
  error: undefined,
  complete: true,
  sawContent: true,
};

test('a stream is read the same however it is cut', () => {
  expect(readHoweverCut(anthropicMessages, { contentType: sse, wire: stream })).toEqual(facts);
});

test('a stream is read the same in any spelling, and without event fields', () => {
  for (const wire of [...respelled(stream), stream.replaceAll(/^event: .*\n/gm, '')])
    expect(readWhole(anthropicMessages, { contentType: sse, wire })).toEqual(facts);
});

test('figures of the last event replace those of the first, and nulls keep them', () => {
  const last = (usage: string) =>
    readWhole(anthropicMessages, {
      contentType: sse,
      wire: start + event('message_delta', `"delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":${usage}`),
    }).usage;
  expect(last('{"input_tokens":30,"cache_creation_input_tokens":0,"cache_read_input_tokens":2100,"output_tokens":9}')).toEqual({
    inputTokens: 2130,
    outputTokens: 9,
    cachedInputTokens: 2100,
    cacheWriteTokens: 0,
  });
  expect(
    last('{"input_tokens":null,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":9,"output_tokens_details":null}'),
  ).toEqual({ inputTokens: 2125, outputTokens: 9, cachedInputTokens: 2000, cacheWriteTokens: 100 });
  expect(last('{"output_tokens":3}')).toEqual({ inputTokens: 2125, outputTokens: 3, cachedInputTokens: 2000, cacheWriteTokens: 100 });
});

test('a plain answer is read the same however it is cut', () => {
  const wire =
    '{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-1","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":"]}"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":4}}';
  expect(readHoweverCut(anthropicMessages, { contentType: json, wire })).toEqual({
    model: 'claude-opus-4-1',
    usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 0, cacheWriteTokens: 0 },
    stopReason: 'tool_use',
    error: undefined,
    complete: true,
    sawContent: true,
  });
});

test('content is seen at the first delta and not before', () => {
  expect(readWhole(anthropicMessages, { contentType: sse, wire: opening }).sawContent).toBe(false);
  for (const kind of ['"text_delta","text":"a"', '"thinking_delta","thinking":"a"', '"input_json_delta","partial_json":"{"']) {
    expect(
      readWhole(anthropicMessages, { contentType: sse, wire: opening + event('content_block_delta', `"index":0,"delta":{"type":${kind}}`) }).sawContent,
    ).toBe(true);
  }
});

test('a stream without message_stop is not complete', () => {
  expect(readWhole(anthropicMessages, { contentType: sse, wire: opening + delta + ending })).toEqual({ ...facts, complete: false });
});

test('errors are read from documents and from mid-stream events', () => {
  const error = '"error":{"type":"overloaded_error","message":"Overloaded"}';
  const expected = { type: 'overloaded_error', message: 'Overloaded' };
  expect(readHoweverCut(anthropicMessages, { contentType: json, status: 529, wire: `{"type":"error",${error},"request_id":"req_1"}` })).toMatchObject({
    error: expected,
    complete: true,
    usage: undefined,
  });
  expect(readHoweverCut(anthropicMessages, { contentType: sse, wire: opening + delta + event('error', error) })).toMatchObject({
    error: expected,
    complete: false,
  });
});

test('a token count is usage', () => {
  expect(readWhole(anthropicMessages, { contentType: json, wire: '{"input_tokens":2095}' }).usage).toEqual({ inputTokens: 2095 });
});

test('damaged answers never throw', () => {
  survivesDamage(anthropicMessages, { contentType: sse, wire: stream });
});
