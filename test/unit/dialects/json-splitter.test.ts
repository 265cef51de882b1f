import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonSplitter } from '../../../src/dialects/json-splitter.ts';

function split(text: string, cuts: readonly number[] = [], limit?: number) {
  const documents: (string | undefined)[] = [];
  const splitter = new JsonSplitter((bytes) => documents.push(bytes?.toString('utf8')), limit);
  const wire = Buffer.from(text);
  const edges = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
  for (let i = 1; i < edges.length; i += 1) {
    const copy = Buffer.from(wire.subarray(edges[i - 1], edges[i]));
    splitter.write(copy);
    copy.fill(0x7b);
  }
  return { documents, ended: splitter.ended };
}

const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })).map((value) => JSON.stringify(value));
const cuts = fc.array(fc.nat(), { maxLength: 8 });

test('a document, lines of documents and the elements of an array come out whole, however cut', () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 5 }), cuts, (objects, where) => {
      const all = { documents: objects, ended: true };
      expect(split(objects[0] ?? '', where)).toEqual({ documents: objects.slice(0, 1), ended: true });
      expect(split(objects.join('\n'), where)).toEqual(all);
      expect(split(`\ufeff[${objects.join('\r\n,\n')}]\n`, where)).toEqual(all);
    }),
    { numRuns: 500 },
  );
});

test('what has not ended says so', () => {
  expect(split('[{"a":1}')).toEqual({ documents: ['{"a":1}'], ended: false });
  expect(split('{"a":"}')).toEqual({ documents: [], ended: false });
  expect(split('{"a":1}\n{"b"')).toEqual({ documents: ['{"a":1}'], ended: false });
  expect(split('[]').ended).toBe(true);
});

test('a document over the limit is reported without its bytes, in one chunk or many', () => {
  const text = `[{"a":"${'x'.repeat(100)}"},{"b":1}]`;
  for (const where of [[], [3, 20, 60], [107, 108]]) expect(split(text, where, 50)).toEqual({ documents: [undefined, '{"b":1}'], ended: true });
});
