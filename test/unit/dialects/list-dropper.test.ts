import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListDropper } from '../../../src/dialects/list-dropper.ts';

/** What is left of a text that comes in these pieces. */
function left(pieces: readonly Buffer[]): string {
  const kept: Buffer[] = [];
  const dropper = new ListDropper({ write: (chunk) => kept.push(Buffer.from(chunk)) });
  for (const piece of pieces) dropper.write(piece);
  return Buffer.concat(kept).toString('utf8');
}

/** A parsed document with lists inside an object or a list emptied as the dropper does it. */
function emptied(value: unknown, isOutermost = true): unknown {
  if (Array.isArray(value)) return isOutermost ? value.map((item) => emptied(item, false)) : value.length === 0 ? [] : [0];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, emptied(inner, false)]));
}

test('lists lose their items and everything else stays, however the text is cut', () => {
  const documents = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.array(fc.jsonValue({ maxDepth: 4 })));
  fc.assert(
    fc.property(documents, fc.constantFrom(undefined, 1), fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (document, indent, cuts) => {
      const bytes = Buffer.from(JSON.stringify(document, undefined, indent));
      const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
      expect(JSON.parse(left(pieces))).toEqual(emptied(JSON.parse(bytes.toString())));
    }),
    { numRuns: 500 },
  );
});

test('brackets that close nothing do not confuse it', () => {
  expect(left([Buffer.from(']}]}{"a":["x"],"b":1}')])).toBe(']}]}{"a":[0],"b":1}');
});
