// One key of a JSON file is edited, and nothing else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFormat } from '../../../../src/system/tools/json-edit.ts';

const path = ['env', 'HTTPS_PROXY'];
const value = 'http://127.0.0.1:7465';

test('a key is added behind the last one, comments stay where they belong', () => {
  const before = '{\n  // mine\n  "a": 1, // one\n  "env": {\n    "B": "2" // two\n  } /* end */\n}\n';
  const after = jsonFormat.set(before, path, value);
  expect(after).toBe('{\n  // mine\n  "a": 1, // one\n  "env": {\n    "B": "2", // two\n    "HTTPS_PROXY": "http://127.0.0.1:7465"\n  } /* end */\n}\n');
  expect(jsonFormat.remove(after, path)).toBe(before);
});

test('trailing commas, tabs, a byte order mark and CRLF stay', () => {
  const before = '\uFEFF{\r\n\t"a": [1, 2,], // list\r\n}\r\n';
  const after = jsonFormat.set(before, path, value);
  expect(after).toBe(`\uFEFF{\r\n\t"a": [1, 2,], // list\r\n\t"env": {\r\n\t\t"HTTPS_PROXY": "${value}"\r\n\t},\r\n}\r\n`);
  expect(jsonFormat.prune(jsonFormat.remove(after, path), ['env'])).toBe(before);
});

test('a value is replaced in its place', () => {
  expect(jsonFormat.set('{"http.proxy":"http://old:1","b":2}', ['http.proxy'], value)).toBe(`{"http.proxy":"${value}","b":2}`);
});

test('an empty file becomes an object', () => {
  expect(JSON.parse(jsonFormat.set('', path, value))).toEqual({ env: { HTTPS_PROXY: value } });
});

test.each([
  ['{ "a": 1,, }', 'in line 1'],
  ['{\n"a": \n', 'in line'],
  ['[1]', 'does not hold an object'],
  ['{"a": 1, "a": 2}', 'twice'],
])('%j is not understood', (text, words) => {
  expect(jsonFormat.fault(text)).toContain(words);
});

/** Objects in the many ways in which people and tools write them. */
const space = fc.constantFrom('', ' ', '\n', '\n  ', '\r\n\t', ' // note\n  ', ' /* note */ ', '\n\n    // a, "b": {}\n    ');
const scalar = fc.oneof(
  fc.integer().map(String),
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom('true', 'null', '[1, 2]', '["x",]'),
);
const { object } = fc.letrec<{ object: string; entry: string }>((tie) => ({
  object: fc
    .tuple(fc.array(tie('entry'), { maxLength: 3 }), fc.boolean(), space)
    .map(
      ([entries, hasTrailing, end]) =>
        `{${entries.map((entry, index) => entry.replace('KEY', `k${index}`)).join(',')}${hasTrailing && entries.length > 0 ? ',' : ''}${end}}`,
    ),
  entry: fc
    .tuple(space, space, fc.oneof({ depthSize: 'small' }, scalar, tie('object')), space)
    .map(([before, between, inner, after]) => `${before}"KEY"${between}:${between}${inner.replaceAll('KEY', 'in')}${after}`),
}));
const documents = fc.tuple(fc.constantFrom('', '\uFEFF', '// head\n'), object, fc.constantFrom('', '\n', '\r\n')).map((parts) => parts.join(''));

test('what is set and removed again leaves the same bytes', () => {
  fc.assert(
    fc.property(documents, fc.constantFrom(['new'], ['new', 'inner'], ['k0', 'inner']), (text, where) => {
      fc.pre(jsonFormat.fault(text) === undefined && (where[0] !== 'k0' || typeof (jsonFormat.has(text, ['k0']) ? objectAt(text) : undefined) === 'object'));
      const after = jsonFormat.set(text, where, value);
      expect(jsonFormat.fault(after)).toBeUndefined();
      expect(jsonFormat.get(after, where)).toBe(value);
      const removed = jsonFormat.remove(after, where);
      expect(where.length > 1 && where[0] === 'new' ? jsonFormat.prune(removed, ['new']) : removed).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

/** What `k0` holds when another key can be put in it. */
function objectAt(text: string): object | undefined {
  try {
    jsonFormat.set(text, ['k0', 'inner'], 1);
    return {};
  } catch {
    return undefined;
  }
}
