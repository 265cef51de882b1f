import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashKey, KeyTable } from '../../../src/dialects/key-table.ts';

function find<T>(table: KeyTable<T>, key: string): T | undefined {
  const bytes = Buffer.from(`..${key}..`, 'utf8');
  return table.find(bytes, 2, bytes.length - 2, hashKey(bytes.subarray(2, bytes.length - 2)));
}

test('a table finds each of its keys and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 20 }), fc.string(), (keys, other) => {
      fc.pre(!keys.includes('__proto__'));
      const table = new KeyTable(Object.fromEntries(keys.map((key) => [key, key])));
      for (const key of keys) expect(find(table, key)).toBe(key);
      expect(find(table, other)).toBe(keys.includes(other) ? other : undefined);
    }),
  );
});

test('a key with the hash of another is not taken for it', () => {
  // 31 * 'A' + 'a' = 31 * 'B' + 'B'
  expect(hashKey(Buffer.from('Aa'))).toBe(hashKey(Buffer.from('BB')));
  expect(find(new KeyTable({ Aa: 1 }), 'BB')).toBeUndefined();
});

test('a table whose own keys collide is refused when it is made', () => {
  expect(() => new KeyTable({ Aa: 1, BB: 2 })).toThrow(/hash of another key/);
});
