// The vendors' own SDKs at the door, with nothing but their base URL and key changed; the simulator answers in place of a target.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dialectOf } from '../../../src/dialects/registry.ts';
import { headerValue } from '../../../src/proxy/headers.ts';
import { modelListAnswer } from '../../../src/proxy/model-list.ts';
import { enterDoor } from '../../../src/proxy/unified-door.ts';
import type { DoorRules } from '../../../src/proxy/unified-door.ts';
import { simulate } from '../../../src/simulator/simulate.ts';

const secret = 'sk-hd-of-this-test';
const greeting = "This is Heimdall's simulator. You wrote: hello";
const models = [{ id: 'groq/llama-3.3', provider: 'groq' }];

/** A key of this device, wherever the SDKs put it. */
const findKey: DoorRules['findKey'] = (headers, query) => {
  const places = [headerValue(headers, 'authorization')?.replace('Bearer ', ''), headerValue(headers, 'x-api-key'), headerValue(headers, 'x-goog-api-key')];
  const isOurs = [...places, new URLSearchParams(query).get('key')].includes(secret);
  return isOurs ? { kind: 'key', settings: { id: 'my-app' } } : { kind: 'unknown' };
};

interface Door {
  readonly url: string;
  /** Paths that went on, as the vendor's own API has them. */
  readonly paths: string[];
}

async function openDoor(): Promise<Door> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const head = {
      method: request.method ?? '',
      scheme: 'http',
      host: '',
      port: 0,
      path: request.url ?? '',
      headers: request.rawHeaders,
      httpVersion: '1.1',
    } as const;
    const entry = enterDoor(head, { enabled: true, port, findKey });
    if (entry.kind === 'none') return void response.writeHead(404).end();
    if (entry.kind === 'call') {
      paths.push(entry.path);
      void buffer(request).then((body) => {
        const { status, headers, chunks } = simulate(entry.dialect, { ...head, path: entry.path }, body);
        response.writeHead(status, [...headers]).end(Buffer.concat(chunks));
      });
      return;
    }
    const answer = entry.kind === 'models' ? modelListAnswer(entry.shape, models, entry.model) : dialectOf(entry.dialect).refuse(entry.refusal);
    response.writeHead(answer.status, [...answer.headers]).end(answer.body);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

describe('the SDK of OpenAI', () => {
  const messages = [{ role: 'user' as const, content: 'hello' }];

  it.each(['/v1', '/openai/v1'])('makes every call it has here through %s', async (prefix) => {
    const { url, paths } = await openDoor();
    const client = new OpenAI({ baseURL: `${url}${prefix}`, apiKey: secret, maxRetries: 0 });
    expect((await client.chat.completions.create({ model: 'groq/llama-3.3', messages })).choices[0]?.message.content).toBe(greeting);
    let streamed = '';
    for await (const chunk of await client.chat.completions.create({ model: 'fast', messages, stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? '';
    expect(streamed).toBe(greeting);
    expect((await client.responses.create({ model: 'fast', input: 'hello' })).output_text).toBe(greeting);
    expect((await client.embeddings.create({ model: 'fast', input: 'hello', dimensions: 4 })).data[0]?.embedding).toHaveLength(4);
    expect((await client.models.list()).data).toHaveLength(1);
    expect(paths).toEqual(['/v1/chat/completions', '/v1/chat/completions', '/v1/responses', '/v1/embeddings']);
  });

  it('shows its own errors: what to do without a key, and what there is', async () => {
    const { url, paths } = await openDoor();
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-proj-other', maxRetries: 0 });
    const refused: unknown = await stranger.chat.completions.create({ model: 'm', messages }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(refused).toMatchObject({ code: 'heimdall_key-required', message: expect.stringContaining('heimdall keys create my-app') as string });
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: secret, maxRetries: 0 });
    await expect(client.completions.create({ model: 'm', prompt: 'hello' })).rejects.toThrow(/^404 Heimdall: .*\/v1\/chat\/completions/);
    expect(paths).toEqual([]);
  });
});

describe('the SDK of Anthropic', () => {
  const params = { model: 'anthropic/claude-sonnet-5', max_tokens: 99, messages: [{ role: 'user' as const, content: 'hello' }] };

  it('sends messages and streams them, with its key in either header', async () => {
    const { url, paths } = await openDoor();
    const clients = [
      new Anthropic({ baseURL: `${url}/anthropic`, apiKey: secret, maxRetries: 0 }),
      new Anthropic({ baseURL: `${url}/anthropic`, apiKey: null, authToken: secret, maxRetries: 0 }),
    ];
    for (const client of clients) {
      expect((await client.messages.create(params)).content).toMatchObject([{ text: greeting }]);
      expect(await client.messages.stream(params).finalText()).toBe(greeting);
      expect((await client.beta.messages.create(params)).content).toMatchObject([{ text: greeting }]);
    }
    expect(new Set(paths)).toEqual(new Set(['/v1/messages']));
  });

  it('is told that tokens are not counted, and no completion is made of the question', async () => {
    const { url, paths } = await openDoor();
    const client = new Anthropic({ baseURL: `${url}/anthropic`, apiKey: secret, maxRetries: 0 });
    const refused: unknown = await client.messages.countTokens({ model: params.model, messages: params.messages }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Anthropic.NotFoundError);
    expect(String(refused)).toContain('does not count tokens');
    expect(paths).toEqual([]);
  });
});

describe('the SDK of Google', () => {
  it.each(['v1', 'v1beta'])('generates and streams by %s, whatever is in the name of the model', async (apiVersion) => {
    const { url, paths } = await openDoor();
    const client = new GoogleGenAI({ apiKey: secret, apiVersion, httpOptions: { baseUrl: `${url}/genai` } });
    for (const model of ['gemini-3-flash', 'models/gemini-3-flash', 'groq/llama-3.3', 'ollama/llama3:8b']) {
      expect((await client.models.generateContent({ model, contents: 'hello' })).text).toBe(greeting);
      let streamed = '';
      for await (const chunk of await client.models.generateContentStream({ model, contents: 'hello' })) streamed += chunk.text ?? '';
      expect(streamed).toBe(greeting);
    }
    expect(paths.at(-1)).toBe(`/${apiVersion}/models/ollama%2Fllama3%3A8b:streamGenerateContent?alt=sse`);
  });

  it('is refused in Google’s shape, and what is not there is named', async () => {
    const { url } = await openDoor();
    const stranger = new GoogleGenAI({ apiKey: 'AIzaOther', httpOptions: { baseUrl: `${url}/genai` } });
    const refused: unknown = await stranger.models.generateContent({ model: 'm', contents: 'hello' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ status: 401, message: expect.stringContaining('heimdall keys create my-app') as string });
    const client = new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl: `${url}/genai` } });
    await expect(client.models.countTokens({ model: 'm', contents: 'hello' })).rejects.toThrow(/no such method.*:generateContent/);
  });
});

it('a key in the query opens Gemini’s part to a program without an SDK', async () => {
  const { url, paths } = await openDoor();
  const body = JSON.stringify({ contents: [{ parts: [{ text: 'hello' }] }] });
  const answer = await fetch(`${url}/genai/v1beta/models/m:generateContent?key=${secret}`, { method: 'POST', body });
  expect([answer.status, paths]).toEqual([200, ['/v1beta/models/m:generateContent']]);
});
