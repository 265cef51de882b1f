// The lists of models, judged by the vendors' own SDKs over real sockets.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { doorPlace } from '../../../src/proxy/door-paths.ts';
import { headerValue } from '../../../src/proxy/headers.ts';
import { modelListAnswer } from '../../../src/proxy/model-list.ts';
import type { ListedModel } from '../../../src/proxy/model-list.ts';

const models: readonly ListedModel[] = [
  { id: 'fast', provider: 'groq' },
  { id: 'openai/gpt-5', provider: 'openai' },
  { id: 'ollama/llama3:8b', provider: 'ollama' },
];

/** A server that answers lists of models as the door does. */
async function serve(listed: readonly ListedModel[] = models): Promise<string> {
  const server = createServer((request, response) => {
    const place = doorPlace(request.method ?? '', request.url ?? '');
    if (place?.kind !== 'models') return void response.writeHead(500).end();
    const answer = modelListAnswer(place.shape, listed, place.model);
    response.writeHead(answer.status, [...answer.headers]).end(answer.body);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the SDK of OpenAI', () => {
  it('lists models and retrieves one, slashes and colons included', async () => {
    const client = new OpenAI({ baseURL: `${await serve()}/v1`, apiKey: 'k', maxRetries: 0 });
    const list = await gathered(client.models.list());
    expect(list.map(({ id, object, owned_by }) => [id, object, owned_by])).toEqual(models.map(({ id, provider }) => [id, 'model', provider]));
    for (const { id } of list) expect(await client.models.retrieve(id)).toMatchObject({ id, object: 'model' });
    expect(await client.models.retrieve('gpt-5')).toMatchObject({ id: 'gpt-5', owned_by: 'openai' });
    await expect(client.models.retrieve('gpt-9')).rejects.toThrow(OpenAI.NotFoundError);
  });
});

describe('the SDK of Anthropic', () => {
  it('lists models as one page and retrieves one', async () => {
    const client = new Anthropic({ baseURL: `${await serve()}/anthropic`, apiKey: 'k', maxRetries: 0 });
    const page = await client.models.list();
    expect(page).toMatchObject({ has_more: false, first_id: 'fast', last_id: 'ollama/llama3:8b' });
    const list = await gathered(page);
    expect(list.map(({ id, type }) => [id, type])).toEqual(models.map(({ id }) => [id, 'model']));
    for (const { id } of list) expect(await client.models.retrieve(id)).toMatchObject({ id, display_name: id });
    await expect(client.models.retrieve('claude-9')).rejects.toThrow(Anthropic.NotFoundError);
  });

  it('lists nothing where there is nothing', async () => {
    const client = new Anthropic({ baseURL: `${await serve([])}/anthropic`, apiKey: 'k', maxRetries: 0 });
    expect(await client.models.list()).toMatchObject({ data: [], first_id: null, last_id: null });
  });
});

describe('the SDK of Google', () => {
  it('lists models and gets one by the name it was listed by', async () => {
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `${await serve()}/genai` } });
    const list = await gathered(await client.models.list());
    expect(list.map(({ name, supportedActions }) => [name, supportedActions])).toEqual(
      models.map(({ id }) => [`models/${id}`, ['generateContent', 'streamGenerateContent']]),
    );
    for (const { name } of list) expect(await client.models.get({ model: name ?? '' })).toMatchObject({ name });
    await expect(client.models.get({ model: 'gemini-9' })).rejects.toThrow(ApiError);
  });
});

it('a list says its length and is not kept by anybody', () => {
  const answer = modelListAnswer('openai', models, undefined);
  expect(headerValue(answer.headers, 'content-length')).toBe(String(answer.body.length));
  expect(headerValue(answer.headers, 'cache-control')).toBe('no-store');
});

it('the end of a model’s name alone finds nothing', () => {
  const listed = [{ id: 'groq/meta/llama', provider: 'groq' }];
  expect(modelListAnswer('openai', listed, 'llama').status).toBe(404);
  expect(modelListAnswer('openai', listed, 'meta/llama').status).toBe(200);
});
