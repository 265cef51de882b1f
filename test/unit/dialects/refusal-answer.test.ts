// The refusals of every dialect, judged by the vendors' own SDKs over real sockets.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import type { Refusal } from '../../../src/contract/dialect.ts';
import type { DialectId } from '../../../src/contract/exchange.ts';
import { dialectOf } from '../../../src/dialects/registry.ts';

const blocked: Refusal = { status: 403, code: 'policy-blocked', message: 'Heimdall blocked this call: “secrets” found. Ask IT.' };
const streamed = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const;
const ids: DialectId[] = [...streamed, 'openai-embeddings'];
const sse = 'text/event-stream';

interface Served {
  readonly url: string;
  /** Requests so far. */
  readonly count: () => number;
}

/** A server that gives the same answer to every request. */
async function serve(status: number, headers: readonly string[], body: Buffer): Promise<Served> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    response.writeHead(status, [...headers]).end(body);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => requests };
}

async function serveRefusal(id: DialectId, refusal: Refusal): Promise<Served> {
  const answer = dialectOf(id).refuse(refusal);
  return serve(answer.status, answer.headers, answer.body);
}

/** A stream that begins with `begun` and is then ended by the dialect. */
async function serveCut(id: DialectId, begun: string, contentType = sse): Promise<Served> {
  const body = Buffer.concat([Buffer.from(begun), dialectOf(id).refuseMidStream(blocked, contentType)]);
  return serve(200, ['content-type', contentType], body);
}

/** Calls the vendor's SDK and gives back what it throws; `stream` reads the answer to its end. */
const call: Record<DialectId, (url: string, stream: boolean) => Promise<unknown>> = {
  'openai-chat': (url, stream) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1` });
    const messages = [{ role: 'user' as const, content: 'hi' }];
    return thrown(async () =>
      stream ? drain(await client.chat.completions.create({ model: 'm', messages, stream })) : client.chat.completions.create({ model: 'm', messages }),
    );
  },
  'openai-responses': (url, stream) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1` });
    return thrown(async () =>
      stream ? drain(await client.responses.create({ model: 'm', input: 'hi', stream })) : client.responses.create({ model: 'm', input: 'hi' }),
    );
  },
  'openai-embeddings': (url) => thrown(() => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1` }).embeddings.create({ model: 'm', input: 'hi' })),
  'anthropic-messages': (url, stream) => {
    const client = new Anthropic({ apiKey: 'k', baseURL: url });
    const params = { model: 'm', max_tokens: 5, messages: [{ role: 'user' as const, content: 'hi' }] };
    return thrown(async () => (stream ? drain(await client.messages.create({ ...params, stream })) : client.messages.create(params)));
  },
  gemini: (url, stream) => {
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
    const params = { model: 'm', contents: 'hi' };
    return thrown(async () => (stream ? drain(await client.models.generateContentStream(params)) : client.models.generateContent(params)));
  },
};

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const event of events) expect(event).toBeDefined();
}

async function thrown(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('The SDK did not notice the refusal.');
}

test('a block is the SDK’s own permission error, with our message and code', async () => {
  for (const id of ['openai-chat', 'openai-responses', 'openai-embeddings'] as const) {
    const error = await call[id]((await serveRefusal(id, blocked)).url, false);
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(error).toMatchObject({ status: 403, type: 'permission_error', code: 'heimdall_policy-blocked', param: null, message: `403 ${blocked.message}` });
  }
  const anthropic = await call['anthropic-messages']((await serveRefusal('anthropic-messages', blocked)).url, false);
  expect(anthropic).toBeInstanceOf(Anthropic.PermissionDeniedError);
  expect(anthropic).toMatchObject({ status: 403, type: 'permission_error', errorCode: 'heimdall_policy-blocked', apiMessage: blocked.message });
  const google = await call.gemini((await serveRefusal('gemini', blocked)).url, false);
  expect(google).toBeInstanceOf(ApiError);
  expect(google).toMatchObject({ status: 403 });
  expect(JSON.parse((google as ApiError).message)).toMatchObject({
    error: { code: 403, message: blocked.message, status: 'PERMISSION_DENIED', details: [{ reason: 'heimdall_policy-blocked' }] },
  });
});

test('the SDKs do not retry what would be refused again', async () => {
  for (const id of ids) {
    const served = await serveRefusal(id, { status: 503, code: 'no-target', message: 'No target.' });
    await call[id](served.url, false);
    expect([id, served.count()]).toEqual([id, 1]);
  }
});

test('trouble that may pass is left to the SDK’s own retries', () => {
  for (const id of ids) {
    for (const code of ['gateway-unreachable', 'connect-timeout', 'gateway-rejected'] as const) {
      expect(dialectOf(id).refuse({ status: 503, code, message: 'm' }).headers).not.toContain('x-should-retry');
    }
  }
});

test('a refusal carries its length, its type, and when to come back', () => {
  for (const id of ids) {
    const answer = dialectOf(id).refuse({ status: 429, code: 'gateway-rejected', message: 'Über budget', retryAfter: 1.2 });
    expect(answer.headers.slice(0, 4)).toEqual(['content-type', 'application/json; charset=utf-8', 'content-length', String(answer.body.length)]);
    expect(answer.headers.slice(4)).toEqual(['retry-after', '2']);
    expect(answer.status).toBe(429);
    expect(dialectOf(id).refuse(blocked).headers).not.toContain('retry-after');
  }
  expect(
    JSON.parse(
      dialectOf('gemini')
        .refuse({ ...blocked, retryAfter: 3 })
        .body.toString(),
    ),
  ).toMatchObject({ error: { details: [{}, { retryDelay: '3s' }] } });
});

test.each([
  [400, 'invalid_request_error', 'invalid_request_error', 'INVALID_ARGUMENT'],
  [401, 'authentication_error', 'authentication_error', 'UNAUTHENTICATED'],
  [402, 'billing_error', 'billing_error', 'RESOURCE_EXHAUSTED'],
  [403, 'permission_error', 'permission_error', 'PERMISSION_DENIED'],
  [413, 'invalid_request_error', 'invalid_request_error', 'INVALID_ARGUMENT'],
  [429, 'rate_limit_error', 'rate_limit_error', 'RESOURCE_EXHAUSTED'],
  [500, 'server_error', 'api_error', 'INTERNAL'],
  [502, 'server_error', 'api_error', 'UNAVAILABLE'],
  [503, 'server_error', 'overloaded_error', 'UNAVAILABLE'],
  [504, 'server_error', 'timeout_error', 'DEADLINE_EXCEEDED'],
])('status %i has each vendor’s own word', (status, openai, anthropic, google) => {
  const documentOf = (id: DialectId) => JSON.parse(dialectOf(id).refuse({ status, code: 'internal', message: 'm' }).body.toString()) as unknown;
  expect(documentOf('openai-chat')).toMatchObject({ error: { type: openai } });
  for (const id of ['openai-responses', 'openai-embeddings'] as const) expect(documentOf(id)).toEqual(documentOf('openai-chat'));
  expect(documentOf('anthropic-messages')).toMatchObject({ type: 'error', error: { type: anthropic } });
  expect(documentOf('gemini')).toMatchObject({ error: { code: status, status: google } });
});

const begun: Record<(typeof streamed)[number], string> = {
  'openai-chat': 'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
  'openai-responses': 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":1,"delta":"a"}\n\n',
  'anthropic-messages': 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}\n\n',
  gemini: 'data: {"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}]}\n\n',
};

test.each(streamed)('the SDK gets our message when a stream of %s is ended between events', async (id) => {
  for (const start of ['', begun[id]]) {
    const error = await call[id]((await serveCut(id, start)).url, true);
    expect(error).toBeInstanceOf(id === 'gemini' ? ApiError : id === 'anthropic-messages' ? Anthropic.APIError : OpenAI.APIError);
    expect((error as Error).message).toContain(blocked.message);
  }
});

test('an event that was cut short does not hide our message from Anthropic’s SDK, at whatever byte', async () => {
  const event = begun['anthropic-messages'];
  for (let cut = 1; cut < event.length; cut += 7) {
    const error = await call['anthropic-messages']((await serveCut('anthropic-messages', event + event.slice(0, cut))).url, true);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ type: 'permission_error', apiMessage: blocked.message, errorCode: 'heimdall_policy-blocked' });
  }
});

test('an event that was cut short never passes for a whole answer in the other SDKs', async () => {
  for (const id of ['openai-chat', 'openai-responses', 'gemini'] as const) {
    const event = begun[id];
    expect(await call[id]((await serveCut(id, event + event.slice(0, event.length - 9))).url, true)).toBeInstanceOf(Error);
  }
});

test('our own reader sees the error that ends a stream', () => {
  for (const id of streamed) {
    const reader = dialectOf(id).readResponse(sse, 200);
    reader.write(Buffer.concat([Buffer.from(begun[id]), dialectOf(id).refuseMidStream(blocked, sse)]));
    expect(reader.facts()).toMatchObject({ complete: false, error: { message: blocked.message } });
  }
});

test('a streamed array of Gemini is ended as an array, and other documents cannot be ended', () => {
  const end = dialectOf('gemini').refuseMidStream(blocked, 'application/json');
  const answer = JSON.parse(`[{"candidates":[]}${end.toString()}`) as unknown[];
  expect(answer[1]).toMatchObject({ error: { code: 403, message: blocked.message } });
  for (const id of ['openai-chat', 'openai-responses', 'openai-embeddings', 'anthropic-messages'] as const) {
    for (const type of ['application/json', undefined]) expect(dialectOf(id).refuseMidStream(blocked, type)).toHaveLength(0);
  }
});

test('each id has its dialect', () => {
  for (const id of ids) expect(dialectOf(id).id).toBe(id);
});
