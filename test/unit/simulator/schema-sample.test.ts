import { expect, test } from 'vitest';
import { z } from '../../../src/contract/schema.ts';
import type { Json } from '../../../src/simulator/json-value.ts';
import { sampleOf } from '../../../src/simulator/schema-sample.ts';

const tree: z.ZodType = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }));

const schemas: Readonly<Record<string, z.ZodType>> = {
  'flat object': z.strictObject({ a: z.string(), b: z.number(), c: z.boolean(), d: z.null() }),
  'optional properties': z.object({ a: z.string().optional(), b: z.int() }),
  'enum and literal': z.object({ kind: z.literal('x'), size: z.enum(['small', 'large']) }),
  bounds: z.object({ a: z.int().min(7).max(9), b: z.number().gt(2), c: z.number().max(-3), d: z.int().gt(4), e: z.number().multipleOf(5) }),
  texts: z.object({ short: z.string().max(4), long: z.string().min(20), at: z.iso.datetime(), mail: z.email(), url: z.url(), id: z.uuid() }),
  lists: z.object({ some: z.array(z.object({ x: z.int() })), three: z.array(z.string()).min(3) }),
  alternatives: z.object({ one: z.union([z.string(), z.number()]), maybe: z.nullable(z.int()) }),
  'discriminated union': z.discriminatedUnion('t', [z.object({ t: z.literal('a'), n: z.int() }), z.object({ t: z.literal('b') })]),
  intersection: z.intersection(z.object({ a: z.string() }), z.object({ b: z.int() })),
  record: z.record(z.string(), z.number()),
};

test.each(Object.entries(schemas))('a sample of %s fits it', (_name, schema) => {
  const sample = sampleOf(z.toJSONSchema(schema) as Json, 'simulated');
  expect(schema.safeParse(sample)).toMatchObject({ success: true });
});

test('a schema that refers to itself ends', () => {
  const sample = sampleOf(z.toJSONSchema(tree) as Json, 'simulated');
  expect(sample).toMatchObject({ name: 'simulated', children: [{ name: 'simulated' }] });
});

test('a schema made to grow is cut off', () => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const hungry = { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { $ref: '#' }])), required: names };
  expect(JSON.stringify(sampleOf(hungry, 'x')).length).toBeLessThan(100_000);
  expect(JSON.stringify(sampleOf({ type: 'array', minItems: 1e9, items: { $ref: '#' } }, 'x')).length).toBeLessThan(100_000);
});

test("Gemini's upper-case types are understood", () => {
  expect(sampleOf({ type: 'OBJECT', properties: { n: { type: 'INTEGER' }, l: { type: 'ARRAY', items: { type: 'BOOLEAN' } } } }, 'x')).toEqual({
    n: 1,
    l: [true],
  });
});

test('nonsense gives text, never an error', () => {
  for (const schema of [undefined, null, 7, 'x', [], { type: 9 }, { $ref: '#/nowhere' }, { $ref: '#' }, { anyOf: [null] }]) {
    expect(() => sampleOf(schema, 'x')).not.toThrow();
  }
});
