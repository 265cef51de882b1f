import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxHeadBytes } from '../../../../src/proxy/http1/head.ts';
import { MessageReader } from '../../../../src/proxy/http1/reader.ts';
import { cutAt, readMessages } from './message-log.ts';

const streams: Readonly<Record<string, { side: 'request' | 'response'; text: string }>> = {
  'a bare GET': { side: 'request', text: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' },
  'a POST with a length': { side: 'request', text: 'POST /v1/messages HTTP/1.1\r\nHost: a\r\nX-Two: 1\r\nx-two: 2\r\nContent-Length: 11\r\n\r\nhello world' },
  'a chunked POST with extensions and trailers': {
    side: 'request',
    text: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n06; q="x"\r\n wo\r\nr\r\n0\r\nX-Sum: 1\r\nx-empty:\r\n\r\n',
  },
  'five pipelined requests': {
    side: 'request',
    text: `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab\n\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\r\r\n0\r\n\r\nGET /4 HTTP/1.0\r\n\r\n\r\nHEAD /5 HTTP/1.1\r\nHost: a\r\n\r\n`,
  },
  'a CONNECT with early bytes': { side: 'request', text: 'CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\n\r\n\x16\x03\x01\x00\x05hello' },
  'a streamed answer': {
    side: 'response',
    text: 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\ndata: {"choices":[{"delta":{}}]\r\n2\r\n\n\n\r\nE\r\ndata: [DONE]\n\n\r\n0\r\n\r\n',
  },
  'interim answers, then a short one': {
    side: 'response',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope',
  },
  'an answer that lasts until the close': { side: 'response', text: 'HTTP/1.0 200\r\nContent-Type: text/plain\r\n\r\nall of this\r\n\r\nand this' },
};

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const singles = (bytes: Buffer) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

describe.each(Object.entries(streams))('%s', (_what, { side, text }) => {
  const bytes = bytesOf(text);
  const whole = readMessages(side, [bytes]);

  it('is read to its end', () => {
    expect(whole.messages.length).toBeGreaterThan(0);
    if (!text.startsWith('CONNECT') && !text.startsWith('HTTP/1.0')) for (const message of whole.messages) expect(message.trailers).toBeDefined();
  });

  it('is the same at every single cut', () => {
    for (let cut = 1; cut < bytes.length; cut++) expect(readMessages(side, cutAt(bytes, [cut])), `cut at ${cut}`).toEqual(whole);
  });

  it('is the same byte by byte', () => {
    expect(readMessages(side, singles(bytes))).toEqual(whole);
  });

  it('is the same at any cuts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (places) => {
        expect(readMessages(side, cutAt(bytes, places))).toEqual(whole);
      }),
    );
  });
});

describe('the five pipelined requests', () => {
  it('come out as five, bodies whole', () => {
    const { messages } = readMessages('request', [bytesOf(streams['five pipelined requests']?.text ?? '')]);
    expect(messages.map(({ head, body }) => [head.split(' ')[1], body])).toEqual([
      ['/1', ''],
      ['/2', 'ab\n'],
      ['/3', '\r'],
      ['/4', ''],
      ['/5', ''],
    ]);
  });
});

describe('a message reader', () => {
  it('keeps a pipelined request until it is asked for it', () => {
    const heads: string[] = [];
    const reader = new MessageReader('request', { head: (text) => (heads.push(text), { kind: 'none' }), data: () => undefined, end: () => undefined });
    reader.feed(bytesOf('GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n'));
    expect([heads.length, reader.isBetween, reader.isIdle, reader.held.length]).toEqual([1, true, false, 19]);
    reader.next();
    expect([heads.length, reader.held.length]).toEqual([2, 0]);
    reader.next();
    expect(reader.isIdle).toBe(true);
  });

  it('passes over one empty line before a message, not two', () => {
    expect(readMessages('request', [bytesOf('\r\nGET / HTTP/1.1\r\n\r\n')]).messages).toHaveLength(1);
    for (const pieces of [[bytesOf('\r\n\r\nGET / HTTP/1.1\r\n\r\n')], singles(bytesOf('\r\n\r\nGET / HTTP/1.1\r\n\r\n'))])
      expect(() => readMessages('request', pieces)).toThrow('request line');
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost', false],
    ['POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab', false],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n', false],
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', true],
  ])('knows whether %j may end here', (text, isProper) => {
    const reader = new MessageReader('request', {
      head: (head) => (head.includes('Length') ? { kind: 'length', length: 3 } : head.includes('chunked') ? { kind: 'chunked' } : { kind: 'none' }),
      data: () => undefined,
      end: () => undefined,
    });
    reader.feed(bytesOf(text));
    expect(reader.close()).toBe(isProper);
  });

  const headOf = (size: number) => {
    const start = 'GET / HTTP/1.1\r\nX: ';
    return bytesOf(`${start}${'a'.repeat(size - start.length)}\r\n\r\n`);
  };

  it('takes a head of exactly the limit and no byte more, at any cut', () => {
    const limit = headOf(maxHeadBytes);
    const over = headOf(maxHeadBytes + 1);
    for (const cuts of [[], [10, 40_000], [maxHeadBytes], [maxHeadBytes + 2]]) {
      expect(readMessages('request', cutAt(limit, cuts)).messages).toHaveLength(1);
      expect(() => readMessages('request', cutAt(over, cuts))).toThrow('larger than');
    }
  });

  it('gives up on a head that never ends, and holds no more than the limit by then', () => {
    const reader = new MessageReader('request', { head: () => ({ kind: 'none' }), data: () => undefined, end: () => undefined });
    expect(() => {
      for (let i = 0; i < 1_000; i++) reader.feed(Buffer.alloc(1_000, 0x61));
    }).toThrow('larger than');
    expect(reader.held.length).toBeLessThan(maxHeadBytes + 2_000);
  });

  it('reads a head that comes byte by byte with work that grows with its size, not with the square of it', () => {
    const time = (size: number) => {
      const pieces = singles(headOf(size));
      const start = process.cpuUsage();
      for (let round = 0; round < 4; round++) readMessages('request', pieces);
      return process.cpuUsage(start).user;
    };
    time(4_000);
    const small = time(8_000);
    const large = time(64_000);
    // Eight times the bytes: 8 if linear, 64 if quadratic.
    expect(large / small).toBeLessThan(30);
  });

  it('names the side at fault in the code of its errors', () => {
    const huge = Buffer.alloc(maxHeadBytes + 10, 0x61);
    expect(() => readMessages('request', [huge])).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
    expect(() => readMessages('response', [huge])).toThrow(expect.objectContaining({ code: 'upstream-protocol' }) as Error);
    const broken = bytesOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    expect(() => readMessages('response', [broken])).toThrow(expect.objectContaining({ code: 'upstream-protocol' }) as Error);
  });
});
