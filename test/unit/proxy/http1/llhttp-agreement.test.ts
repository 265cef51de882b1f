// What we accept, Node's own parser (llhttp, as strict as it goes) must accept with the same meaning: a difference is a smuggled request.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawHeaders } from '../../../../src/contract/exchange.ts';
import { parseRequestHead } from '../../../../src/proxy/http1/head.ts';
import { readMessages } from './message-log.ts';

interface Understood {
  readonly method: string;
  readonly target: string;
  readonly headers: RawHeaders;
  readonly body: string;
}

let seen: Understood[] = [];
const server = createServer({ maxHeaderSize: 100_000, insecureHTTPParser: false, requireHostHeader: false }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    seen.push({ method: request.method ?? '', target: request.url ?? '', headers: request.rawHeaders, body: Buffer.concat(chunks).toString('latin1') });
    response.end();
  });
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** What llhttp makes of the bytes; undefined where it refuses. */
async function byNode(text: string): Promise<readonly Understood[] | undefined> {
  seen = [];
  const answer = await new Promise<string>((resolve) => {
    let received = '';
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.end(text, 'latin1'));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
  return answer.includes('HTTP/1.1 400') ? undefined : [...seen];
}

/** What we make of the bytes; undefined where we refuse or wait for more. */
function byUs(text: string): readonly Understood[] | undefined {
  try {
    const { messages, held } = readMessages('request', [Buffer.from(text, 'latin1')]);
    if (held !== '' || messages.some((message) => message.trailers === undefined)) return undefined;
    return messages.map(({ head, body }) => {
      const { method, target, headers } = parseRequestHead(head);
      return { method, target, headers, body };
    });
  } catch {
    return undefined;
  }
}

/** Mostly what honest clients send, or nothing would be accepted and so compared. */
const mostly = (good: readonly string[], bad: readonly string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
const methods = fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'DELETE');
const targets = mostly(['/', '/v1/messages?beta=true', '*', 'http://api.openai.com/v1', '/%00', '/a#b', '//x'], ['/\xe9', '/a\tb', '']);
const versions = mostly(['HTTP/1.1', 'HTTP/1.0'], ['HTTP/1.2', 'http/1.1', '']);
const lines = mostly(
  [
    'Host: a',
    'Content-Length: 5',
    'content-length: 05',
    'Transfer-Encoding: chunked',
    'transfer-encoding: CHUNKED',
    'Transfer-Encoding:\tchunked ',
    'X: \xe9',
    'X:',
    'Connection: close',
    'Expect: 100-continue',
  ],
  [
    'Content-Length: 6',
    'Content-Length: +5',
    'Content-Length: 5,5',
    'Content-Length: 0x5',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: \x0bchunked',
    ' folded',
    'X-\x01: a',
    'X: a\rb',
    'X: a\nContent-Length: 3',
    'X: a\x7f',
  ],
);
const ends = mostly(['\r\n'], ['\n', '\r']);
const bodies = mostly(
  ['', 'hello', '5\r\nhello\r\n0\r\n\r\n', '5;a="b"\r\nhello\r\n0\r\nT: 1\r\n\r\n'],
  ['05 \r\nhello\r\n0\r\n\r\n', '5\nhello\n0\n\n', '-5\r\nhello\r\n0\r\n\r\n', '5;\x01\r\nhello\r\n0\r\n\r\n'],
);

const message = fc
  .tuple(methods, targets, versions, fc.array(fc.tuple(lines, ends), { maxLength: 4 }), ends, bodies)
  .map(
    ([method, target, version, list, end, body]) => `${method} ${target} ${version}\r\n${list.map(([line, lineEnd]) => line + lineEnd).join('')}${end}${body}`,
  );

describe('our reading of requests', () => {
  it('agrees with llhttp on everything we accept', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(message, async (text) => {
        const ours = byUs(text);
        if (ours === undefined) return;
        accepted += 1;
        expect({ text, understood: await byNode(text) }).toEqual({ text, understood: ours });
      }),
      { numRuns: 3000 },
    );
    // The generator must not talk of refusals alone.
    expect(accepted).toBeGreaterThan(100);
  });

  it('agrees with llhttp on plain requests of every shape', async () => {
    const texts = [
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nX-a: 1\r\nx-A: 2\r\nContent-Length: 5\r\n\r\nhello',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n0\r\nT: 1\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET / HTTP/1.0\r\n\r\n',
    ];
    for (const text of texts) {
      const ours = byUs(text);
      expect(ours).toBeDefined();
      expect(await byNode(text)).toEqual(ours);
    }
  });
});
