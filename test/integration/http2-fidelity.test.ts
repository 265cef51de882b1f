import { constants } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider, FakeProviderOptions } from '../fakes/provider.ts';
import { startRawOrigin } from '../fakes/raw-origin.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, openHttp2, readStream } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

const host = 'api.openai.com';

async function withProvider(options: FakeProviderOptions = {}): Promise<{ provider: FakeProvider; running: RunningAgent }> {
  const provider = await startFakeProvider(options);
  onTestFinished(() => provider.close());
  return { provider, running: await runAgent({ hosts: { [host]: provider } }) };
}

const text = '{ "model":"gpt-4o",\n "messages":[{"role":"user","content":"caf\\u00e9 1.0"}] }';
const rawRequest = [
  ':method',
  'POST',
  ':scheme',
  'https',
  ':authority',
  host,
  ':path',
  '/v1/chat/completions?q=%7E',
  'x-b',
  '2',
  'x-a',
  '1',
  'x-b',
  '3',
  'content-type',
  'application/json',
];

describe('an HTTP/2 exchange', () => {
  it('goes to an HTTP/2 origin with headers in order, duplicates and body as they were', async () => {
    const { provider, running } = await withProvider();
    provider.behave({
      answer: { status: 200, headers: ['x-z', '1', 'set-cookie', 'a=1', 'x-y', '2', 'content-type', 'application/json'], chunks: ['{"id":', '1}'] },
    });
    const session = await openHttp2(running, host);
    const stream = session.request(rawRequest);
    stream.write(text.slice(0, 20));
    stream.end(text.slice(20));
    const answer = await readStream(stream);
    const [recorded] = provider.requests;
    // The body was read whole before it went on, so its length is known and said.
    expect(recorded?.headers).toEqual([...rawRequest, 'content-length', String(text.length)]);
    expect(recorded?.body.toString()).toBe(text);
    expect(answer.body.toString()).toBe('{"id":1}');
    expect(answer.headers.filter((_, index) => index % 2 === 0 && !['date'].includes(answer.headers[index] ?? ''))).toEqual([
      ':status',
      'x-z',
      'set-cookie',
      'x-y',
      'content-type',
    ]);
  });

  it('carries many streams at once on one connection to each side', async () => {
    const { provider, running } = await withProvider();
    const session = await openHttp2(running, host);
    await readStream(session.request({ ':path': '/v1/models/first' }));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => readStream(session.request({ ':path': `/v1/models/${index}` }))));
    expect(answers.map(({ body }) => (JSON.parse(body.toString()) as { path: string }).path)).toEqual(
      Array.from({ length: 50 }, (_, index) => `/v1/models/${index}`),
    );
    expect(provider.connections).toBe(1);
    expect(new Set((await running.rows(51)).map(({ record }) => record.id)).size).toBe(51);
  });

  it('goes to an HTTP/1.1 origin, cookie crumbs joined, body chunked', async () => {
    const origin = await startRawOrigin(
      (connection) => {
        if (connection.received.toString('latin1').endsWith('0\r\n\r\n'))
          connection.write('HTTP/1.1 200 OK\r\nX-Up: 1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
      },
      { noDelay: true },
    );
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { [host]: origin } });
    const session = await openHttp2(running, host);
    const stream = session.request([
      ':method',
      'POST',
      ':scheme',
      'https',
      ':authority',
      host,
      ':path',
      '/v1/files',
      'cookie',
      'a=1',
      'x-mid',
      'm',
      'cookie',
      'b=2',
    ]);
    stream.write('first ');
    stream.end('second');
    const answer = await readStream(stream);
    expect(answer.headers.filter((_, index) => index % 2 === 0)).toEqual([':status', 'x-up', 'content-length']);
    expect(answer.body.toString()).toBe('ok');
    const [head, body] = (origin.connections[0]?.received.toString('latin1') ?? '').split('\r\n\r\n');
    expect(head).toBe('POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\ncookie: a=1; b=2\r\nx-mid: m\r\nTransfer-Encoding: chunked');
    expect(body?.replaceAll(/\r\n/g, '|')).toMatch(/^(6\|first \|6\|second|c\|first second)\|0$/);
  });

  it('is made for an HTTP/1.1 client whose origin speaks HTTP/2 alone', async () => {
    const { provider, running } = await withProvider({ alpn: ['h2'], tls: { allowHTTP1: false } });
    const request = inferenceCall('openai-chat', 'hello');
    for (let turn = 0; turn < 2; turn++) expect((await call(running, host, request)).status).toBe(200);
    expect(provider.requests.map(({ httpVersion }) => httpVersion)).toEqual(['2', '2']);
    expect(provider.requests[0]?.body.toString()).toBe(request.body);
  });

  it('tells the origin when the client resets its stream', async () => {
    const { provider, running } = await withProvider();
    provider.behave({ paceMs: 20 });
    const { path, headers, body } = inferenceCall('openai-chat', 'a long story please', { stream: true });
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    stream.end(body);
    await new Promise((resolve) => stream.once('data', resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await eventually(() => provider.requests[0]?.ended === 'aborted', 'the reset at the origin');
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'client-aborted', status: 200 });
    expect((await readStream(session.request({ ':path': '/v1/models' }))).status).toBe(200);
  });

  it('resets the stream of the client when the origin resets a native answer', async () => {
    const { provider, running } = await withProvider();
    provider.behave({
      answer: { status: 200, headers: ['content-type', 'text/plain'], chunks: ['part', 'rest'] },
      breakAfter: { chunks: 1, how: 'reset-stream' },
    });
    const session = await openHttp2(running, host);
    const stream = session.request({ ':path': '/v1/models' });
    await expect(readStream(stream)).rejects.toThrow();
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(await running.onlyRecord()).toMatchObject({ error: { code: 'upstream-closed' } });
  });

  it('lets both bodies flow at the same time', async () => {
    const { provider, running } = await withProvider();
    const chunks = ['answer before the question', ', and after it'];
    const gate = (index: number): Promise<void> =>
      index === 0 ? Promise.resolve() : eventually(() => provider.requests[0]?.body.toString() === 'firstlast', 'the rest of the upload');
    provider.behave({ early: true, gate, answer: { status: 200, headers: ['content-type', 'text/plain'], chunks } });
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': '/v1/realtime/calls' });
    stream.write('first');
    let seen = '';
    stream.on('data', (piece: Buffer) => (seen += piece.toString()));
    await eventually(() => seen === chunks[0], 'the early answer');
    stream.write('last');
    await eventually(() => seen === chunks.join(''), 'the rest of the answer');
    stream.end();
  });

  it('passes request trailers and answers to HEAD', async () => {
    const { provider, running } = await withProvider();
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': '/v1/files', trailer: 'x-sum' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }));
    stream.end('body');
    expect((await readStream(stream)).status).toBe(200);
    expect(provider.requests[0]?.trailers).toEqual(['x-sum', '1']);
    const inference = session.request({ ':method': 'POST', ':path': '/v1/chat/completions', 'content-type': 'application/json' }, { waitForTrailers: true });
    inference.on('wantTrailers', () => inference.sendTrailers({ 'x-sum': '2' }));
    inference.end('{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}');
    expect((await readStream(inference)).status).toBe(200);
    expect(provider.requests[1]?.trailers).toEqual(['x-sum', '2']);
    const head = await readStream(session.request({ ':method': 'HEAD', ':path': '/v1/models' }));
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
  });
});
