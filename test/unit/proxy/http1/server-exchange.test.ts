import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Http1Exchange } from '../../../../src/proxy/http1/server-exchange.ts';
import { answer, echo, RawClient, serve, settle } from './loopback-server.ts';

describe('HTTP/1.0', () => {
  it('gets an answer of unknown length by the close of the connection, and no interim answers', async () => {
    const client = await RawClient.open(
      await serve((exchange) => {
        exchange.inform(103, '', []);
        exchange.respond({ status: 200, reason: '', headers: ['Transfer-Encoding', 'chunked'], isBodyless: false });
        exchange.write(Buffer.from('hello'));
        exchange.end(['X', '1']);
      }),
    );
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    expect(await client.ended()).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello');
  });

  it('keeps the connection only when asked', async () => {
    const server = await serve(echo);
    const kept = await RawClient.open(server);
    kept.send('GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
    await kept.until((text) => text === 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n/1:');
    kept.send('GET /2 HTTP/1.0\r\n\r\n');
    expect(await kept.ended()).toContain('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n/2:');
  });
});

describe('an answer before the request body is read', () => {
  it('reaches the client whole, says that it is the last, and what comes after is no request', async () => {
    let requests = 0;
    const client = await RawClient.open(
      await serve((exchange) => {
        requests += 1;
        answer(exchange, 'no', 413);
      }),
    );
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin');
    client.send(`GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n${'x'.repeat(500_000)}`);
    expect(await client.ended()).toBe('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    expect(requests).toBe(1);
  });

  it('does not keep the connection of a client that expected 100 and was refused', async () => {
    const client = await RawClient.open(await serve((exchange) => answer(exchange, 'no', 403)));
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    expect(await client.ended()).toContain('Connection: close');
  });
});

describe('a client that goes away', () => {
  it.each([
    ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['by ending its side', (socket: Socket) => socket.end()],
  ])('%s in mid-answer is told to the exchange exactly once', async (_how, leave) => {
    let aborts = 0;
    let current: Http1Exchange | undefined;
    const server = await serve((exchange) => {
      current = exchange;
      exchange.onAbort = () => (aborts += 1);
      exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
      exchange.write(Buffer.from('begun'));
    });
    const client = await RawClient.open(server);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until((text) => text.includes('begun'));
    leave(client.socket);
    while (aborts === 0) await settle(1);
    await settle();
    current?.write(Buffer.from('more'));
    current?.end([]);
    current?.abort();
    await settle();
    expect(aborts).toBe(1);
    expect(current?.isGone).toBe(true);
  });

  it('after its answer is told to nobody', async () => {
    let aborts = 0;
    const client = await RawClient.open(
      await serve((exchange) => {
        exchange.onAbort = () => (aborts += 1);
        echo(exchange);
      }),
    );
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until((text) => text.endsWith('/:'));
    client.socket.resetAndDestroy();
    await settle();
    expect(aborts).toBe(0);
  });

  it('gets a broken connection, not a whole answer, when the exchange aborts', async () => {
    const client = await RawClient.open(
      await serve((exchange) => {
        exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
        exchange.write(Buffer.from('half'));
        setTimeout(() => exchange.abort(), 5);
      }),
    );
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.ended()).not.toContain('0\r\n\r\n');
  });
});

describe('back-pressure', () => {
  it('of a slow client reaches the writer, and onDrain sets it going again', async () => {
    const piece = Buffer.alloc(65_536, 0x61);
    const total = 400;
    let written = 0;
    let stops = 0;
    const server = await serve((exchange) => {
      exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
      const pump = (): void => {
        while (written < total) {
          written += 1;
          if (!exchange.write(piece)) {
            stops += 1;
            return;
          }
        }
        exchange.end([]);
      };
      exchange.onDrain = pump;
      pump();
    });
    const client = await RawClient.open(server);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await settle(100);
    expect(written).toBeLessThan(total);
    expect(server.sockets[0]?.writableLength).toBeLessThan(1_000_000);
    client.socket.resume();
    const text = await client.until((received) => received.endsWith('\r\n0\r\n\r\n'));
    expect(text.length).toBeGreaterThan(total * piece.length);
    expect(stops).toBeGreaterThan(0);
  });

  it('of a slow reader of the request reaches the client', async () => {
    let taken = 0;
    let current: Http1Exchange | undefined;
    const server = await serve((exchange) => {
      current = exchange;
      exchange.body.start({
        data: (piece) => {
          taken += piece.length;
          return false;
        },
        end: () => answer(exchange, 'done'),
      });
    });
    const client = await RawClient.open(server);
    const size = 20_000_000;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size));
    await settle(50);
    expect(taken).toBeLessThan(1_000_000);
    const timer = setInterval(() => current?.body.resume(), 0);
    onTestFinished(() => clearInterval(timer));
    await client.until((text) => text.endsWith('done'));
    expect(taken).toBe(size);
  });

  it('holds a body that nobody has asked for yet', async () => {
    const server = await serve((exchange) => void setTimeout(() => echo(exchange), 50));
    const client = await RawClient.open(server);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`);
    await settle(10);
    expect(server.sockets[0]?.bytesRead).toBeLessThan(300_000);
    await client.until((text) => text.length > 300_000);
  });
});
