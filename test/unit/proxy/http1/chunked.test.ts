import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawHeaders } from '../../../../src/contract/exchange.ts';
import { ChunkedDecoder, lastChunkText } from '../../../../src/proxy/http1/chunked.ts';
import { maxHeadBytes } from '../../../../src/proxy/http1/head.ts';
import { cutAt } from './message-log.ts';

function decode(pieces: readonly Buffer[]): { body: Buffer; trailers: RawHeaders | undefined; rest: number } {
  const body: Buffer[] = [];
  let trailers: RawHeaders | undefined;
  const decoder = new ChunkedDecoder('request', { data: (piece) => body.push(Buffer.from(piece)), end: (list) => (trailers = list) });
  let rest = 0;
  for (const piece of pieces) rest += piece.length - decoder.feed(piece, 0);
  return { body: Buffer.concat(body), trailers, rest };
}
const text = (coded: string) => decode([Buffer.from(coded, 'latin1')]);

const chunk = (piece: Buffer): Buffer[] => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')];

describe('a chunked body', () => {
  it('gives back what was written, at any cut, and leaves what follows alone', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    const headers = fc.constantFrom<RawHeaders>([], ['X-Sum', '1'], ['a', '', 'A', 'b c']);
    fc.assert(
      fc.property(chunks, headers, fc.array(fc.nat(3000), { maxLength: 30 }), (list, trailers, places) => {
        const pieces = list.map((chunk) => Buffer.from(chunk));
        const coded = Buffer.concat([...pieces.flatMap(chunk), Buffer.from(`${lastChunkText(trailers)}GET /next`, 'latin1')]);
        expect(decode(cutAt(coded, places))).toEqual({ body: Buffer.concat(pieces), trailers, rest: 9 });
      }),
    );
  });

  it('passes pieces on without copying them', () => {
    const input = Buffer.from('5\r\nhello\r\n');
    const seen: Buffer[] = [];
    new ChunkedDecoder('request', { data: (piece) => seen.push(piece), end: () => undefined }).feed(input, 0);
    expect(seen[0]?.buffer).toBe(input.buffer);
  });

  it.each(['5\r\nhello\r\n0\r\n\r\n', '5;x\r\nhello\r\n0;last="yes"\r\n\r\n', '005\r\nhello\r\n000\r\n\r\n'])('%j is read', (coded) => {
    expect(text(coded)).toEqual({ body: Buffer.from('hello'), trailers: [], rest: 0 });
  });

  it('of a server may pad its sizes with blanks', () => {
    let body = '';
    const decoder = new ChunkedDecoder('response', { data: (piece) => (body += piece.toString()), end: () => undefined });
    decoder.feed(Buffer.from('5  \r\nhello\r\n0\t\r\n\r\n'), 0);
    expect(body).toBe('hello');
  });

  it.each([
    ['no size', '\r\nhello'],
    ['a negative size', '-5\r\nhello'],
    ['a signed size', '+5\r\nhello'],
    ['0x', '0x5\r\nhello'],
    ['an underscore', '1_0\r\n'],
    ['a size that overflows 32 bits into nought', '100000000000000000\r\n'],
    ['a size beyond exact numbers', '20000000000000\r\n'],
    ['space before the size', ' 5\r\nhello'],
    ['a blank after the size', '5 \r\nhello'],
    ['a blank before the extension', '5 ;a\r\nhello'],
    ['a bare LF after the size', '5\nhello'],
    ['a bare CR in the size line', '5\r\r\nhello'],
    ['NUL in an extension', '5;\0\r\nhello'],
    ['a bare LF in an extension', '5;a\nb\r\nhello'],
    ['a control character in an extension', '5;\x01\r\nhello'],
    ['a chunk longer than said', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a chunk shorter than said', '5\r\nhell\r\n0\r\n\r\n'],
    ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n'],
    ['a trailer without a name', '0\r\n: b\r\n\r\n'],
    ['a trailer with space before the colon', '0\r\na : b\r\n\r\n'],
    ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n'],
    ['a trailer with a control character', '0\r\na: \x01\r\n\r\n'],
    ['a bare LF at the end', '0\r\n\n'],
  ])('with %s is refused, at any cut', (_what, coded) => {
    const bytes = Buffer.from(coded, 'latin1');
    const refusal = expect.objectContaining({ code: 'bad-request' }) as Error;
    expect(() => decode([bytes])).toThrow(refusal);
    expect(() => decode(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toThrow(refusal);
  });

  it('takes the largest size that is exact', () => {
    expect(() => text('fffffffffffff\r\nx')).not.toThrow();
  });

  it('bounds its lines, its trailers and their number', () => {
    expect(() => text(`5;${'x'.repeat(5_000)}`)).toThrow('too long');
    expect(() => text(`0\r\na: ${'x'.repeat(maxHeadBytes)}`)).toThrow('too long');
    expect(() => text(`0\r\n${'a: bcdefghijkl\r\n'.repeat(6_000)}`)).toThrow('trailer');
  });
});
