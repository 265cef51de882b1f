import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepest, firstByte, scanJson } from '../../../src/dialects/json-scan.ts';
import type { Place, Sink } from '../../../src/dialects/json-scan.ts';
import { decodeString } from '../../../src/dialects/json-string.ts';
import { KeyTable } from '../../../src/dialects/key-table.ts';

interface Everything extends Place<Everything> {
  readonly name: string;
}

function everywhere(name: string, keys?: Record<string, Everything>): Everything {
  const made = { name, keys: keys && new KeyTable(keys), reported: true, keysReported: true };
  const self = made as typeof made & { rest: Everything; items: Everything };
  self.rest = self;
  self.items = self;
  return self;
}

/** Every string of a document, keys included, in order, with the place it was found at. */
function scan(body: Buffer, root = everywhere('root')) {
  const strings: { place: string; text: string }[] = [];
  const sink: Sink<Everything> = {
    string: (place, start, end, escaped) => strings.push({ place: place.name, text: decodeString(body, start, end, escaped) }),
    other: () => undefined,
    close: () => undefined,
    field: () => undefined,
  };
  return { fault: scanJson(body, root, sink), strings };
}

function parses(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Every key and string of a parsed document. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsOf(inner)]);
}

const documents = fc.json({ stringUnit: 'binary', maxDepth: 6 });
const fragments = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u12',
  '\\ud83d',
  '\u0000',
  '\n',
  '\t',
  ' ',
  '-',
  '0',
  '01',
  '1.',
  '.5',
  '1e',
  '1E+2',
  'true',
  'tru',
  'null',
  'nul',
  'é',
  '\u2028',
  '\ufeff',
  '\u00a0',
  '//',
  "'",
];

test('the scanner finds exactly the strings that JSON.parse finds, keys included', () => {
  fc.assert(
    fc.property(documents, (text) => {
      const body = Buffer.from(text, 'utf8');
      const { fault, strings } = scan(body);
      expect(fault).toBeUndefined();
      const value: unknown = JSON.parse(body.toString('utf8'));
      expect(strings.map((string) => string.text).sort()).toEqual(stringsOf(value).sort());
    }),
    { numRuns: 500 },
  );
});

test('the scanner accepts exactly what JSON.parse accepts, however a document is damaged', () => {
  const damage = fc.record({ at: fc.nat(), remove: fc.nat({ max: 3 }), insert: fc.constantFrom('', ...fragments) });
  fc.assert(
    fc.property(documents, fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
      let damaged = text;
      for (const { at, remove, insert } of damages) {
        const cut = at % (damaged.length + 1);
        damaged = damaged.slice(0, cut) + insert + damaged.slice(cut + remove);
      }
      const body = Buffer.from(damaged, 'utf8');
      // A leading mark is the one thing the scanner takes and JSON.parse does not.
      fc.pre(!damaged.startsWith('\ufeff'));
      expect(scan(body).fault === undefined).toBe(parses(body));
    }),
    { numRuns: 3000 },
  );
});

test('the scanner accepts exactly what JSON.parse accepts among short sequences of tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...fragments, '{}', '[]', '""', '"a":1', '-0', '0.5', '2e-3', 'false'), { maxLength: 7 }), (parts) => {
      const body = Buffer.from(parts.join(''), 'utf8');
      fc.pre(body[0] !== 0xef);
      expect(scan(body).fault === undefined).toBe(parses(body));
    }),
    { numRuns: 5000 },
  );
});

test('the scanner judges arbitrary bytes as JSON.parse does', () => {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\u0019eE+-. truefalsn')), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
      const body = Buffer.from(bytes);
      fc.pre(body[0] !== 0xef);
      expect(scan(body).fault === undefined).toBe(parses(body));
    }),
    { numRuns: 5000 },
  );
});

test('invalid UTF-8 inside a string is tolerated and decoded as JSON.parse over decoded bytes would', () => {
  const body = Buffer.concat([Buffer.from('{"a":"x'), Buffer.from([0xff, 0xc3, 0xe2, 0x82]), Buffer.from('y"}')]);
  expect(scan(body)).toEqual({
    fault: undefined,
    strings: [
      { place: 'root', text: 'a' },
      { place: 'root', text: (JSON.parse(body.toString('utf8')) as { a: string }).a },
    ],
  });
});

test.each([
  ['', 'it is empty'],
  ['  \n', 'it is empty'],
  ['{"a":1} x', 'something follows the document at byte 8'],
  ['{"a":1}{', 'something follows the document at byte 7'],
  ['{"a":"b', 'it ends too early'],
  ['{"a', 'it ends too early'],
  ['{"a":', 'it ends too early'],
  ['[1,]', 'a value is missing at byte 3'],
  ['{"a":1,}', 'a key is missing at byte 7'],
  ['{"a" 1}', 'a colon is missing at byte 5'],
  ['[1}', 'a comma or a closing bracket is missing at byte 2'],
  ['{"a":1]', 'a comma or a closing brace is missing at byte 6'],
  ['["\\x"]', 'a string holds an unknown escape at byte 2'],
  ['["a\nb"]', 'a control character stands in a string at byte 3'],
  ['[01]', 'a number begins with zero at byte 1'],
  ['[1.]', 'a number has no digit after its point at byte 2'],
  ['[1e+]', 'a number has no digit in its exponent at byte 2'],
  ['[nil]', 'an unknown word stands at byte 1'],
])('%j is refused because %s', (text, reason) => {
  expect(scan(Buffer.from(text)).fault).toBe(reason);
});

test('nesting is accepted to the limit and refused one level deeper', () => {
  const nested = (levels: number) => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
  expect(scan(nested(deepest)).fault).toBeUndefined();
  expect(scan(nested(deepest + 1)).fault).toBe(`more than ${deepest} levels of nesting at byte ${deepest}`);
  expect(scan(Buffer.from('{"a":'.repeat(200_000))).fault).toContain('levels of nesting');
});

test('a UTF-8 byte order mark in front is passed over, anywhere else it is an error', () => {
  expect(scan(Buffer.from('\ufeff {"a":"b"}')).strings.map((string) => string.text)).toEqual(['a', 'b']);
  expect(firstByte(Buffer.from('\ufeff {"a":"b"}'))).toBe(0x7b);
  expect(scan(Buffer.from(' \ufeff{}')).fault).toBe('a value is missing at byte 1');
});

test('a key written with escapes is the same key', () => {
  const root = everywhere('root', { messages: everywhere('messages'), größe: everywhere('size') });
  for (const key of ['messages', 'mess\\u0061ges', '\\u006D\\u0065ssages', 'größe', 'gr\\u00f6\\u00dfe']) {
    const { strings } = scan(Buffer.from(`{"${key}":"x"}`), root);
    expect(strings).toEqual([{ place: key.startsWith('g') ? 'size' : 'messages', text: 'x' }]);
  }
  expect(scan(Buffer.from('{"message":"x"}'), root).strings[1]?.place).toBe('root');
});

test('every duplicate of a key is reported', () => {
  const root = everywhere('root', { a: everywhere('a') });
  expect(scan(Buffer.from('{"a":"1","a":"2","\\u0061":"3"}'), root).strings.map((string) => string.text)).toEqual(['1', '2', '3']);
});
