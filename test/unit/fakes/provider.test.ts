import { connect as connectH2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import zlib from 'node:zlib';
import { Agent, fetch, request } from 'undici';
import { expect, onTestFinished, test, vi } from 'vitest';
import WebSocket from 'ws';
import { startFakeProvider } from '../../fakes/provider.ts';
import type { FakeProvider } from '../../fakes/provider.ts';
import type { Encoding } from '../../fakes/behaviour.ts';

const chat = JSON.stringify({ model: 'gpt-5', stream: true, messages: [{ role: 'user', content: 'hello' }] });

async function started(): Promise<{ provider: FakeProvider; dispatcher: Agent; url: string }> {
  const provider = await startFakeProvider();
  const dispatcher = new Agent({ allowH2: false, connect: { ca: provider.root } });
  onTestFinished(async () => {
    await dispatcher.destroy();
    await provider.close();
  });
  return { provider, dispatcher, url: `https://127.0.0.1:${provider.port}` };
}

test('an http/1.1 request is recorded exactly and answered by the simulator', async () => {
  const { provider, dispatcher, url } = await started();
  const headers = ['X-Odd-Case', 'one', 'x-twice', 'a', 'x-twice', 'b', 'content-type', 'application/json'];
  const { statusCode, body } = await request(`${url}/v1/chat/completions?x=1`, { method: 'POST', headers, body: chat, dispatcher });
  expect(statusCode).toBe(200);
  expect(await body.text()).toMatch(/^data: .*"chat\.completion\.chunk"[^]*data: \[DONE\]\n\n$/);
  const [recorded] = provider.requests;
  expect(recorded).toMatchObject({ method: 'POST', path: '/v1/chat/completions?x=1', httpVersion: '1.1', complete: true });
  expect(recorded?.headers).toContain('X-Odd-Case');
  expect(recorded?.headerAll('X-Twice')).toEqual(['a', 'b']);
  expect(recorded?.body.toString()).toBe(chat);
});

test('an h2 request is recorded with its pseudo-headers and answered', async () => {
  const { provider, url } = await started();
  const session = connectH2(url, { ca: provider.root });
  onTestFinished(() => {
    session.close();
  });
  const stream = session.request({ ':method': 'POST', ':path': '/v1/messages', 'x-mine': '1' });
  stream.end(JSON.stringify({ model: 'claude', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ type: 'message', role: 'assistant' });
  expect(provider.requests[0]?.httpVersion).toBe('2');
  expect(provider.requests[0]?.headers.slice(0, 2)).toEqual([':method', 'POST']);
  expect(provider.serverNames).toHaveLength(1);
});

test.each(['gzip', 'deflate', 'br', 'zstd'] as const)('a stream compressed with %s can be decoded event by event', async (encoding: Encoding) => {
  const { provider, dispatcher, url } = await started();
  provider.behave({ compress: encoding, answer: { status: 200, headers: ['content-type', 'text/event-stream'], chunks: ['data: 1\n\n', 'data: 2\n\n'] } });
  const { body, headers } = await request(url, { dispatcher });
  expect(headers['content-encoding']).toBe(encoding);
  const bytes = Buffer.from(await body.arrayBuffer());
  const decode = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync, br: zlib.brotliDecompressSync, zstd: zlib.zstdDecompressSync }[encoding];
  expect(decode(bytes).toString()).toBe('data: 1\n\ndata: 2\n\n');
});

test("a vendor's 429 carries its own document and retry headers", async () => {
  const { provider, dispatcher, url } = await started();
  provider.behave({ vendorError: { status: 429, message: 'slow down', headers: ['retry-after', '7', 'retry-after-ms', '7000'] } });
  const response = await fetch(`${url}/v1/messages`, { method: 'POST', body: '{}', dispatcher });
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } });
});

test('a stream can end with the error event of the vendor', async () => {
  const { provider, dispatcher, url } = await started();
  provider.behave({ breakAfter: { chunks: 2, how: 'error-event' } });
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: chat, dispatcher });
  const events = (await response.text()).trim().split('\n\n');
  expect(events).toHaveLength(3);
  expect(events[2]).toContain('"error"');
});

test.each(['destroy', 'reset'] as const)('a stream can break in the middle by %s', async (how) => {
  const { provider, dispatcher, url } = await started();
  provider.behave({ breakAfter: { chunks: 2, how } });
  const { body } = await request(`${url}/v1/chat/completions`, { method: 'POST', body: chat, dispatcher });
  let received = '';
  await expect(
    (async () => {
      for await (const chunk of body) received += String(chunk);
    })(),
  ).rejects.toThrow();
  // A reset may overtake what was sent before it; a close may not.
  const events = received.split('\n\n').length - 1;
  expect(events).toBeLessThanOrEqual(2);
  if (how === 'destroy') expect(events).toBe(2);
});

test('an h2 stream can be reset without its connection', async () => {
  const { provider, url } = await started();
  provider.behave((request) => (request.path === '/bad' ? { instead: 'reset-stream' } : undefined));
  const session = connectH2(url, { ca: provider.root });
  onTestFinished(() => {
    session.close();
  });
  const bad = session.request({ ':path': '/bad' });
  await expect(new Promise((_, reject) => bad.on('error', reject))).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR/);
  const good = session.request({ ':path': '/good' });
  const status = await new Promise((resolve) => good.on('response', (headers) => resolve(headers[':status'])));
  expect(status).toBe(200);
  expect(provider.connections).toBe(1);
});

test('an h2 request that the client leaves is recorded as aborted', async () => {
  const { provider, url } = await started();
  provider.behave({ breakAfter: { chunks: 1, how: 'reset-stream' }, gate: () => new Promise(() => undefined) });
  const session = connectH2(url, { ca: provider.root });
  onTestFinished(() => {
    session.close();
  });
  const stream = session.request({ ':path': '/' });
  stream.on('response', () => {
    stream.close(8);
  });
  await vi.waitFor(() => expect(provider.requests[0]?.ended).toBe('aborted'));
});

test('a connection can be reset before any answer, and a hanging request is seen when the client leaves', async () => {
  const { provider, dispatcher, url } = await started();
  provider.behave((request) => ({ instead: request.path === '/hang' ? 'hang' : 'reset' }));
  await expect(request(`${url}/reset`, { dispatcher })).rejects.toThrow(/ECONNRESET|other side closed/);
  const abort = new AbortController();
  const hanging = request(`${url}/hang`, { dispatcher, signal: abort.signal });
  await vi.waitFor(() => expect(provider.requests).toHaveLength(2));
  abort.abort();
  await expect(hanging).rejects.toThrow();
  await vi.waitFor(() => expect(provider.requests[1]?.ended).toBe('aborted'));
});

test('interim answers and trailers reach an http/1.1 client', async () => {
  const { provider, url } = await started();
  provider.behave({ interim: [{ status: 103, headers: ['link', '</a>; rel=preload'] }], trailers: ['x-checksum', 'abc'] });
  const early: number[] = [];
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpsRequest(url, { ca: provider.root }, resolve).on('information', (info) => early.push(info.statusCode));
    outgoing.on('error', reject).end();
  });
  for await (const chunk of response) expect(chunk).toBeInstanceOf(Buffer);
  expect(early).toEqual([103]);
  expect(response.trailers).toEqual({ 'x-checksum': 'abc' });
});

test('interim answers and trailers reach an h2 client', async () => {
  const { provider, url } = await started();
  provider.behave({ interim: [{ status: 103, headers: ['link', '</a>'] }], trailers: ['x-checksum', 'abc'] });
  const session = connectH2(url, { ca: provider.root });
  onTestFinished(() => {
    session.close();
  });
  const stream = session.request({ ':path': '/' });
  const early: unknown[] = [];
  stream.on('headers', (headers) => early.push(headers[':status']));
  const trailers = new Promise((resolve) => stream.on('trailers', resolve));
  stream.resume();
  expect(await trailers).toMatchObject({ 'x-checksum': 'abc' });
  expect(early).toEqual([103]);
});

test('a test steps through a stream with the gate', async () => {
  const { provider, dispatcher, url } = await started();
  const steps: (() => void)[] = [];
  provider.behave({
    answer: { status: 200, headers: [], chunks: ['a', 'b'] },
    gate: () => new Promise((resolve) => steps.push(resolve)),
  });
  const { body } = await request(url, { dispatcher });
  const reader = body[Symbol.asyncIterator]();
  steps[0]?.();
  expect(String((await reader.next()).value)).toBe('a');
  expect(steps).toHaveLength(2);
  steps[1]?.();
  expect(String((await reader.next()).value)).toBe('b');
});

test('WebSocket messages are echoed and recorded, text and binary', async () => {
  const { provider } = await started();
  const socket = new WebSocket(`wss://127.0.0.1:${provider.port}/v1/realtime?model=x`, { ca: provider.root });
  onTestFinished(() => {
    socket.terminate();
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send('text');
  expect(await new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))).toBe('text');
  socket.send(Buffer.from([0, 255]));
  expect(await new Promise((resolve) => socket.once('message', resolve))).toEqual(Buffer.from([0, 255]));
  socket.close(4001);
  await vi.waitFor(() => expect(provider.sockets[0]?.closeCode).toBe(4001));
  expect(provider.sockets[0]?.path).toBe('/v1/realtime?model=x');
  expect(provider.sockets[0]?.messages.map(({ binary }) => binary)).toEqual([false, true]);
});
