import { constants } from 'node:http2';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Http2Exchange } from '../../../../src/proxy/http2/server-exchange.ts';
import { dial, echo, pseudo, read, serve, settle } from './loopback-session.ts';

describe('an HTTP/2 exchange', () => {
  it('carries body and trailers both ways', async () => {
    const session = dial(await serve(echo));
    const stream = session.request(pseudo('POST'), { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': ['1', '2'] }));
    stream.end('hello');
    expect(await read(stream)).toMatchObject({ status: 200, body: 'hello', trailers: ['x-sum', '1', 'x-sum', '2'], rst: 0, isWhole: true });
  });

  it('sends no date and no reason of its own', async () => {
    const answer = await read(dial(await serve(echo)).request(pseudo('GET'), { endStream: true }));
    expect(answer.headers).toEqual(['content-type', 'text/plain']);
  });

  it('keeps order and duplicates of headers both ways, those that Node wants single included', async () => {
    const served = await serve((exchange) => {
      exchange.respond({
        status: 200,
        reason: '',
        headers: ['Date', '1', 'Set-Cookie', 'a', 'X', 'caf\xe9', 'set-cookie', 'b', 'date', '2', 'ETag', 'x', 'etag', 'y'],
        isBodyless: false,
      });
      exchange.end([]);
    });
    const answer = await read(
      dial(served).request([...pseudo('GET'), 'z', '1', 'authorization', 'a', 'x', 'caf\xe9', 'authorization', 'b', 'z', '2'], { endStream: true }),
    );
    expect(served.lines[0]?.headers).toEqual(['z', '1', 'authorization', 'a', 'x', 'caf\xe9', 'authorization', 'b', 'z', '2']);
    expect(answer.headers).toEqual(['date', '1', 'set-cookie', 'a', 'x', 'caf\xe9', 'set-cookie', 'b', 'date', '2', 'etag', 'x', 'etag', 'y']);
  });

  it('joins cookie crumbs where the first one stood', async () => {
    const served = await serve(echo);
    await read(dial(served).request([...pseudo('GET'), 'a', '1', 'cookie', 'x=1', 'b', '2', 'cookie', 'y=2', 'cookie', 'z=3'], { endStream: true }));
    expect(served.lines[0]?.headers).toEqual(['a', '1', 'cookie', 'x=1; y=2; z=3', 'b', '2']);
  });

  it('is full duplex: the answer flows while the request does', async () => {
    const served = await serve((exchange) => {
      exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
      exchange.body.start({ data: (piece) => exchange.write(piece), end: (trailers) => exchange.end(trailers) });
    });
    const stream = dial(served).request(pseudo('POST'));
    const done = read(stream);
    for (const word of ['one', 'two', 'three']) {
      const echoed = new Promise((resolve) => stream.once('data', resolve));
      stream.write(word);
      expect(String(await echoed)).toBe(word);
    }
    stream.end();
    expect(await done).toMatchObject({ body: 'onetwothree', isWhole: true });
  });

  it('passes interim answers on', async () => {
    const served = await serve((exchange) => {
      exchange.inform(103, '', ['Link', '</a>', 'link', '</b>']);
      exchange.inform(101, '', []);
      echo(exchange);
      exchange.inform(103, '', []);
    });
    expect(await read(dial(served).request(pseudo('GET'), { endStream: true }))).toMatchObject({ interim: [103], status: 200 });
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('ends the answer to %s with %i at its head', async (method, status) => {
    const served = await serve((exchange) => {
      exchange.respond({ status, reason: '', headers: ['ETag', 'x'], isBodyless: true });
      exchange.write(Buffer.from('never'));
      exchange.end([]);
    });
    expect(await read(dial(served).request(pseudo(method), { endStream: true }))).toMatchObject({ status, body: '', isWhole: true });
  });

  it('keeps to flow control towards a client that does not read', async () => {
    let written = 0;
    const served = await serve((exchange) => {
      exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
      const piece = Buffer.alloc(16_384);
      const pump = (): void => {
        while (written < 1_000) {
          written += 1;
          if (!exchange.write(piece)) return;
        }
        exchange.end([]);
      };
      exchange.onDrain = pump;
      pump();
    });
    const stream = dial(served).request(pseudo('GET'), { endStream: true });
    stream.pause();
    await settle(100);
    expect(written).toBeLessThan(1_000);
    const answer = read(stream);
    stream.resume();
    expect((await answer).body.length).toBe(16_384_000);
  });

  it('pauses a client whose body is not taken', async () => {
    let taken = 0;
    let current: Http2Exchange | undefined;
    const served = await serve((exchange) => {
      current = exchange;
      exchange.body.start({
        data: (piece) => {
          taken += piece.length;
          return false;
        },
        end: () => {
          exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
          exchange.end([]);
        },
      });
    });
    const stream = dial(served).request(pseudo('POST'));
    const size = 8_000_000;
    stream.end(Buffer.alloc(size));
    await settle(100);
    expect(taken).toBeLessThan(size / 2);
    const timer = setInterval(() => current?.body.resume(), 0);
    onTestFinished(() => clearInterval(timer));
    expect(await read(stream)).toMatchObject({ status: 200 });
    expect(taken).toBe(size);
    expect(current?.bytesIn).toBe(size);
  });
});

describe('the end of an HTTP/2 stream', () => {
  it('is END_STREAM on the wire, never a reset in its place', async () => {
    const served = await serve(echo);
    const frames: { type: number; flags: number }[] = [];
    const spy = createServer((client) => {
      const upstream = connect(served.port, '127.0.0.1');
      let bytes: Buffer = Buffer.alloc(0);
      upstream.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
          frames.push({ type: bytes.readUInt8(3), flags: bytes.readUInt8(4) });
          bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
        }
      });
      client.pipe(upstream);
      upstream.pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => spy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void spy.close());
    const session = dial({ ...served, port: (spy.address() as AddressInfo).port });
    const stream = session.request(pseudo('POST'));
    stream.end('x');
    await read(stream);
    await settle();
    const data = frames.filter((frame) => frame.type === 0);
    expect((data.at(-1)?.flags ?? 0) & 1).toBe(1);
    expect(frames.some((frame) => frame.type === 3)).toBe(false);
  });

  it('by a client reset is told to the exchange exactly once', async () => {
    let aborts = 0;
    let current: Http2Exchange | undefined;
    const served = await serve((exchange) => {
      current = exchange;
      exchange.onAbort = () => (aborts += 1);
      exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
      exchange.write(Buffer.from('begun'));
    });
    const stream = dial(served).request(pseudo('GET'), { endStream: true });
    const done = read(stream);
    await new Promise((resolve) => stream.once('data', resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await done;
    await settle();
    current?.write(Buffer.from('more'));
    current?.end([]);
    current?.abort();
    expect(aborts).toBe(1);
    expect(current?.isGone).toBe(true);
  });

  it('in mid-body by a client reset never looks like the end of that body', async () => {
    let ended = false;
    let aborts = 0;
    const served = await serve((exchange) => {
      exchange.onAbort = () => (aborts += 1);
      exchange.body.start({ data: () => true, end: () => (ended = true) });
    });
    // Without this option Node's client would end the body before it resets.
    const stream = dial(served).request(pseudo('POST'), { waitForTrailers: true });
    const done = read(stream);
    stream.write('half');
    await settle();
    stream.close(constants.NGHTTP2_CANCEL);
    await done;
    await settle();
    expect([ended, aborts]).toEqual([false, 1]);
  });

  it('by our abort is a reset to the client', async () => {
    const served = await serve((exchange) => {
      exchange.respond({ status: 200, reason: '', headers: [], isBodyless: false });
      exchange.write(Buffer.from('half'));
      setTimeout(() => exchange.abort(), 10);
    });
    expect(await read(dial(served).request(pseudo('GET'), { endStream: true }))).toMatchObject({ rst: constants.NGHTTP2_INTERNAL_ERROR, isWhole: false });
  });

  it('before the request body has come leaves no stream open', async () => {
    const served = await serve((exchange) => {
      exchange.respond({ status: 413, reason: '', headers: [], isBodyless: false });
      exchange.write(Buffer.from('too large'));
      exchange.end([]);
    });
    const stream = dial(served).request(pseudo('POST'));
    stream.write('never ended');
    expect(await read(stream)).toMatchObject({ status: 413, body: 'too large', rst: constants.NGHTTP2_NO_ERROR });
  });
});

it('an answer with a status that HTTP/2 does not know becomes a 502, and the process lives', async () => {
  const served = await serve((exchange) => {
    exchange.respond({ status: 999, reason: '', headers: ['X-A', '1'], isBodyless: false });
    exchange.write(Buffer.from('denied'));
    exchange.end([]);
  });
  expect(await read(dial(served).request(pseudo('GET'), { endStream: true }))).toMatchObject({ status: 502, body: 'denied', isWhole: true });
});
