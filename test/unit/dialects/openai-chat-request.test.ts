import { expect, test } from 'vitest';
import { openAiChat } from '../../../src/dialects/openai-chat.ts';
import { readFacts, refusesUnreadable } from './request-harness.ts';

const texts = (messages: unknown) => readFacts(openAiChat, { messages }).texts;

test('model, stream, tools and the text of every kind of message are read', () => {
  const facts = readFacts(openAiChat, {
    model: 'gpt-4.1',
    stream: true,
    messages: [
      { role: 'developer', content: 'Be kind.' },
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'salaries.pdf' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        refusal: 'No.',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'lookup', arguments: '{"q":"a\\"b"}' } }],
      },
      { role: 'assistant', content: '', function_call: { name: 'lookup', arguments: '{}' } },
      { role: 'tool', tool_call_id: 'call_1', content: 'found' },
      { role: 'function', name: 'lookup', content: 'also found' },
    ],
    tools: [
      {
        type: 'function',
        function: {
          name: 'lookup',
          description: 'Looks up.',
          strict: true,
          parameters: { type: 'object', properties: { q: { type: 'string', description: 'the query' } }, required: ['q'] },
        },
      },
      { type: 'custom', custom: { name: 'shell', description: 'Runs.', format: { type: 'text' } } },
    ],
    tool_choice: { type: 'function', function: { name: 'lookup' } },
    user: 'user-1',
    stop: ['END'],
    metadata: { team: 'x' },
  });
  expect(facts).toEqual({
    model: 'gpt-4.1',
    stream: true,
    tools: ['lookup', 'shell'],
    texts: [
      'system: Be kind.',
      'system: Be brief.',
      'user: What is this?',
      'user: salaries.pdf',
      'assistant: No.',
      'assistant: {"q":"a\\"b"}',
      'assistant: {}',
      'tool: found',
      'tool: also found',
      'system: Looks up.',
      'system: the query',
      'system: Runs.',
    ],
  });
});

test('the role counts wherever it stands in the message, also written with escapes', () => {
  expect(texts([{ content: [{ text: 'a', type: 'text' }], role: 'assistant' }])).toEqual(['assistant: a']);
  expect(readFacts(openAiChat, '{"mess\\u0061ges":[{"content":"a","r\\u006fle":"\\u0074ool"}]}').texts).toEqual(['tool: a']);
});

test('text without a known role is the user’s', () => {
  expect(texts([{ content: 'a' }, { content: 'b', role: 'wizard' }, { content: 'c', role: 7 }, 'd', ['e']])).toEqual([
    'user: a',
    'user: b',
    'user: c',
    'user: d',
    'user: e',
  ]);
});

test('unknown kinds of parts and unknown keys are not a hole', () => {
  expect(texts([{ role: 'user', content: [{ type: 'hologram', hologram: { caption: 'secret', layers: ['deep'] } }], aside: 'whisper' }])).toEqual([
    'user: secret',
    'user: deep',
    'user: whisper',
  ]);
  expect(readFacts(openAiChat, { messages: [], documents: [{ title: 'secret' }] }).texts).toEqual(['user: secret']);
});

test('tool arguments that are objects are text to the last string and key', () => {
  expect(
    texts([{ role: 'assistant', tool_calls: [{ id: 'x', function: { name: 'f', arguments: { id: 'a', 'bob@example.com': [{ type: 'b' }] } } }] }]),
  ).toEqual(['assistant: id', 'assistant: a', 'assistant: bob@example.com', 'assistant: type', 'assistant: b']);
});

test('ids, types, links and base64 data are never text', () => {
  const message = {
    role: 'user',
    content: [
      { type: 'image_url', image_url: 'https://x/?q', cache_control: { type: 'ephemeral' } },
      { type: 'audio', data: 'AAAA', id: 'i' },
    ],
    id: 'm',
    tool_call_id: 't',
  };
  expect(texts([message])).toEqual([]);
});

test('of duplicate keys all text is found, and the last model and stream count', () => {
  const facts = readFacts(
    openAiChat,
    '{"model":"a","stream":true,"messages":[{"role":"user","content":"1","content":"2"}],"messages":[{"role":"user","content":"3"}],"model":"b","stream":false}',
  );
  expect(facts).toMatchObject({ model: 'b', stream: false, texts: ['user: 1', 'user: 2', 'user: 3'] });
  expect(readFacts(openAiChat, '{"model":"a","model":null,"stream":true,"stream":"true"}')).toMatchObject({ model: undefined, stream: false });
  expect(readFacts(openAiChat, '{"messages":[{"role":"user","content":"x","role":"tool"}]}').texts).toEqual(['tool: x']);
});

test('a model, a flag or a role that is no plain value says nothing', () => {
  expect(readFacts(openAiChat, { model: { name: 'a' }, stream: [true], messages: [{ role: ['tool'], content: 'x' }], tools: [{ name: ['f'] }] })).toEqual({
    model: undefined,
    stream: false,
    tools: [],
    texts: ['user: x'],
  });
  expect(readFacts(openAiChat, '{"model":"a","model":["b"]}').model).toBeUndefined();
});

test('roles of nested objects are settled from the inside out', () => {
  expect(texts([{ a: '1', inner: { role: 'tool', b: '2', deep: { c: '3' } }, d: '4', role: 'assistant' }, { e: '5' }])).toEqual([
    'assistant: 1',
    'tool: 2',
    'tool: 3',
    'assistant: 4',
    'user: 5',
  ]);
});

test('completion prompts and embedding inputs are the user’s text', () => {
  expect(readFacts(openAiChat, { model: 'm', prompt: ['a', 'b'], suffix: 'c' }).texts).toEqual(['user: a', 'user: b', 'user: c']);
  expect(readFacts(openAiChat, { model: 'm', input: 'a' }).texts).toEqual(['user: a']);
  expect(readFacts(openAiChat, { model: 'm', prompt: [[1, 2]] }).texts).toEqual([]);
});

test('predictions and response schemas are read', () => {
  const response_format = {
    type: 'json_schema',
    json_schema: { name: 'x', schema: { type: 'object', properties: { type: { type: 'string', description: 'kind' }, e: { enum: ['one'] } } } },
  };
  expect(readFacts(openAiChat, { messages: [], prediction: { type: 'content', content: 'draft' }, response_format }).texts).toEqual([
    'assistant: draft',
    'system: x',
    'system: kind',
    'system: one',
  ]);
});

test('the deployment of an Azure path is the model where the body names none', () => {
  const path = '/openai/deployments/our-gpt/chat/completions?api-version=2024-10-21';
  expect(readFacts(openAiChat, { messages: [] }, path).model).toBe('our-gpt');
  expect(readFacts(openAiChat, { messages: [], model: 'm' }, path).model).toBe('m');
});

test('a byte order mark does not hide a request', () => {
  expect(readFacts(openAiChat, '\ufeff{"model":"m","messages":[{"role":"user","content":"a"}]}')).toMatchObject({ model: 'm', texts: ['user: a'] });
});

test('what is not a JSON object is refused with the reason', () => {
  refusesUnreadable(openAiChat);
});
