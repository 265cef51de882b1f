import { expect, test } from 'vitest';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages.ts';
import { readFacts, refusesUnreadable } from './request-harness.ts';

const texts = (content: unknown, role = 'user') => readFacts(anthropicMessages, { messages: [{ role, content }] }).texts;

test('model, stream, system, tools and messages are read', () => {
  const facts = readFacts(anthropicMessages, {
    model: 'claude-sonnet-4-5',
    max_tokens: 1024,
    stream: true,
    system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '5m' } }],
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [{ type: 'text', text: 'b' }] },
      { role: 'system', content: 'c' },
    ],
    tools: [
      { name: 'lookup', description: 'Looks up.', input_schema: { type: 'object', properties: { q: { type: 'string', description: 'query' } } } },
      { type: 'web_search_20250305', name: 'web_search' },
    ],
    metadata: { user_id: 'u' },
    stop_sequences: ['END'],
    thinking: { type: 'enabled', budget_tokens: 1024 },
    mcp_servers: [{ type: 'url', url: 'https://x', name: 'n', authorization_token: 't' }],
  });
  expect(facts).toEqual({
    model: 'claude-sonnet-4-5',
    stream: true,
    tools: ['lookup', 'web_search'],
    texts: ['system: Be kind.', 'user: a', 'assistant: b', 'system: c', 'system: Looks up.', 'system: query'],
  });
  expect(readFacts(anthropicMessages, { system: 'x', messages: [] }).texts).toEqual(['system: x']);
});

test('tool calls are the assistant’s text, to the last string and key', () => {
  expect(texts([{ type: 'tool_use', id: 'toolu_1', name: 'f', input: { id: 'a', list: ['b', { data: 'c' }], n: 1 } }], 'assistant')).toEqual([
    'assistant: id',
    'assistant: a',
    'assistant: list',
    'assistant: b',
    'assistant: data',
    'assistant: c',
    'assistant: n',
  ]);
});

test('tool results are the tool’s text, wherever their type stands', () => {
  expect(texts([{ type: 'tool_result', tool_use_id: 't', content: 'a', is_error: false }])).toEqual(['tool: a']);
  expect(
    texts([
      {
        content: [
          { text: 'a', type: 'text' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        ],
        tool_use_id: 't',
        type: 'tool_result',
      },
      { type: 'text', text: 'b' },
    ]),
  ).toEqual(['tool: a', 'user: b']);
  expect(
    texts(
      [{ type: 'web_search_tool_result', tool_use_id: 't', content: [{ type: 'web_search_result', url: 'https://x', title: 'a', encrypted_content: 'E' }] }],
      'assistant',
    ),
  ).toEqual(['tool: a']);
  expect(
    texts(
      [{ type: 'bash_code_execution_tool_result', tool_use_id: 't', content: { type: 'bash_code_execution_result', stdout: 'a', stderr: 'b', content: [] } }],
      'assistant',
    ),
  ).toEqual(['tool: a', 'tool: b']);
});

test('signed thinking is never offered, in any order of its keys', () => {
  expect(
    texts(
      [
        { type: 'thinking', thinking: 'secret', signature: 'S' },
        { signature: 'S', thinking: 'secret', type: 'thinking' },
        { type: 'redacted_thinking', data: 'D' },
        { type: 'text', text: 'a' },
      ],
      'assistant',
    ),
  ).toEqual(['assistant: a']);
});

test('documents are text when their source is, and binary when it is not, wherever the type stands', () => {
  expect(texts([{ type: 'document', title: 't', context: 'c', source: { type: 'text', media_type: 'text/plain', data: 'a' } }])).toEqual([
    'user: t',
    'user: c',
    'user: a',
  ]);
  expect(texts([{ type: 'document', source: { data: 'a', media_type: 'text/plain', type: 'text' } }])).toEqual(['user: a']);
  expect(texts([{ type: 'document', source: { data: 'AAAA', media_type: 'application/pdf', type: 'base64' } }])).toEqual([]);
  expect(
    texts([
      {
        type: 'document',
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image', source: { data: 'AAAA', type: 'base64' } },
          ],
        },
      },
    ]),
  ).toEqual(['user: a']);
  expect(
    texts([
      { type: 'image', source: { type: 'url', url: 'https://x' } },
      { type: 'image', source: { type: 'file', file_id: 'f' } },
    ]),
  ).toEqual([]);
});

test('unknown blocks and unknown keys are not a hole', () => {
  expect(texts([{ type: 'hologram', caption: 'a', layers: [{ words: 'b' }] }])).toEqual(['user: a', 'user: b']);
  expect(readFacts(anthropicMessages, { messages: [], novelty: { words: 'a' } }).texts).toEqual(['user: a']);
});

test('what is not a JSON object is refused with the reason', () => {
  refusesUnreadable(anthropicMessages);
});
