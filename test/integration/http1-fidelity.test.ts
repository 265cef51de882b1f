import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import { onWholeRequest, startRawOrigin } from '../fakes/raw-origin.ts';
import type { RawOrigin, RawResponder } from '../fakes/raw-origin.ts';
import { eventually } from './eventually.ts';
import { call, callOn, openTls, openWire } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

const host = 'api.openai.com';

async function withRawOrigin(respond: RawResponder): Promise<{ origin: RawOrigin; running: RunningAgent }> {
  const origin = await startRawOrigin(respond, { noDelay: true });
  onTestFinished(() => origin.close());
  return { origin, running: await runAgent({ hosts: { [host]: origin } }) };
}

const body = '{ "model" : "gpt-4o" ,\t"messages":[{"role":"user","content":"caf\\u00e9 \\ud83d\\ude00 1.0"}], "seed":1.0 }';
const inference = [
  'POST /v1/chat/completions?b=2&a=%7e HTTP/1.1',
  'Host: api.openai.com',
  'X-Twice: one',
  'accept: */*',
  'AUTHORIZATION: Bearer sk-client',
  'X-Twice:   two words  ',
  'x-EMPTY:',
  'Content-Type: application/json',
  `Content-Length: ${body.length}`,
  '',
  body,
].join('\r\n');
/** As the hop normalises it: optional whitespace around values is not part of them (RFC 9110 §5.5). */
const onTheOtherSide = inference.replace('X-Twice:   two words  ', 'X-Twice: two words').replace('x-EMPTY:', 'x-EMPTY: ');

const document = '{"id":"chatcmpl-1","object":"chat.completion","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}';
const reply = [
  'HTTP/1.1 200 Fine By Me',
  'Server: raw',
  'set-cookie: a=1',
  'SET-COOKIE: b=2',
  'Content-Type: application/json',
  `content-length: ${document.length}`,
  '',
  document,
].join('\r\n');

describe('an HTTP/1.1 exchange', () => {
  it('reaches the origin, and its answer the client, byte for byte', async () => {
    const { origin, running } = await withRawOrigin(onWholeRequest(reply));
    const wire = await openWire(running, host);
    wire.send(inference);
    expect(await wire.until((text) => text.endsWith(document))).toBe(reply);
    expect(origin.connections[0]?.received.toString('latin1')).toBe(onTheOtherSide);
    const record = await running.onlyRecord();
    expect(record).toMatchObject({
      outcome: 'forwarded',
      status: 200,
      usage: { inputTokens: 5, outputTokens: 7 },
      bytesFromClient: body.length,
      bytesToClient: document.length,
    });
  });

  it('is the same message wherever the network cuts the request', { timeout: 120_000 }, async () => {
    const { origin, running } = await withRawOrigin(onWholeRequest(reply));
    const wire = await openWire(running, host);
    for (let cut = 1; cut < inference.length; cut++) {
      wire.send(inference.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      wire.send(inference.slice(cut));
      await wire.until((text) => text.length >= reply.length * cut, `answer ${cut}`);
    }
    expect(wire.text).toBe(reply.repeat(inference.length - 1));
    const received = origin.connections.map((connection) => connection.received.toString('latin1')).join('');
    expect(received).toBe(onTheOtherSide.repeat(inference.length - 1));
  });

  it('is the same message wherever the network cuts the answer', { timeout: 120_000 }, async () => {
    let cut = 0;
    const { running } = await withRawOrigin((connection) => {
      if (!connection.received.toString('latin1').endsWith(body)) return;
      cut += 1;
      connection.write(reply.slice(0, cut));
      setTimeout(() => connection.write(reply.slice(cut)), 1);
    });
    const wire = await openWire(running, host);
    for (let turn = 1; turn < reply.length; turn++) {
      wire.send(inference);
      await wire.until((text) => text.length >= reply.length * turn, `answer ${turn}`);
    }
    expect(wire.text).toBe(reply.repeat(reply.length - 1));
    const rows = await running.rows(reply.length - 1);
    expect(rows.every(({ record }) => record.usage?.outputTokens === 7)).toBe(true);
  });

  it('gives the headers of its hop to the next hop anew', async () => {
    const { origin, running } = await withRawOrigin(
      onWholeRequest(
        'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nX-Stays: 1\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    const wire = await openWire(running, host);
    wire.send(
      'GET /v1/models HTTP/1.1\r\nConnection: keep-alive, x-mine\r\nHost: api.openai.com\r\nX-Mine: 1\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\nX-Theirs: 1\r\n\r\n',
    );
    expect(await wire.until((text) => text.endsWith('\r\n\r\n'))).toBe('HTTP/1.1 200 OK\r\nX-Stays: 1\r\nContent-Length: 0\r\n\r\n');
    expect(origin.connections[0]?.received.toString('latin1')).toBe('GET /v1/models HTTP/1.1\r\nHost: api.openai.com\r\nX-Theirs: 1\r\n\r\n');
  });

  it('keeps chunked bodies chunked, their data and trailers whole', async () => {
    const chunkedReply =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nContent-Type: text/plain\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n';
    const { origin, running } = await withRawOrigin((connection) => {
      if (connection.received.toString('latin1').endsWith('X-Mine: 7\r\n\r\n')) connection.write(chunkedReply);
    });
    const wire = await openWire(running, host);
    wire.send(
      'POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Mine\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Mine: 7\r\n\r\n',
    );
    const answer = await wire.until((text) => text.endsWith('X-Sum: 42\r\n\r\n'));
    expect(answer.slice(0, answer.indexOf('\r\n\r\n'))).toBe('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nContent-Type: text/plain');
    expect(dechunk(answer)).toBe('hello world');
    const received = origin.connections[0]?.received.toString('latin1') ?? '';
    expect(received.slice(0, received.indexOf('\r\n\r\n'))).toBe(
      'POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Mine',
    );
    expect(dechunk(received)).toBe('abcdefg');
    expect(received).toMatch(/\r\n0\r\nX-Mine: 7\r\n\r\n$/);
  });

  it('passes the trailers of an inference call on, though its body was read first', async () => {
    const { origin, running } = await withRawOrigin((connection) => {
      if (connection.received.toString('latin1').endsWith('X-Mine: 7\r\n\r\n')) connection.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
    });
    const wire = await openWire(running, host);
    const body = '{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}';
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Mine';
    wire.send(`${head}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\nX-Mine: 7\r\n\r\n`);
    await wire.until((text) => text.endsWith('{}'));
    const received = origin.connections[0]?.received.toString('latin1') ?? '';
    expect(received.slice(0, received.indexOf('\r\n\r\n'))).toBe(head);
    expect(dechunk(received)).toBe(body);
    expect(received).toMatch(/\r\n0\r\nX-Mine: 7\r\n\r\n$/);
  });

  it('delimits answers by their close, and passes 204, 304 and HEAD without a body', async () => {
    const replies = [
      'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
    ];
    const { running } = await withRawOrigin(onWholeRequest((index) => replies[index] ?? ''));
    const wire = await openWire(running, host);
    let expected = '';
    for (const [index, method] of ['GET', 'GET', 'HEAD'].entries()) {
      wire.send(`${method} /v1/models HTTP/1.1\r\nHost: api.openai.com\r\n\r\n`);
      expected += replies[index] ?? '';
      expect(await wire.until((text) => text.length >= expected.length)).toBe(expected);
    }
    const closing = await withRawOrigin((connection) => {
      connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end');
      connection.end();
    });
    const answer = await call(closing.running, host, { path: '/v1/models' });
    expect(answer.body.toString()).toBe('until the end');
  });

  it('answers pipelined requests in their order on one connection', async () => {
    const { origin, running } = await withRawOrigin(onWholeRequest((index) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${index}`));
    const wire = await openWire(running, host);
    wire.send(Array.from({ length: 6 }, (_, index) => `GET /v1/models/${index} HTTP/1.1\r\nHost: api.openai.com\r\n\r\n`).join(''));
    await wire.until((text) => text.split('HTTP/1.1 200').length === 7 && /\r\n\r\n5$/.test(text), 'six answers');
    expect([...wire.text.matchAll(/\r\n\r\n(\d)/g)].map((match) => match[1])).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(origin.connections).toHaveLength(1);
    expect((await running.rows(6)).map(({ record }) => record.path)).toEqual(Array.from({ length: 6 }, (_, index) => `/v1/models/${index}`));
  });

  it('does not begin the second of two pipelined requests while the first is under way', async () => {
    let seen = '';
    const { running } = await withRawOrigin((connection) => {
      seen = connection.received.toString('latin1');
      if (seen.endsWith('/second HTTP/1.1\r\nHost: api.openai.com\r\n\r\n')) connection.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond');
    });
    const wire = await openWire(running, host);
    wire.send('GET /first HTTP/1.1\r\nHost: api.openai.com\r\n\r\nGET /second HTTP/1.1\r\nHost: api.openai.com\r\n\r\n');
    await eventually(() => seen.includes('/first'), 'the first request');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).not.toContain('/second');
  });

  it('reuses connections on both sides', async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    const running = await runAgent({ hosts: { [host]: provider } });
    const socket = await openTls(running, host);
    const wire: string[] = [];
    for (let turn = 0; turn < 20; turn++) wire.push((await callOn(socket, host, { path: `/v1/models/${turn}` })).body.toString());
    expect(wire[19]).toContain('/v1/models/19');
    expect(provider.connections).toBe(1);
    expect(await running.rows(20)).toHaveLength(20);
  });

  it('sends a request whose kept connection has gone stale once more on a fresh one', async () => {
    const { origin, running } = await withRawOrigin((connection) => {
      if (connection.received.toString('latin1').split('POST').length === 3) connection.destroy();
      else connection.write(reply);
    });
    const wire = await openWire(running, host);
    wire.send(inference);
    await wire.until((text) => text.length >= reply.length);
    wire.send(inference);
    expect(await wire.until((text) => text.length >= 2 * reply.length)).toBe(reply + reply);
    expect(origin.connections).toHaveLength(2);
    const rows = await running.rows(2);
    expect(rows[1]?.record.attempts).toMatchObject([{ error: 'upstream-closed' }, { status: 200 }]);
  });
});

function dechunk(message: string): string {
  let at = message.indexOf('\r\n\r\n') + 4;
  let data = '';
  for (;;) {
    const line = message.indexOf('\r\n', at);
    const size = Number.parseInt(message.slice(at, line), 16);
    if (size === 0) return data;
    data += message.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}
