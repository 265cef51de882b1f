import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteStore } from '../../../src/dialects/byte-store.ts';

const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });

test('a store gives back what was put in, up to its limit and not over it', () => {
  fc.assert(
    fc.property(pieces, fc.nat({ max: 300 }), (parts, limit) => {
      const store = new ByteStore(limit);
      const all = Buffer.concat(parts);
      // Twice: a store is empty again after each taking, also after it had overflown.
      for (let round = 0; round < 2; round += 1) {
        for (const part of parts) store.append(Buffer.from(part));
        const taken = store.take();
        expect(taken === undefined ? undefined : Buffer.from(taken)).toEqual(all.length > limit ? undefined : all);
      }
    }),
  );
});

test('finishing is the same as appending and taking, and copies nothing when there was nothing before', () => {
  fc.assert(
    fc.property(pieces, fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 300 }), (parts, last, limit) => {
      const store = new ByteStore(limit);
      for (const part of parts) store.append(Buffer.from(part));
      const whole = Buffer.concat([...parts, last]);
      expect(store.finish(Buffer.from(last))).toEqual(whole.length > limit ? undefined : whole);
    }),
  );
  const tail = Buffer.from('tail');
  expect(new ByteStore(4).finish(tail)).toBe(tail);
  expect(new ByteStore(3).finish(tail)).toBeUndefined();
});
