import { expect, test } from 'vitest';
import { openAiResponses } from '../../../src/dialects/openai-responses.ts';
import { readFacts, refusesUnreadable } from './request-harness.ts';

const texts = (input: unknown) => readFacts(openAiResponses, { input }).texts;

test('model, stream, instructions, tools and a plain input are read', () => {
  const tools = [
    { type: 'function', name: 'lookup', description: 'Looks up.', parameters: { type: 'object', properties: {} }, strict: true },
    { type: 'web_search_preview' },
    { type: 'mcp', server_label: 's', server_url: 'https://x', authorization: 'token', headers: { 'x-key': 'k' } },
  ];
  expect(
    readFacts(openAiResponses, { model: 'gpt-5', stream: true, instructions: 'Be brief.', input: 'Hi', tools, metadata: { a: 'b' }, prompt_cache_key: 'k' }),
  ).toEqual({
    model: 'gpt-5',
    stream: true,
    tools: ['lookup'],
    texts: ['system: Be brief.', 'user: Hi', 'system: Looks up.'],
  });
});

test('each kind of input item is text of the one who wrote it', () => {
  expect(
    texts([
      { role: 'developer', content: 'a' },
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'b' },
          { type: 'input_image', image_url: 'https://x', detail: 'auto' },
          { type: 'input_file', filename: 'c', file_data: 'AAAA' },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        status: 'completed',
        content: [
          { type: 'output_text', text: 'd', annotations: [] },
          { type: 'refusal', refusal: 'e' },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'f' }], encrypted_content: 'AAAA' },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'lookup', arguments: '{"g":1}' },
      { type: 'function_call_output', call_id: 'c1', output: 'h' },
      {
        type: 'function_call_output',
        call_id: 'c1',
        output: [
          { type: 'input_text', text: 'i' },
          { type: 'input_image', image_url: 'data:x' },
        ],
      },
      { type: 'custom_tool_call', call_id: 'c2', name: 'shell', input: 'j' },
      { type: 'local_shell_call', id: 'l', call_id: 'c3', status: 'completed', action: { type: 'exec', command: ['k'], env: { TOKEN: 'l' } } },
      { type: 'local_shell_call_output', id: 'l', output: 'm' },
      { type: 'mcp_call', id: 'm', name: 'n', server_label: 's', arguments: '{}', output: 'o' },
      { type: 'item_reference', id: 'r' },
    ]),
  ).toEqual([
    'system: a',
    'user: b',
    'user: c',
    'assistant: d',
    'assistant: e',
    'assistant: f',
    'assistant: {"g":1}',
    'tool: h',
    'tool: i',
    'assistant: j',
    'assistant: type',
    'assistant: exec',
    'assistant: command',
    'assistant: k',
    'assistant: env',
    'assistant: TOKEN',
    'assistant: l',
    'tool: m',
    'assistant: {}',
    'tool: o',
  ]);
});

test('a generated image is binary wherever its type stands, a program’s result is text', () => {
  expect(texts([{ result: 'AAAA', id: 'i', type: 'image_generation_call', revised_prompt: 'a cat' }])).toEqual(['assistant: a cat']);
  expect(texts([{ type: 'image_generation_call', id: 'i', result: 'AAAA' }])).toEqual([]);
  expect(texts([{ type: 'program_output', id: 'i', call_id: 'c', result: 'found' }])).toEqual(['tool: found']);
});

test('unknown items and unknown keys are not a hole', () => {
  expect(texts([{ type: 'telepathy', thought: { inner: 'secret' } }])).toEqual(['user: secret']);
  expect(readFacts(openAiResponses, { input: 'a', novelty: ['b'] }).texts).toEqual(['user: a', 'user: b']);
});

test('prompt variables and answer schemas are read', () => {
  const text = { format: { type: 'json_schema', name: 'n', schema: { description: 'c' } }, verbosity: 'low' };
  expect(
    readFacts(openAiResponses, { prompt: { id: 'pmpt_1', version: '2', variables: { city: 'a', more: { type: 'input_text', text: 'b' } } }, text }).texts,
  ).toEqual(['user: a', 'user: b', 'system: n', 'system: c']);
});

test('what is not a JSON object is refused with the reason', () => {
  refusesUnreadable(openAiResponses);
});
