import { expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini.ts';
import { json, readHoweverCut, readWhole, respelled, sse, survivesDamage } from './answer-harness.ts';

const part = (text: string, finish: string) =>
  `{"candidates": [{"content": {"parts": [${text}],"role": "model"}${finish},"index": 0}],"usageMetadata": {"promptTokenCount": 8,"totalTokenCount": 8,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 8}]},"modelVersion": "gemini-2.5-flash","responseId": "x1"}`;
const last =
  '{"candidates": [{"content": {"parts": [{"text": "[wörld] }\\\\\\" {"}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 8,"candidatesTokenCount": 20,"totalTokenCount": 58,"cachedContentTokenCount": 3,"thoughtsTokenCount": 30,"toolUsePromptTokenCount": 2},"modelVersion": "gemini-2.5-flash","responseId": "x1"}';
const elements = [part('{"text": "","thought": true}', ''), part('{"text": "Hello"}', ''), last];

const stream = elements.map((element) => `data: ${element}\r\n\r\n`).join('');
const facts = {
  model: 'gemini-2.5-flash',
  usage: { inputTokens: 10, outputTokens: 50, cachedInputTokens: 3, reasoningTokens: 30 },
  stopReason: 'STOP',
  error: undefined,
  complete: true,
  sawContent: true,
};

test('an event stream is read the same however it is cut', () => {
  expect(readHoweverCut(gemini, { contentType: sse, wire: stream })).toEqual(facts);
});

test('an event stream is read the same in any spelling', () => {
  for (const wire of respelled(stream.replaceAll('\r\n', '\n'))) expect(readWhole(gemini, { contentType: sse, wire })).toEqual(facts);
});

test('a stream without alt=sse is one array, read the same however it is cut', () => {
  expect(readHoweverCut(gemini, { contentType: 'application/json; charset=UTF-8', wire: `[${elements.join('\n,\r\n')}\n]\n` })).toEqual(facts);
});

test('an array that is cut short is not complete, and content is seen before its end', () => {
  expect(readWhole(gemini, { contentType: json, wire: `[${elements[0] ?? ''}` })).toMatchObject({ sawContent: false, complete: false });
  expect(readWhole(gemini, { contentType: json, wire: `[${elements[0] ?? ''},${elements[1] ?? ''}` })).toMatchObject({ sawContent: true, complete: false });
});

test('JSON lines are read as a stream too', () => {
  expect(readHoweverCut(gemini, { contentType: 'application/x-ndjson', wire: elements.map((element) => `${element}\n`).join('') })).toEqual(facts);
});

test('a plain answer and one wrapped by Code Assist are read the same', () => {
  expect(readHoweverCut(gemini, { contentType: json, wire: last })).toEqual(facts);
  expect(readHoweverCut(gemini, { contentType: json, wire: `{"response": ${last}, "traceId": "t"}` })).toEqual(facts);
  expect(readWhole(gemini, { contentType: sse, wire: `data: {"response": ${last}}\n\n` })).toEqual(facts);
});

test('function calls are content, signatures alone are not', () => {
  const saw = (parts: string) => readWhole(gemini, { contentType: sse, wire: `data: ${part(parts, '')}\n\n` }).sawContent;
  expect(saw('{"functionCall": {"name": "f","args": {}}}')).toBe(true);
  expect(saw('{"text": "","thoughtSignature": "abc"}')).toBe(false);
  expect(saw('{"text": "thinking","thought": true}')).toBe(true);
});

test('a blocked prompt says why there is no answer', () => {
  const wire = '{"promptFeedback": {"blockReason": "SAFETY"},"usageMetadata": {"promptTokenCount": 4},"modelVersion": "gemini-2.5-flash"}';
  expect(readWhole(gemini, { contentType: sse, wire: `data: ${wire}\n\n` })).toMatchObject({
    stopReason: 'SAFETY',
    complete: true,
    sawContent: false,
    usage: { inputTokens: 4 },
  });
});

test('errors are read from documents, arrays and mid-stream events', () => {
  const error = '{"error": {"code": 429,"message": "Quota exceeded","status": "RESOURCE_EXHAUSTED","details": []}}';
  const expected = { type: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded' };
  expect(readHoweverCut(gemini, { contentType: json, status: 429, wire: error })).toMatchObject({ error: expected, complete: true });
  expect(readWhole(gemini, { contentType: json, status: 429, wire: `[${error}]` })).toMatchObject({ error: expected, complete: true });
  expect(readWhole(gemini, { contentType: sse, wire: `data: ${elements[1] ?? ''}\n\ndata: ${error}\n\n` })).toMatchObject({
    error: expected,
    complete: false,
    sawContent: true,
  });
});

test('damaged answers never throw', () => {
  survivesDamage(gemini, { contentType: sse, wire: stream });
  survivesDamage(gemini, { contentType: json, wire: `[${elements.join(',')}]` });
});
