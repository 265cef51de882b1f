import { createSecureServer } from 'node:http2';
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CallLog, certificate, getCall, poolTo, run, settle, until, upstream } from './upstream-call.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('the pool of HTTP/1.1 connections', () => {
  it('uses a connection again', async () => {
    const { port, sockets } = await upstream((socket) => socket.write(ok));
    const pool = poolTo(port);
    const kept: boolean[] = [];
    for (let i = 0; i < 5; i++) kept.push((await run(pool)).wasKept);
    expect(kept).toEqual([false, true, true, true, true]);
    expect(sockets).toHaveLength(1);
  });

  it('leaves no listener behind on a connection it keeps', async () => {
    const { port } = await upstream((socket) => socket.write(ok));
    const pool = poolTo(port);
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    for (let i = 0; i < 100; i++) await run(pool);
    await settle();
    expect(warnings).toEqual([]);
  });

  it.each([
    ['says close', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'],
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['will close within a second', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=1\r\n\r\nok'],
    ['sends more than its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n'],
  ])('does not use a connection again whose upstream %s', async (_what, text) => {
    const { port, sockets } = await upstream((socket) => socket.write(text));
    const pool = poolTo(port);
    expect((await run(pool)).body).toBe('ok');
    expect((await run(pool)).wasKept).toBe(false);
    expect(sockets).toHaveLength(2);
  });

  it('keeps one of HTTP/1.0 that says keep-alive', async () => {
    const { port } = await upstream((socket) => socket.write('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok'));
    const pool = poolTo(port);
    await run(pool);
    expect((await run(pool)).wasKept).toBe(true);
  });

  it.each([
    ['is ended', (socket: { end: () => unknown }) => socket.end()],
    ['sends something unasked', (socket: { write: (text: string) => unknown }) => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n')],
    ['breaks', (socket: { destroy: () => unknown }) => socket.destroy()],
  ])('throws a waiting connection away that %s', async (_what, happen) => {
    const { port, sockets } = await upstream((socket) => socket.write(ok));
    const pool = poolTo(port);
    await run(pool);
    await settle();
    if (sockets[0]) happen(sockets[0]);
    await settle(50);
    const again = await run(pool);
    expect([again.wasKept, again.body, again.failure]).toEqual([false, 'ok', undefined]);
  });

  it('throws a waiting connection away when its time is up', async () => {
    const { port, sockets } = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=2, max=5\r\n\r\nok'));
    const pool = poolTo(port);
    await run(pool);
    while (!sockets[0]?.destroyed) await settle(20);
    expect((await run(pool)).wasKept).toBe(false);
  });

  it('tells a stale connection from a broken answer', async () => {
    const { port } = await upstream((socket, _request, nth) => (nth === 1 ? socket.write(ok) : socket.destroy()));
    const pool = poolTo(port);
    await run(pool);
    const log = new CallLog();
    const call = pool.startKept(getCall(), log);
    await log.over;
    expect([log.failure?.code, call?.hasAnswerBegun]).toEqual(['upstream-closed', false]);
  });

  it('gives every call that is under way a connection of its own', async () => {
    const { port, sockets } = await upstream((socket) => void setTimeout(() => socket.write(ok), 20));
    const pool = poolTo(port);
    const logs = await Promise.all(Array.from({ length: 10 }, () => run(pool)));
    expect(logs.map((log) => log.body)).toEqual(Array(10).fill('ok'));
    expect(sockets).toHaveLength(10);
  });

  it('closes everything when it is closed', async () => {
    const { port, sockets } = await upstream((socket, request) => {
      if (!request.includes('/wait')) socket.write(ok);
    });
    const pool = poolTo(port);
    await run(pool);
    const log = new CallLog();
    await pool.startFresh(getCall({ path: '/wait' }), log);
    pool.close();
    await log.over;
    expect(log.failure?.code).toBe('upstream-closed');
    while (sockets.some((socket) => !socket.destroyed)) await settle(1);
  });
});

type Handler = (stream: ServerHttp2Stream, path: string) => void;

async function http2Upstream(handler: Handler, settings = {}): Promise<{ port: number; sessions: ServerHttp2Session[]; server: Http2Server }> {
  const sessions: ServerHttp2Session[] = [];
  const server = createSecureServer({ ...certificate, settings, ...{ strictSingleValueFields: false } });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (incoming, headers) => {
    const stream = incoming as ServerHttp2Stream;
    stream.on('error', () => undefined);
    handler(stream, headers[':path'] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of sessions) session.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, sessions, server };
}
const answer: Handler = (stream, path) => {
  stream.respond({ ':status': 200 });
  stream.end(path);
};
const h2 = (path = '/', more: Parameters<typeof getCall>[0] = {}) => getCall({ path, offerHttp2: true, ...more });

describe('the pool of HTTP/2 sessions', () => {
  it('puts many calls on one', async () => {
    const { port, sessions } = await http2Upstream(answer);
    const pool = poolTo(port);
    await run(pool, h2());
    const logs = await Promise.all(Array.from({ length: 50 }, (_, i) => run(pool, h2(`/${i}`))));
    expect(logs.map((log) => log.body)).toEqual(Array.from({ length: 50 }, (_, i) => `/${i}`));
    expect(sessions).toHaveLength(1);
  });

  it('opens another where the first has as many streams as it may', async () => {
    const waiting: ServerHttp2Stream[] = [];
    const { port, sessions } = await http2Upstream((stream, path) => (path === '/wait' ? waiting.push(stream) : answer(stream, path)), {
      maxConcurrentStreams: 2,
    });
    const pool = poolTo(port);
    await run(pool, h2());
    const long = [run(pool, h2('/wait')), run(pool, h2('/wait'))];
    while (waiting.length < 2) await settle(1);
    expect((await run(pool, h2('/quick'))).body).toBe('/quick');
    expect(sessions).toHaveLength(2);
    for (const stream of waiting) answer(stream, '/done');
    expect((await Promise.all(long)).map((log) => log.body)).toEqual(['/done', '/done']);
  });

  it('is not offered to clients of HTTP/1.1, but found where an upstream speaks nothing else', async () => {
    const { port, sessions } = await http2Upstream(answer);
    const pool = poolTo(port);
    const first = await run(pool, getCall({ path: '/1' }));
    expect([first.body, sessions.length]).toEqual(['/1', 1]);
    expect((await run(pool, getCall({ path: '/2' }))).wasKept).toBe(true);
    await expect(run(pool, getCall({ isUpgrade: true }))).rejects.toMatchObject({ code: 'upstream-tls' });
  });

  it('starts anew after a GOAWAY, and lets what is under way finish', async () => {
    let waiting: ServerHttp2Stream | undefined;
    const { port, sessions } = await http2Upstream((stream, path) => {
      if (path === '/wait') waiting = stream;
      else answer(stream, path);
    });
    const pool = poolTo(port);
    const long = run(pool, h2('/wait'));
    while (waiting === undefined) await settle(1);
    sessions[0]?.goaway();
    await settle(50);
    expect((await run(pool, h2('/next'))).body).toBe('/next');
    expect(sessions).toHaveLength(2);
    answer(waiting, '/late');
    expect((await long).body).toBe('/late');
  });

  it('starts anew after a session has died; calls on it fail, once each', async () => {
    const { port, sessions } = await http2Upstream((stream, path) => {
      if (path !== '/wait') answer(stream, path);
      else {
        stream.respond({ ':status': 200 });
        stream.write('half');
      }
    });
    const pool = poolTo(port);
    const log = new CallLog();
    await pool.startFresh(h2('/wait'), log);
    while (log.body !== 'half') await settle(1);
    sessions[0]?.destroy();
    await log.over;
    await settle();
    expect([log.failure?.code, log.endings]).toEqual(['upstream-closed', 1]);
    expect((await run(pool, h2('/next'))).body).toBe('/next');
  });
});

describe('a call over HTTP/2', () => {
  it('carries its body and both sides\u2019 trailers, repeated names included', async () => {
    let received: unknown;
    const { port } = await http2Upstream((stream) => {
      let body = '';
      stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
      stream.on('trailers', (_headers, _flags, raw: string[]) => (received = raw));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'x-a': ['1', '2'] }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '3' }));
        stream.end(body);
      });
    });
    const log = new CallLog();
    const call = await poolTo(port).startFresh(
      { ...h2('/', { method: 'POST', framing: 'chunked', headers: ['Authorization', 'a', 'authorization', 'b'] }), firstBytes: Buffer.from('one') },
      log,
    );
    call.data(Buffer.from('two'));
    call.end(['X', '1', 'x', '2']);
    await log.over;
    expect([log.body, log.trailers, received, log.heads[0]?.headers.slice(0, 4)]).toEqual([
      'onetwo',
      ['x-sum', '3'],
      ['x', '1', 'x', '2'],
      ['x-a', '1', 'x-a', '2'],
    ]);
  });

  it('without trailers ends its body properly', async () => {
    const { port } = await http2Upstream((stream, path) => {
      stream.resume();
      stream.on('end', () => setTimeout(() => (stream.destroyed ? undefined : answer(stream, path)), 20));
    });
    const log = new CallLog();
    const call = await poolTo(port).startFresh({ ...h2('/', { method: 'POST', framing: 'plain' }), firstBytes: Buffer.from('x') }, log);
    call.end([]);
    await log.over;
    expect([log.body, log.failure]).toEqual(['/', undefined]);
  });

  it('passes repeated headers of the answer on, those that Node wants single included', async () => {
    const { port } = await http2Upstream((stream) => {
      stream.respond([':status', '200', 'etag', 'a', 'set-cookie', 'x', 'etag', 'b'], { sendDate: false } as object);
      stream.end();
    });
    const log = await run(poolTo(port), h2());
    expect([log.failure?.code, log.heads[0]?.headers]).toEqual([undefined, ['etag', 'a', 'set-cookie', 'x', 'etag', 'b']]);
  });

  it('notes interim answers, and bodies that are none', async () => {
    const { port } = await http2Upstream((stream) => {
      stream.additionalHeaders({ ':status': 103 });
      stream.respond({ ':status': 204 }, { endStream: true });
    });
    const log = await run(poolTo(port), h2());
    expect([log.interim, log.heads[0]?.isBodyless, log.endings]).toEqual([[103], true, 1]);
  });

  it.each([
    ['before its answer', false],
    ['in mid-answer', true],
  ])('whose stream is reset %s fails, once', async (_when, hasHead) => {
    const { port } = await http2Upstream((stream) => {
      if (hasHead) {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.write('half');
      }
      setTimeout(() => stream.close(2), 20);
    });
    const log = await run(poolTo(port), h2());
    await settle();
    expect([log.failure?.code, log.endings, log.heads.length]).toEqual(['upstream-closed', 1, hasHead ? 1 : 0]);
  });

  it.each(['inform', 'head', 'data'] as const)('whose receiver fails over %s fails alone, and ends neither session nor process', async (event) => {
    const { port, sessions } = await http2Upstream((stream) => {
      stream.additionalHeaders({ ':status': 103 });
      stream.respond({ ':status': 200 });
      stream.end('x');
    });
    const pool = poolTo(port);
    const log = new CallLog();
    log[event] = () => {
      throw new TypeError('a fault');
    };
    await pool.startFresh(h2(), log);
    expect((await log.over).failure?.code).toBe('internal');
    expect((await run(pool, h2())).body).toBe('x');
    expect(sessions).toHaveLength(1);
  });

  it('that is given up resets its stream alone', async () => {
    let reset: number | undefined;
    const { port, sessions } = await http2Upstream((stream, path) => {
      if (path !== '/wait') answer(stream, path);
      else {
        stream.respond({ ':status': 200 });
        stream.write('half');
        stream.on('close', () => (reset = stream.rstCode));
      }
    });
    const pool = poolTo(port);
    const log = new CallLog();
    const call = await pool.startFresh(h2('/wait'), log);
    while (log.body !== 'half') await settle(1);
    call.abort();
    while (reset === undefined) await settle(1);
    expect([reset, log.endings]).toEqual([8, 0]);
    expect((await run(pool, h2('/next'))).body).toBe('/next');
    expect(sessions).toHaveLength(1);
  });

  it('answered before its body has come does not hold the stream open', async () => {
    let closed = false;
    const { port } = await http2Upstream((stream, path) => {
      stream.on('close', () => (closed = true));
      answer(stream, path);
    });
    const log = new CallLog();
    const call = await poolTo(port).startFresh({ ...h2('/', { method: 'POST', framing: 'chunked' }), firstBytes: Buffer.from('x') }, log);
    await log.over;
    call.data(Buffer.from('more'));
    call.end([]);
    await until(() => closed);
    expect(log.endings).toBe(1);
  });
});
