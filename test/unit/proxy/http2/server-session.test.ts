import { connect as connectHttp2, constants } from 'node:http2';
import type { OutgoingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Http2Exchange } from '../../../../src/proxy/http2/server-exchange.ts';
import { dial, echo, pseudo, read, serve, settle } from './loopback-session.ts';

describe('an HTTP/2 request that is not acceptable', () => {
  const ask = async (headers: OutgoingHttpHeaders | readonly string[]) => {
    let requests = 0;
    const answer = await read(dial(await serve(() => (requests += 1))).request(headers, { endStream: true }));
    return { ...answer, requests };
  };

  it('for another host is misdirected', async () => {
    expect(await ask([':method', 'GET', ':scheme', 'https', ':authority', 'evil.example', ':path', '/'])).toMatchObject({ status: 421, requests: 0 });
  });

  it.each([
    ['a Host that contradicts :authority', [...pseudo('GET'), 'host', 'evil.example']],
    ['two Hosts', [...pseudo('GET'), 'host', 'api.openai.com', 'host', 'api.openai.com']],
    ['a path with a byte beyond ASCII', pseudo('GET', '/\xe9')],
  ])('with %s is refused', async (_what, headers) => {
    const answer = await ask(headers);
    expect(answer.requests).toBe(0);
    expect(answer.status === 400 || answer.rst !== 0).toBe(true);
  });

  it('with a Host that agrees is taken', async () => {
    const served = await serve(echo);
    expect(await read(dial(served).request([...pseudo('GET'), 'host', 'API.openai.com'], { endStream: true }))).toMatchObject({ status: 200 });
  });

  it('as CONNECT is refused', async () => {
    const answer = await ask({ ':method': 'CONNECT', ':authority': 'api.openai.com' });
    expect(answer.requests).toBe(0);
    expect(answer.status === 400 || answer.rst !== 0).toBe(true);
  });

  it('with thousands of headers does not reach us, and does not end us', async () => {
    const served = await serve(echo);
    const many = Array.from({ length: 2_000 }, (_, i) => [`x-${i}`, '1']).flat();
    const answer = await read(dial(served).request([...pseudo('GET'), ...many], { endStream: true }));
    expect(answer.status).not.toBe(200);
    expect(served.lines).toHaveLength(0);
    expect(await read(dial(served).request(pseudo('GET'), { endStream: true }))).toMatchObject({ status: 200 });
  });
});

describe('an HTTP/2 connection', () => {
  it('ends when its client ends its side, and tells the exchanges under way', async () => {
    let aborts = 0;
    const served = await serve((exchange) => (exchange.onAbort = () => (aborts += 1)));
    const socket = connect({ port: served.port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const session = connectHttp2('http://127.0.0.1', { createConnection: () => socket });
    session.on('error', () => undefined);
    const stream = session.request(pseudo('GET'), { endStream: true });
    stream.on('error', () => undefined);
    await settle(50);
    socket.end();
    await new Promise((resolve) => (served.sockets[0]?.destroyed ? resolve(undefined) : served.sockets[0]?.once('close', resolve)));
    await settle();
    expect(aborts).toBe(1);
  });

  it('survives a client that opens and resets streams as fast as it can, or is cut off', async () => {
    const served = await serve(echo);
    const session = dial(served);
    for (let i = 0; i < 3_000 && !session.destroyed && !session.closed; i++) {
      const stream = session.request(pseudo('POST'));
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await settle();
    expect(await read(dial(served).request(pseudo('GET'), { endStream: true }))).toMatchObject({ status: 200 });
  });

  it('carries many streams at once', async () => {
    const session = dial(await serve(echo));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => {
        const stream = session.request(pseudo('POST', `/${i}`));
        stream.end(`body ${i}`);
        return read(stream);
      }),
    );
    expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 100 }, (_, i) => `body ${i}`));
  });

  it('that never says anything, or nothing more, is closed; what is under way may finish', async () => {
    const waiting: Http2Exchange[] = [];
    const served = await serve((exchange) => waiting.push(exchange), 60);
    const mute = connect(served.port, '127.0.0.1');
    mute.on('error', () => undefined);
    mute.resume();
    const session = dial(served);
    const answer = read(session.request(pseudo('GET'), { endStream: true }));
    await Promise.all([new Promise((resolve) => mute.on('close', resolve)), new Promise((resolve) => session.once('goaway', resolve))]);
    waiting.forEach(echo);
    expect(await answer).toMatchObject({ status: 200, isWhole: true });
    await new Promise((resolve) => (session.closed ? resolve(undefined) : session.once('close', resolve)));
  });

  it('that speaks no HTTP/2 is closed', async () => {
    const served = await serve(echo);
    const socket = connect(served.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
    expect(served.lines).toHaveLength(0);
  });
});
