import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integer, objectId, octetString, sequence, time } from '../../../src/ca/der.ts';
import { nameConstraints } from '../../../src/ca/name-constraints.ts';

const parsed = (bytes: Buffer): string => execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: bytes, encoding: 'utf8' });

/** Length of the content and of the header, as the encoding itself says. */
function lengths(bytes: Buffer): { header: number; content: number } {
  const first = bytes[1] ?? 0;
  if (first < 0x80) return { header: 2, content: first };
  const octets = first & 0x7f;
  return { header: 2 + octets, content: bytes.readUIntBE(2, octets) };
}

describe('DER', () => {
  it('states the length of any content, in the shortest form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 65_000, max: 66_000 })), (size) => {
        const bytes = octetString(Buffer.alloc(size, 1));
        const { header, content } = lengths(bytes);
        expect(content).toBe(size);
        expect(bytes).toHaveLength(header + size);
        expect(header).toBe(size < 128 ? 2 : size < 256 ? 3 : size < 65_536 ? 4 : 5);
      }),
    );
  });

  it('writes any integer without a sign and without idle zeros', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 130n) - 1n }), (value) => {
        const hex = value.toString(16);
        const content = integer(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')).subarray(2);
        expect(BigInt(`0x${content.toString('hex')}`)).toBe(value);
        expect(content[0]).toBeLessThan(0x80);
        if (content.length > 1 && content[0] === 0) expect(content[1]).toBeGreaterThanOrEqual(0x80);
      }),
    );
  });

  it('writes identifiers and times as OpenSSL reads them', () => {
    const value = sequence(objectId('1.2.840.10045.4.3.2'), time(new Date('2026-08-09T10:11:12.345Z')), time(new Date('2050-01-01T00:00:00Z')));
    expect(parsed(value)).toMatch(/:ecdsa-with-SHA256\n.*UTCTIME +:260809101112Z\n.*GENERALIZEDTIME +:20500101000000Z/);
  });

  it('writes constraints for hundreds of hosts', () => {
    const hosts = Array.from({ length: 400 }, (_, index) => `host-${index}.example.com`);
    const text = parsed(nameConstraints(hosts));
    expect(text.match(/cont \[ 2 \]/g)).toHaveLength(400);
    expect(text.match(/cont \[ 7 \]/g)).toHaveLength(2);
  });
});
