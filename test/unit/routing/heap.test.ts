import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Heap } from '../../../src/routing/heap.ts';

it('a heap gives its entries in order, whichever were taken out between', () => {
  const steps = fc.array(fc.record({ key: fc.integer({ min: 0, max: 20 }), takesOut: fc.option(fc.nat()) }), { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(steps, (list) => {
      const heap = new Heap<{ key: number; place: number }>((a, b) => a.key < b.key);
      let inside: { key: number; place: number }[] = [];
      for (const { key, takesOut } of list) {
        const entry = { key, place: -1 };
        heap.add(entry);
        inside.push(entry);
        const out = takesOut === null ? undefined : inside[takesOut % inside.length];
        if (out === undefined) continue;
        heap.remove(out);
        heap.remove(out);
        inside = inside.filter((one) => one !== out);
        expect(heap.size).toBe(inside.length);
      }
      const keys: number[] = [];
      for (let first = heap.first(); first !== undefined; first = heap.first()) {
        keys.push(first.key);
        heap.remove(first);
      }
      expect(keys).toEqual(inside.map((entry) => entry.key).sort((a, b) => a - b));
    }),
  );
});
