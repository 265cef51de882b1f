import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallLog, getCall, poolTo, run, settle, upstream } from './upstream-call.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

describe('a call over HTTP/1.1', () => {
  it('sends the request line and the headers as they are', async () => {
    let seen = '';
    const { port } = await upstream((socket, request) => {
      seen = request;
      socket.write(ok);
    });
    const log = await run(poolTo(port), getCall({ method: 'GET', path: '/x?y', headers: ['Host', 'a', 'X-b', '1', 'x-B', 'caf\xe9'] }));
    expect(seen).toBe('GET /x?y HTTP/1.1\r\nHost: a\r\nX-b: 1\r\nx-B: caf\xe9\r\n\r\n');
    expect([log.heads[0]?.status, log.body, log.endings]).toEqual([200, 'hello', 1]);
  });

  it('sends a chunked body with its trailers', async () => {
    let seen = '';
    const { port } = await upstream((socket, request) => {
      seen += request;
      if (seen.endsWith('\r\n0\r\nX: 1\r\n\r\n')) socket.write(ok);
    });
    const log = new CallLog();
    const options = { ...getCall({ method: 'POST', headers: ['Transfer-Encoding', 'chunked'], framing: 'chunked' }), firstBytes: Buffer.from('first') };
    const call = await poolTo(port).startFresh(options, log);
    call.data(Buffer.from('second'));
    call.end(['X', '1']);
    call.end(['never', 'twice']);
    await log.over;
    expect(seen).toBe('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\nX: 1\r\n\r\n');
  });

  it('understands the same answer at every cut', async () => {
    const text = 'HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n';
    const { port } = await upstream((socket, request) => {
      const cut = Number(/GET \/(\d+)/.exec(request)?.[1]);
      socket.write(text.slice(0, cut), 'latin1', () => setImmediate(() => socket.write(text.slice(cut), 'latin1')));
    });
    const pool = poolTo(port);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), async (cut) => {
        const log = await run(pool, getCall({ path: `/${cut}` }));
        expect([log.interim, log.heads.length, log.body, log.trailers, log.endings]).toEqual([[103], 1, 'abcde', ['T', '1'], 1]);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ])('to %s expects no body where there is none', async (method, text) => {
    const { port } = await upstream((socket) => socket.write(text));
    const pool = poolTo(port);
    const first = await run(pool, getCall({ method }));
    expect([first.heads[0]?.isBodyless, first.body]).toEqual([true, '']);
    expect((await run(pool, getCall({ method }))).wasKept).toBe(true);
  });

  it('takes an answer that lasts until the close', async () => {
    const { port } = await upstream((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    const log = await run(poolTo(port));
    expect([log.body, log.failure]).toEqual(['all of it', undefined]);
  });

  it.each([
    ['before any byte', ''],
    ['in the head', 'HTTP/1.1 200 OK\r\nConte'],
    ['in a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel'],
    ['in a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('whose upstream closes %s fails, once', async (_when, text) => {
    const { port } = await upstream((socket) => socket.end(text));
    const log = await run(poolTo(port));
    await settle();
    expect([log.failure?.code, log.endings]).toEqual(['upstream-closed', 1]);
  });

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a coding nobody asked for', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a head that never ends', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['a switch nobody asked for', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
  ])('whose upstream sends %s fails by its fault', async (_what, text) => {
    const { port } = await upstream((socket) => socket.write(text));
    const log = await run(poolTo(port));
    expect([log.failure?.code, log.endings]).toEqual(['upstream-protocol', 1]);
  });

  it('pauses an upstream whose answer is not taken', async () => {
    const size = 20_000_000;
    const { port, sockets } = await upstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size, 0x61));
    });
    const log = new CallLog();
    log.hasRoom = false;
    const call = await poolTo(port).startFresh(getCall(), log);
    await settle(200);
    expect(log.body.length).toBeLessThan(1_000_000);
    expect(sockets[0]?.writableLength).toBeGreaterThan(size / 2);
    log.hasRoom = true;
    call.resume();
    await log.over;
    expect(log.body.length).toBe(size);
  });

  it('that is given up closes its connection and reports nothing more', async () => {
    const { port, sockets } = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'));
    const log = new CallLog();
    const call = await poolTo(port).startFresh(getCall(), log);
    while (log.body !== 'half') await settle(1);
    call.abort();
    call.abort();
    while (!sockets[0]?.destroyed) await settle(1);
    expect(log.endings).toBe(0);
  });

  it('that switches protocols hands the connection over with the bytes that came along', async () => {
    const { port } = await upstream((socket, request) => {
      if (request.startsWith('GET')) socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nframe');
      else socket.write(`echo ${request}`);
    });
    const pool = poolTo(port);
    const log = await run(pool, getCall({ isUpgrade: true, headers: ['Connection', 'Upgrade', 'Upgrade', 'websocket'] }));
    let text = '';
    log.upgrade?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    log.upgrade?.resume();
    log.upgrade?.write('ping');
    while (!text.endsWith('ping')) await settle(1);
    expect(text).toBe('frameecho ping');
  });
});
