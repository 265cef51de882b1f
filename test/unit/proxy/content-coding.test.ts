import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBody, encodeBody, streamDecoders } from '../../../src/proxy/content-coding.ts';

const mebibyte = 1_048_576;
const coded = (code: string) => expect.objectContaining({ code }) as Error;

describe.each(['gzip', 'x-gzip', 'GZIP', 'deflate', 'br', 'zstd', 'gzip, br', ' identity , zstd', 'identity', ''])('the coding "%s"', (coding) => {
  it('comes off and goes on again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const body = Buffer.from(bytes);
        expect(decodeBody(encodeBody(body, coding), coding, mebibyte).equals(body)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(['gzip', 'deflate', 'br', 'zstd'])('a body in %s', (coding) => {
  const body = encodeBody(Buffer.alloc(20 * mebibyte), coding);

  it('that inflates over the limit is refused, exactly there', () => {
    expect(body.length).toBeLessThan(mebibyte);
    expect(() => decodeBody(body, coding, 20 * mebibyte - 1)).toThrow(coded('body-too-large'));
    expect(decodeBody(body, coding, 20 * mebibyte).length).toBe(20 * mebibyte);
  });

  it('that is broken or cut off is refused', () => {
    expect(() => decodeBody(Buffer.from('no such coding'), coding, mebibyte)).toThrow(coded('body-unreadable'));
    const small = encodeBody(Buffer.from('{"model":"m"}'), coding);
    expect(() => decodeBody(small.subarray(0, -2), coding, mebibyte)).toThrow(coded('body-unreadable'));
    expect(() => decodeBody(Buffer.alloc(0), coding, mebibyte)).toThrow(coded('body-unreadable'));
  });
});

describe('content codings', () => {
  it.each(['compress', 'gzip;q=1', 'gzip, sdch', 'constructor'])('that are unknown are refused: %s', (coding) => {
    expect(() => decodeBody(Buffer.from('x'), coding, mebibyte)).toThrow(coded('body-unreadable'));
    expect(streamDecoders(coding)).toBeUndefined();
  });

  it('are taken off in no more than four layers', () => {
    const layers = (count: number) => Array.from({ length: count }, () => 'gzip').join(', ');
    let body = Buffer.from('x');
    for (let i = 0; i < 5; i++) body = gzipSync(body);
    expect(() => decodeBody(body, layers(5), mebibyte)).toThrow(coded('body-unreadable'));
    expect(streamDecoders(layers(4))).toHaveLength(4);
    expect(streamDecoders(layers(5))).toBeUndefined();
    for (const decoder of streamDecoders(layers(4)) ?? []) decoder.destroy();
  });

  it('that are not there leave the very buffer', () => {
    const body = Buffer.from('x');
    expect(decodeBody(body, undefined, 0)).toBe(body);
    expect(encodeBody(body, undefined)).toBe(body);
  });
});
