// One key of a TOML file is edited, and nothing else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tomlFormat } from '../../../../src/system/tools/toml-edit.ts';

const path = ['shell_environment_policy', 'set', 'HTTPS_PROXY'];
const value = 'http://127.0.0.1:7465';

/** In the style of Codex. */
const config = `# Codex
model = "gpt-5"   # the model
notify = [ "a",
  "b", # last
]

[shell_environment_policy]
inherit = "core"  # why
set = { A = "1",B='2' }

[projects."/home/me/x"]
trust_level   =   "trusted"

[[extra]]
name = 'one'
`;

test('a key is added to an inline table', () => {
  const after = tomlFormat.set(config, path, value);
  expect(after.split('\n').filter((line) => !config.split('\n').includes(line))).toEqual([`set = { A = "1",B='2', HTTPS_PROXY = "${value}" }`]);
  expect(tomlFormat.get(after, path)).toBe(value);
  expect(tomlFormat.remove(after, path)).toBe(config);
});

test('CRLF and a byte order mark stay', () => {
  const before = `\uFEFF${config.replaceAll('\n', '\r\n')}`;
  const after = tomlFormat.set(before, path, value);
  expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  expect(tomlFormat.remove(after, path)).toBe(before);
});

test.each(['a = ', '[a\nb = 1', 'a = 1\na = 2', '= 3'])('%j is not understood', (text) => {
  expect(tomlFormat.fault(text)).toBeTypeOf('string');
});

const end = fc.constantFrom('', ' # note', '   ');
const plain = fc.tuple(
  fc.constantFrom('1', 'true', '"x # y"', "'z'", '[1,  2]', '[ "a",\n  "b", # c\n]', '{ a = 1 }', '1979-05-27T07:32:00Z', '"""a\nb"""'),
  end,
);
const pairs = fc
  .array(fc.tuple(plain, fc.constantFrom('=', ' = ', '   =   '), fc.constantFrom('', '\n', '# alone\n')), { maxLength: 3 })
  .map((rows) => rows.map(([[text, tail], equals, after], index) => `k${index}${equals}${text}${tail}\n${after}`).join(''));
const documents = fc
  .tuple(fc.constantFrom('', '# head\n\n'), pairs, fc.array(fc.tuple(fc.constantFrom('', '\n', '\n# about it\n'), end, pairs), { maxLength: 3 }), fc.boolean())
  .map(([head, top, tables, hasCrlf]) => {
    const text = head + top + tables.map(([before, tail, inner], index) => `${before}[t${index}]${tail}\n${inner}`).join('');
    return hasCrlf ? text.replaceAll('\n', '\r\n') : text;
  });

test('what is set and removed again leaves the same bytes', () => {
  fc.assert(
    fc.property(documents, fc.constantFrom(['t0', 'new'], ['t1', 'new'], ['new', 'key'], ['new', 'set', 'key']), (text, where) => {
      fc.pre(where[0] === 'new' || tomlFormat.has(text, where.slice(0, 1)));
      expect(tomlFormat.fault(text)).toBeUndefined();
      const after = tomlFormat.set(text, where, value);
      expect(tomlFormat.get(after, where)).toBe(value);
      let removed = tomlFormat.remove(after, where);
      if (where[0] === 'new') for (const table of [where.slice(0, 2), where.slice(0, 1)]) removed = tomlFormat.prune(removed, table);
      expect(removed).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});
