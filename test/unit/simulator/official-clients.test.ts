// The official SDKs, pointed at the simulator behind the fake gateway: every mode they offer must understand its answers.
import Anthropic, { BadRequestError } from '@anthropic-ai/sdk';
import { FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFakeGateway } from '../../fakes/gateway.ts';
import type { FakeGateway } from '../../fakes/gateway.ts';

const greeting = "This is Heimdall's simulator. You wrote: hello";
const parameters = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };

let gateway: FakeGateway;
beforeAll(async () => {
  gateway = await startFakeGateway({ mandatory: false });
});
afterAll(() => gateway.close());

describe('openai chat completions', () => {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const tools = [{ type: 'function' as const, function: { name: 'weather', strict: true, parameters } }];

  test('plain', async () => {
    const completion = await client().chat.completions.create({ model: 'gpt-5', messages });
    expect(completion.choices[0]?.message.content).toBe(greeting);
    expect(completion.usage?.total_tokens).toBeGreaterThan(0);
  });

  test('streamed, usage only where it is asked for', async () => {
    for (const include_usage of [true, false]) {
      const stream = await client().chat.completions.create({ model: 'gpt-5', messages, stream: true, stream_options: { include_usage } });
      let text = '';
      let usages = 0;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usages += chunk.usage == null ? 0 : 1;
      }
      expect({ text, usages }).toEqual({ text: greeting, usages: include_usage ? 1 : 0 });
    }
  });

  test('the stream helper puts a tool call together', async () => {
    const stream = client().chat.completions.stream({ model: 'gpt-5', messages: [{ role: 'user', content: 'call tool weather' }], tools });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"simulated"}' } }] },
    });
  });

  test('the tool runner calls, answers and ends with text', async () => {
    const weather = { name: 'weather', description: 'weather', parameters, function: () => 'sunny' };
    const runner = client().chat.completions.runTools({
      model: 'gpt-5',
      messages: [{ role: 'user', content: 'call tool weather' }],
      tools: [{ type: 'function', function: weather }],
    });
    expect(await runner.finalContent()).toBe("This is Heimdall's simulator. The tool answered: sunny");
  });

  test('structured output is parsed', async () => {
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'w', strict: true, schema: parameters } };
    const completion = await client().chat.completions.create({ model: 'gpt-5', messages, response_format });
    expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ city: 'simulated' });
  });

  test('max tokens end with length', async () => {
    const completion = await client().chat.completions.create({ model: 'gpt-5', messages, max_completion_tokens: 2 });
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'This is ' } });
  });

  test('a refused request is the SDK error for 400', async () => {
    await expect(client().chat.completions.create({ model: 'gpt-5', messages: [] })).rejects.toThrow(/^400 Missing required parameter/);
  });
});

describe('openai embeddings', () => {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 });
  const model = 'text-embedding-3-small';

  test('base64, which the SDK asks for by itself, and numbers are the same vectors', async () => {
    const decoded = await client().embeddings.create({ model, input: ['one', 'two'], dimensions: 64 });
    const numbers = await client().embeddings.create({ model, input: ['one', 'two'], dimensions: 64, encoding_format: 'float' });
    expect(decoded.data.map(({ embedding }) => [...embedding])).toEqual(numbers.data.map(({ embedding }) => embedding));
    expect(decoded.usage.prompt_tokens).toBeGreaterThan(0);
    expect(decoded.model).toBe(model);
  });

  test('a vector has length one and is decided by text and model alone', async () => {
    const vectorOf = async (input: string | string[], name = model) =>
      (await client().embeddings.create({ model: name, input, encoding_format: 'float' })).data.at(-1)?.embedding ?? [];
    const one = await vectorOf('one');
    expect(one).toHaveLength(256);
    expect(Math.hypot(...one)).toBeCloseTo(1, 5);
    expect(await vectorOf(['two', 'one'])).toEqual(one);
    expect(await vectorOf('two')).not.toEqual(one);
    expect(await vectorOf('one', 'text-embedding-3-large')).not.toEqual(one);
  });

  test('tokens stand for one text or several', async () => {
    const count = async (input: number[] | number[][]) => (await client().embeddings.create({ model, input })).data.length;
    expect([await count([1, 2, 3]), await count([[1, 2], [3]])]).toEqual([1, 2]);
  });

  test('what the vendor would refuse, and what is too much for one answer, is the SDK error for 400', async () => {
    for (const bad of [
      { input: '' },
      { input: [] },
      { input: 'a', dimensions: 0 },
      { input: 'a', dimensions: 1.5 },
      { input: Array<string>(2048).fill('a'), dimensions: 4096 },
    ]) {
      await expect(client().embeddings.create({ model, ...bad })).rejects.toThrow(/^400 /);
    }
  });
});

describe('openai responses', () => {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 });
  const tools = [{ type: 'function' as const, name: 'weather', strict: true, parameters }];

  test('plain', async () => {
    const response = await client().responses.create({ model: 'gpt-5', input: 'hello', instructions: 'be brief' });
    expect(response).toMatchObject({ output_text: greeting, status: 'completed', instructions: 'be brief' });
  });

  test('streamed, and by the stream helper', async () => {
    const stream = await client().responses.create({
      model: 'gpt-5',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
      stream: true,
    });
    let text = '';
    for await (const event of stream) text += event.type === 'response.output_text.delta' ? event.delta : '';
    expect(text).toBe(greeting);
    const final = await client().responses.stream({ model: 'gpt-5', input: 'hello' }).finalResponse();
    expect(final.output_text).toBe(greeting);
  });

  test('a tool call streamed, then its result', async () => {
    const asked = await client().responses.stream({ model: 'gpt-5', input: 'call tool weather', tools }).finalResponse();
    const call = asked.output[0];
    if (call?.type !== 'function_call') throw new Error('no call');
    expect(call).toMatchObject({ name: 'weather', arguments: '{"city":"simulated"}' });
    const input = [
      { role: 'user' as const, content: 'call tool weather' },
      call,
      { type: 'function_call_output' as const, call_id: call.call_id, output: 'sunny' },
    ];
    const told = await client().responses.create({ model: 'gpt-5', tools, input });
    expect(told.output_text).toContain('The tool answered: sunny');
  });

  test('max tokens leave the response incomplete', async () => {
    const plain = await client().responses.create({ model: 'gpt-5', input: 'hello', max_output_tokens: 2 });
    expect(plain).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    const streamed = await client().responses.create({ model: 'gpt-5', input: 'hello', max_output_tokens: 2, stream: true });
    const types: string[] = [];
    for await (const event of streamed) types.push(event.type);
    expect(types.at(-1)).toBe('response.incomplete');
  });

  test('structured output', async () => {
    const response = await client().responses.create({ model: 'gpt-5', input: 'x', text: { format: { type: 'json_schema', name: 'w', schema: parameters } } });
    expect(JSON.parse(response.output_text)).toEqual({ city: 'simulated' });
  });
});

describe('@anthropic-ai/sdk', () => {
  const client = () => new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'dummy', maxRetries: 0 });
  const ask = (content: string) => ({ model: 'claude-sonnet-5', max_tokens: 200, messages: [{ role: 'user' as const, content }] });
  const tools = [{ name: 'weather', input_schema: parameters }];

  test('plain', async () => {
    const message = await client().messages.create(ask('hello'));
    expect(message).toMatchObject({ content: [{ type: 'text', text: greeting }], stop_reason: 'end_turn' });
  });

  test('the stream helper ends with the same message as a plain call', async () => {
    const streamed = await client().messages.stream(ask('hello')).finalMessage();
    expect(streamed.content).toMatchObject([{ type: 'text', text: greeting }]);
    expect(streamed.usage.output_tokens).toBeGreaterThan(1);
  });

  test('a tool call streamed, then its result', async () => {
    const called = await client()
      .messages.stream({ ...ask('call tool weather with {"city":"Oslo"}'), tools })
      .finalMessage();
    expect(called).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'weather', input: { city: 'Oslo' } }] });
    const block = called.content[0];
    if (block?.type !== 'tool_use') throw new Error('no call');
    const result = { type: 'tool_result' as const, tool_use_id: block.id, content: 'sunny' };
    const messages = [
      ...ask('call tool weather').messages,
      { role: 'assistant' as const, content: called.content },
      { role: 'user' as const, content: [result] },
    ];
    expect(await client().messages.create({ ...ask(''), messages, tools })).toMatchObject({ content: [{ text: expect.stringContaining('sunny') as string }] });
  });

  test('a forced tool, a structured answer, and max tokens', async () => {
    expect(await client().messages.create({ ...ask('hi'), tools, tool_choice: { type: 'any' } })).toMatchObject({ stop_reason: 'tool_use' });
    const output_config = { format: { type: 'json_schema' as const, schema: parameters } };
    expect(await client().messages.create({ ...ask('hi'), output_config })).toMatchObject({ content: [{ text: '{"city":"simulated"}' }] });
    expect(await client().messages.create({ ...ask('hi'), max_tokens: 1 })).toMatchObject({ stop_reason: 'max_tokens', content: [{ text: 'This' }] });
  });

  test('a refused request is the SDK error for 400', async () => {
    await expect(client().messages.create({ ...ask('hi'), messages: [] })).rejects.toThrow(BadRequestError);
  });
});

describe('@google/genai', () => {
  const client = () => new GoogleGenAI({ apiKey: 'dummy', httpOptions: { baseUrl: `${gateway.url}/genai`, apiVersion: 'v1beta' } });
  const model = 'gemini-3-flash';
  const tools = [
    { functionDeclarations: [{ name: 'weather', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] } }] },
  ];

  test('plain', async () => {
    const answer = await client().models.generateContent({ model, contents: 'hello' });
    expect(answer.text).toBe(greeting);
    expect(answer.modelVersion).toBe(model);
    expect(answer.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
  });

  test('streamed', async () => {
    let text = '';
    let last;
    for await (const piece of await client().models.generateContentStream({ model, contents: 'hello' })) {
      text += piece.text ?? '';
      last = piece;
    }
    expect(text).toBe(greeting);
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
  });

  test('a function call, forced and asked for, then its result', async () => {
    const asked = await client().models.generateContent({ model, contents: 'call tool weather', config: { tools } });
    expect(asked.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'simulated' } }]);
    const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
    const forced = await client().models.generateContentStream({ model, contents: 'hi', config: { tools, toolConfig } });
    for await (const piece of forced) expect(piece.functionCalls).toHaveLength(1);
    const contents = [
      { role: 'user', parts: [{ text: 'call tool weather' }] },
      { role: 'model', parts: asked.candidates?.[0]?.content?.parts ?? [] },
      { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { output: 'sunny' } } }] },
    ];
    expect((await client().models.generateContent({ model, contents, config: { tools } })).text).toContain('{"output":"sunny"}');
  });

  test('structured output and max tokens', async () => {
    const config = { responseMimeType: 'application/json', responseJsonSchema: parameters };
    expect((await client().models.generateContent({ model, contents: 'hi', config })).text).toBe('{"city":"simulated"}');
    const cut = await client().models.generateContent({ model, contents: 'hi', config: { maxOutputTokens: 1 } });
    expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
  });
});
