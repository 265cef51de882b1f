import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprintKey, fingerprintOf } from '../../../src/audit/keys.ts';

it('a fingerprint is the first half of HMAC-SHA-256, for any key and any value', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.string({ unit: 'binary' }), (key, value) => {
      const expected = createHmac('sha256', key).update(value, 'utf8').digest('hex').slice(0, 32);
      expect(fingerprintOf(fingerprintKey(key), value)).toBe(expected);
    }),
  );
});

it('a fingerprint of a long value is made the same way, and leaves nothing behind for the next', () => {
  const key = Buffer.alloc(32, 7);
  for (const value of ['ü'.repeat(10_000), 'short', '', 'x'.repeat(4032), 'short']) {
    expect(fingerprintOf(fingerprintKey(key), value)).toBe(createHmac('sha256', key).update(value, 'utf8').digest('hex').slice(0, 32));
  }
});
