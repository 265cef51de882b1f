import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, FrameReader } from '../../../src/control/frames.ts';

test('whatever the cut, the same frames come out', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 40 }), (values, cuts) => {
      const bytes = Buffer.from(values.map(encodeFrame).join(''));
      const reader = new FrameReader(1_000_000);
      const lines: string[] = [];
      let from = 0;
      for (const cut of cuts) {
        lines.push(...reader.push(bytes.subarray(from, from + cut)));
        from += cut;
      }
      lines.push(...reader.push(bytes.subarray(Math.min(from, bytes.length))));
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
    }),
  );
});

test('a half line is not given out', () => {
  expect(new FrameReader(100).push(Buffer.from('{"id":1'))).toEqual([]);
});

test.each([
  ['in one chunk', 1],
  ['in many', 20],
])('a line over the limit is refused, %s', (_name, pieces) => {
  const reader = new FrameReader(100);
  const piece = Buffer.from('x'.repeat(200 / pieces));
  expect(() => {
    for (let count = 0; count < pieces; count += 1) reader.push(piece);
  }).toThrow(expect.objectContaining({ code: 'control-bad-request' }) as Error);
});
