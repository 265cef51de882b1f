import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { startRawOrigin } from '../fakes/raw-origin.ts';
import { eventually } from './eventually.ts';
import { dialects, hostsOfDialects, inferenceCall } from './inference-call.ts';
import { call, openHttp2, openTls, openWire, readStream, Wire } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

async function withProvider(): Promise<{ provider: FakeProvider; running: RunningAgent }> {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  return { provider, running: await runAgent({ hosts: Object.fromEntries(hostsOfDialects.map((host) => [host, provider])) }) };
}

const events = (['{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}', '{"choices":[{"index":0,"delta":{"content":"Hi"}}]}'] as string[])
  .concat(
    '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}',
    '[DONE]',
  )
  .map((data) => `data: ${data}\n\n`);
const eventStream = ['content-type', 'text/event-stream'];

describe('a streamed answer', () => {
  it.for(dialects)('of %s goes on to the client event by event, over HTTP/1.1', async (dialect) => {
    const { provider, running } = await withProvider();
    const request = inferenceCall(dialect, 'tell me a story', { stream: true });
    const wire = new Wire(await openTls(running, request.host));
    let steps = 0;
    let before = 0;
    // The next event is not sent before the client has the one before: whatever buffers, hangs here.
    const gate = async (): Promise<void> => {
      if (steps++ > 0) await eventually(() => wire.received.length > before, `event ${steps}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      before = wire.received.length;
    };
    provider.behave({ gate });
    const body = Buffer.from(request.body ?? '');
    const headers = Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    wire.send(`POST ${request.path} HTTP/1.1\r\nHost: ${request.host}\r\n${headers.join('')}Content-Length: ${body.length}\r\n\r\n`);
    wire.send(body);
    await wire.until((text) => text.endsWith('0\r\n\r\n'), 'the whole stream');
    expect(steps).toBeGreaterThan(3);
    const record = await running.onlyRecord();
    expect(record).toMatchObject({ outcome: 'forwarded', dialect, stream: true, status: 200 });
    expect(record.usage?.outputTokens).toBeGreaterThan(0);
    expect(record.firstTokenMs).toBeGreaterThan(0);
  });

  it('goes on to the client event by event over HTTP/2', async () => {
    const { provider, running } = await withProvider();
    const { host, path, headers, body } = inferenceCall('anthropic-messages', 'tell me a story', { stream: true });
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let received = 0;
    let before = 0;
    let steps = 0;
    provider.behave({
      gate: async () => {
        if (steps++ > 0) await eventually(() => received > before, `event ${steps}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        before = received;
      },
    });
    stream.on('data', (piece: Buffer) => (received += piece.length));
    const answer = readStream(stream);
    stream.end(body);
    expect((await answer).status).toBe(200);
    expect(steps).toBeGreaterThan(3);
    expect(provider.requests[0]?.httpVersion).toBe('2');
    expect((await running.onlyRecord()).httpVersion).toBe('2');
  });

  const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;
  it.for(Object.keys(encodings) as (keyof typeof encodings)[])('stays compressed with %s, byte for byte, and is read all the same', async (encoding) => {
    const { provider, running } = await withProvider();
    const bytes = encodings[encoding](Buffer.from(events.join('')));
    const chunks = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    provider.behave({ answer: { status: 200, headers: [...eventStream, 'content-encoding', encoding], chunks } });
    const request = inferenceCall('openai-chat', 'hello', { stream: true });
    const answer = await call(running, request.host, { ...request, headers: { ...request.headers, 'accept-encoding': 'gzip, deflate, br, zstd' } });
    expect(answer.header('content-encoding')).toBe(encoding);
    expect(answer.body).toEqual(bytes);
    expect(provider.requests[0]?.header('accept-encoding')).toBe('gzip, deflate, br, zstd');
    expect(await running.onlyRecord()).toMatchObject({ usage: { inputTokens: 3, outputTokens: 4 }, stopReason: 'stop' });
  });

  it('in an unknown coding, or with events nobody knows, passes untouched', async () => {
    const { provider, running } = await withProvider();
    const request = inferenceCall('openai-chat', 'hello', { stream: true });
    const strange = ['event: heimdall.never.heard\ndata: {"x":[1,2\n\n', ': comment\n\n', 'data: not json\r\n\r\n', '\u0000\uffff'];
    provider.behave((_, index) => ({
      answer: { status: 200, headers: index === 0 ? eventStream : [...eventStream, 'content-encoding', 'x-odd'], chunks: strange },
    }));
    for (let turn = 0; turn < 2; turn++) expect((await call(running, request.host, request)).body.toString()).toBe(strange.join(''));
    const rows = await running.rows(2);
    expect(rows.map(({ record }) => record.outcome)).toEqual(['forwarded', 'forwarded']);
  });

  it('keeps its trailers', async () => {
    const { provider, running } = await withProvider();
    provider.behave({ answer: { status: 200, headers: eventStream, chunks: events }, trailers: ['x-checksum', 'abc'] });
    const request = inferenceCall('openai-chat', 'hello', { stream: true });
    expect((await call(running, request.host, request)).trailers).toEqual(['x-checksum', 'abc']);
    const session = await openHttp2(running, request.host);
    const stream = session.request({ ':method': 'POST', ':path': request.path, ...request.headers });
    stream.end(request.body);
    const answer = await readStream(stream);
    expect(answer.body.toString()).toBe(events.join(''));
    expect(answer.trailers).toEqual(['x-checksum', 'abc']);
  });

  it('that breaks off ends with an error event of the dialect, never as if it were whole', async () => {
    for (const dialect of dialects) {
      const { provider, running } = await withProvider();
      provider.behave({ breakAfter: { chunks: 2, how: 'reset' } });
      const request = inferenceCall(dialect, 'hello there', { stream: true });
      const answer = await call(running, request.host, request);
      const last = answer.body.toString().trimEnd().split('\n\n').at(-1) ?? '';
      expect(last).toContain('error');
      expect(last).toContain('Heimdall');
      expect(answer.body.toString()).not.toContain('[DONE]');
      expect(await running.onlyRecord()).toMatchObject({ outcome: 'forwarded', status: 200, error: { code: 'upstream-closed' } });
    }
  });

  it('with a length that breaks off breaks off at the client, too', async () => {
    const { provider, running } = await withProvider();
    provider.behave({
      answer: { status: 200, headers: ['content-type', 'application/json', 'content-length', '1000'], chunks: ['{"half":', '1'] },
      breakAfter: { chunks: 1, how: 'destroy' },
    });
    const request = inferenceCall('openai-chat', 'hello');
    await expect(call(running, request.host, request)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect(await running.onlyRecord()).toMatchObject({ error: { code: 'upstream-closed' } });
  });
});

describe('an interim answer', () => {
  it('is passed on before the answer, over HTTP/1.1 and HTTP/2', async () => {
    const { provider, running } = await withProvider();
    provider.behave({
      interim: [
        { status: 103, headers: ['link', '</a.css>; rel=preload'] },
        { status: 102, headers: [] },
      ],
    });
    const wire = await openWire(running, 'api.openai.com');
    wire.send('GET /v1/models HTTP/1.1\r\nHost: api.openai.com\r\n\r\n');
    const text = await wire.until((received) => received.includes('HTTP/1.1 200'));
    expect(text).toMatch(/^HTTP\/1\.1 103 Interim\r\nlink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 102 Interim\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    const session = await openHttp2(running, 'api.openai.com');
    const stream = session.request({ ':path': '/v1/models' });
    const interim: number[] = [];
    stream.on('headers', (headers) => interim.push(Number(headers[':status'])));
    expect((await readStream(stream)).status).toBe(200);
    expect(interim).toEqual([103, 102]);
  });

  it('100 comes from the origin itself for a native upload', async () => {
    const origin = await startRawOrigin(
      (connection) => {
        const text = connection.received.toString('latin1');
        if (text.endsWith('\r\n\r\n')) connection.write('HTTP/1.1 100 Continue\r\nX-Mine: 1\r\n\r\n');
        if (text.endsWith('the file')) connection.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      },
      { noDelay: true },
    );
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { 'api.openai.com': origin } });
    const wire = await openWire(running, 'api.openai.com');
    wire.send('POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n');
    await wire.until((text) => text === 'HTTP/1.1 100 Continue\r\nX-Mine: 1\r\n\r\n', 'the interim answer');
    wire.send('the file');
    await wire.until((text) => text.endsWith('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 'the answer');
    expect(origin.connections[0]?.received.toString('latin1')).toContain('Expect: 100-continue');
  });

  it('100 comes from Heimdall for a call whose body policy must see, and the origin is not asked again', async () => {
    const { provider, running } = await withProvider();
    const { host, path, body = '' } = inferenceCall('openai-chat', 'hello');
    const wire = await openWire(running, host);
    wire.send(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
    await wire.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n', 'the interim answer');
    expect(provider.requests).toHaveLength(0);
    wire.send(body);
    await wire.until((text) => text.includes('HTTP/1.1 200 OK'), 'the answer');
    expect(provider.requests[0]?.header('expect')).toBeUndefined();
  });
});
