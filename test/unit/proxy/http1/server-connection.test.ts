import { describe, expect, it } from 'vitest';
import { AgentError } from '../../../../src/contract/errors.ts';
import type { RawHeaders } from '../../../../src/contract/exchange.ts';
import type { Http1Exchange } from '../../../../src/proxy/http1/server-exchange.ts';
import { answer, echo, ok, RawClient, serve, settle } from './loopback-server.ts';

describe('an HTTP/1.1 connection', () => {
  it('answers one request after the other', async () => {
    const client = await RawClient.open(await serve(echo));
    for (const n of [1, 2, 3]) {
      client.send(`POST /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nb${n}`);
      await client.until((text) => text.endsWith(`/${n}:b${n}`));
    }
    expect(client.received).toBe(ok('/1:b1') + ok('/2:b2') + ok('/3:b3'));
  });

  it('answers pipelined requests in order, however long the first takes', async () => {
    const waiting: Http1Exchange[] = [];
    const client = await RawClient.open(await serve((exchange) => waiting.push(exchange)));
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx');
    await settle();
    expect(waiting).toHaveLength(1);
    for (const n of [1, 2, 3]) {
      while (waiting.length === 0) await settle(1);
      const exchange = waiting.shift();
      if (exchange) echo(exchange);
      await client.until((text) => text.includes(`/${n}:`));
    }
    expect(client.received).toBe(ok('/1:') + ok('/2:') + ok('/3:x'));
  });

  it('reads no more than it must from a client that pipelines without end', async () => {
    const waiting: Http1Exchange[] = [];
    const server = await serve((exchange) => waiting.push(exchange));
    const client = await RawClient.open(server);
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
    const more = Buffer.from('GET /more HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000));
    for (let i = 0; i < 200; i++) client.socket.write(more);
    await settle(100);
    // A body sink that drains resumes the socket: it must not open the gate for what is pipelined.
    waiting[0]?.body.start({ data: () => true, end: () => undefined });
    for (let i = 0; i < 5; i++) waiting[0]?.body.resume();
    await settle(20);
    expect(waiting).toHaveLength(1);
    expect(server.sockets[0]?.bytesRead).toBeLessThan(2_000_000);
  });

  it('takes chunked bodies, cut anywhere, and hands trailers over', async () => {
    let trailers: RawHeaders | undefined;
    const client = await RawClient.open(
      await serve((exchange) => {
        let body = '';
        exchange.body.start({
          data: (piece) => ((body += piece.toString()), true),
          end: (list) => {
            trailers = list;
            answer(exchange, body);
          },
        });
      }),
    );
    for (const char of 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n') {
      client.send(char);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.until((text) => text.endsWith('hello!'))).toBe(ok('hello!'));
    expect(trailers).toEqual(['X-Sum', '7']);
  });

  it('chunks answers of unknown length, trailers included, and keeps the header where it stood', async () => {
    const client = await RawClient.open(
      await serve((exchange) => {
        exchange.respond({ status: 200, reason: 'Fine', headers: ['A', '1', 'transfer-encoding', 'chunked', 'B', '2'], isBodyless: false });
        exchange.write(Buffer.from('hello'));
        exchange.write(Buffer.alloc(0));
        exchange.write(Buffer.from('you'));
        exchange.end(['X-Sum', '1', 'x-sum', '2']);
      }),
    );
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.until((text) => text.endsWith('2\r\n\r\n') && text.includes('X-Sum'))).toBe(
      'HTTP/1.1 200 Fine\r\nA: 1\r\ntransfer-encoding: chunked\r\nB: 2\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n',
    );
  });

  it.each([
    ['HEAD', 200, ['Content-Length', '5']],
    ['GET', 204, []],
    ['GET', 304, ['ETag', '"x"', 'Content-Length', '5']],
  ] as const)('sends no body to %s with %i, and goes on', async (method, status, headers) => {
    const client = await RawClient.open(
      await serve((exchange) => (exchange.head.path === '/next' ? echo(exchange) : answer(exchange, 'never', status, headers))),
    );
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = await client.until((received) => received.endsWith('/next:'));
    expect(text).not.toContain('never');
    expect(text.endsWith(`\r\n\r\n${ok('/next:')}`)).toBe(true);
  });

  it('passes interim answers on before the answer, without the headers of the other hop', async () => {
    const client = await RawClient.open(
      await serve((exchange) => {
        exchange.inform(103, 'Early Hints', ['Link', '</a>', 'Connection', 'keep-alive']);
        exchange.inform(100, '', []);
        answer(exchange, 'x');
        exchange.inform(103, 'Late', []);
      }),
    );
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.until((text) => text.endsWith('x'))).toBe(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${ok('x')}`);
  });

  it('knows a client that waits for 100, and sends it the body only then', async () => {
    let expects: boolean | undefined;
    const client = await RawClient.open(
      await serve((exchange) => {
        expects = exchange.expectsContinue;
        exchange.inform(100, 'Continue', []);
        echo(exchange);
      }),
    );
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n');
    await client.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send('ok');
    await client.until((text) => text.endsWith(ok('/:ok')));
    expect(expects).toBe(true);
  });
});

describe('a malformed request', () => {
  it('is answered with 400 and the reason, and ends the connection', async () => {
    const client = await RawClient.open(await serve(echo));
    client.send('GET / HTTP/1.1\r\nHost : a\r\n\r\n');
    const text = await client.ended();
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('Connection: close');
    expect(text).toContain('a header line without a proper name');
  });

  it.each([
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['both framings', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['CONNECT where there is none', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'],
    ['a head too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(70_000)}`],
    ['too many headers', `GET / HTTP/1.1\r\n${'X: 1\r\n'.repeat(5_000)}\r\n`],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  ])('with %s reaches no handler', async (_what, text) => {
    let requests = 0;
    const client = await RawClient.open(await serve(() => (requests += 1)));
    client.send(text);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 400 /);
    expect(requests).toBe(0);
  });

  it('that is not acceptable here gets the status its reason asks for', async () => {
    const resolve = () => {
      throw new AgentError('address-refused', 'Not this host.');
    };
    const client = await RawClient.open(await serve(echo, { resolve }));
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*Not this host/);
  });

  it('waits for the answer of the one before it', async () => {
    const waiting: Http1Exchange[] = [];
    const client = await RawClient.open(await serve((exchange) => waiting.push(exchange)));
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nBROKEN\r\n\r\n');
    await settle();
    expect(client.received).toBe('');
    for (const exchange of waiting) answer(exchange, 'first');
    const text = await client.ended();
    expect(text.startsWith(ok('first'))).toBe(true);
    expect(text).toContain('HTTP/1.1 400 Bad Request');
  });

  it('in its body ends the exchange it belongs to', async () => {
    let aborts = 0;
    const client = await RawClient.open(
      await serve((exchange) => {
        exchange.onAbort = () => (aborts += 1);
        exchange.body.start({ data: () => true, end: () => answer(exchange, 'whole') });
      }),
    );
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n');
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 400 /);
    expect(aborts).toBe(1);
  });
});

describe('a thousand requests on one connection', () => {
  it('leave no listener behind', async () => {
    const server = await serve(echo);
    const client = await RawClient.open(server);
    const counts = () => server.sockets[0]?.eventNames().map((name) => [name, server.sockets[0]?.listenerCount(name)]);
    const request = async (n: number) => {
      client.received = '';
      client.send(`POST /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx`);
      await client.until((text) => text.endsWith(`/${n}:x`));
    };
    await request(0);
    await settle(2);
    const before = counts();
    for (let n = 1; n <= 1_000; n++) await request(n);
    await settle(2);
    expect(counts()).toEqual(before);
    expect(server.connections[0]?.isIdle).toBe(true);
  });
});

describe('a hand-over of the raw connection', () => {
  it('to CONNECT brings the early bytes along and leaves no listener of ours', async () => {
    let early = '';
    let leftovers: number[] = [];
    const server = await serve(echo, {
      connect: (authority, socket) => {
        leftovers = ['data', 'end', 'drain'].map((event) => socket.listenerCount(event));
        socket.on('data', (chunk: Buffer) => (early += chunk.toString('latin1')));
        socket.write(`HTTP/1.1 200 ${authority}\r\n\r\n`);
        socket.resume();
      },
    });
    const client = await RawClient.open(server);
    client.send('CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\n\r\n\x16\x03\x01early');
    await client.until((text) => text === 'HTTP/1.1 200 api.openai.com:443\r\n\r\n');
    client.send('late');
    while (early.length < 12) await settle(1);
    expect(early).toBe('\x16\x03\x01earlylate');
    // The one for 'end' is Node's own.
    expect(leftovers).toEqual([0, 1, 0]);
  });

  it('to an upgrade brings the early bytes along', async () => {
    let frames = '';
    const server = await serve((exchange) => {
      expect(exchange.wantsUpgrade).toBe(true);
      setTimeout(() => {
        const socket = exchange.switchProtocols('', ['Upgrade', 'websocket', 'Connection', 'Upgrade']);
        socket.on('data', (chunk: Buffer) => {
          frames += chunk.toString('latin1');
          socket.write('pong');
        });
        socket.resume();
      }, 20);
    });
    const client = await RawClient.open(server);
    client.send('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05early');
    await client.until((text) => text === 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\npong');
    expect(frames).toBe('\x81\x05early');
  });
});

describe('a client that takes its time', () => {
  it('and never says anything is let go', async () => {
    const client = await RawClient.open(await serve(echo, { patienceMs: 40 }));
    expect(await client.ended()).toBe('');
  });

  it('for the head of its first request or of a later one is refused', async () => {
    const server = await serve(echo, { patienceMs: 60 });
    const first = await RawClient.open(server);
    first.send('GET / HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => first.send('X: y\r\n'), 10);
    expect(await first.ended()).toMatch(/^HTTP\/1\.1 400 [^]*did not come whole in time/);
    clearInterval(drip);
    for (const pipelined of [true, false]) {
      const later = await RawClient.open(server);
      later.send(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\n${pipelined ? 'GET' : ''}`);
      await later.until((text) => text.startsWith(ok('/1:')));
      if (!pipelined) later.send('G');
      expect(await later.ended()).toContain('did not come whole in time');
    }
  });

  it('between two requests, or for a body and its answer, is waited for', async () => {
    const waiting: Http1Exchange[] = [];
    const client = await RawClient.open(await serve((exchange) => waiting.push(exchange), { patienceMs: 30 }));
    client.send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nb');
    await settle(60);
    client.send('1');
    waiting.forEach(echo);
    await client.until((text) => text === ok('/1:b1'));
    await settle(60);
    client.send('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    await settle();
    waiting.slice(1).forEach(echo);
    expect(await client.until((text) => text.endsWith('/2:'))).toBe(ok('/1:b1') + ok('/2:'));
  });
});

describe('a switch of protocols', () => {
  it.each([
    ['websocket', true],
    ['WebSocket', true],
    ['h2c', false],
    ['h2c, websocket', false],
    ['TLS/1.0', false],
    ['', false],
  ])('to %j is wanted: %j', async (protocol, wanted) => {
    const seen: boolean[] = [];
    const client = await RawClient.open(
      await serve((exchange) => {
        seen.push(exchange.wantsUpgrade);
        echo(exchange);
      }),
    );
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`);
    await client.until((text) => text.endsWith('/:'));
    expect(seen).toEqual([wanted]);
  });
});
