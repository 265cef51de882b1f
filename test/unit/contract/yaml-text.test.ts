import { describe, expect, it } from 'vitest';
import { parseYaml, YamlFault } from '../../../src/contract/yaml-text.ts';

function faultOf(text: string): YamlFault {
  try {
    parseYaml(text, 'f.yaml');
  } catch (error) {
    if (error instanceof YamlFault) return error;
    throw error;
  }
  throw new Error('the text was read without a fault');
}

describe('parseYaml', () => {
  it('reads YAML and JSON into the same plain values', () => {
    const yaml = parseYaml('a: 1\nb:\n  - x\n  - {c: true}\n', 'f.yaml');
    const json = parseYaml('{\n\t"a": 1,\n\t"b": ["x", {"c": true}]\n}\n', 'f.json');
    expect(yaml.value).toEqual({ a: 1, b: ['x', { c: true }] });
    expect(json.value).toEqual(yaml.value);
  });

  it('gives null for an empty text and for one of comments alone', () => {
    expect(parseYaml('', 'f').value).toBeNull();
    expect(parseYaml('# nothing\n', 'f').value).toBeNull();
  });

  it('knows where a value and its key stand', () => {
    const { positionOf, positionOfKey } = parseYaml('a: 1\nb:\n  - x\n  - c: true\n    d:\n', 'f');
    expect(positionOf([])).toEqual({ line: 1, column: 1 });
    expect(positionOf(['a'])).toEqual({ line: 1, column: 4 });
    expect(positionOfKey(['a'])).toEqual({ line: 1, column: 1 });
    expect(positionOf(['b', 0])).toEqual({ line: 3, column: 5 });
    expect(positionOfKey(['b', 1, 'c'])).toEqual({ line: 4, column: 5 });
    expect(positionOf(['b', 1, 'c'])).toEqual({ line: 4, column: 8 });
    expect(positionOf(['b', 2])).toBeUndefined();
    expect(positionOf(['a', 'z'])).toBeUndefined();
    expect(positionOf(['b', 'z'])).toBeUndefined();
  });

  it('finds positions behind an alias', () => {
    const { value, positionOf } = parseYaml('a: &x\n  k: 1\nb: *x\n', 'f');
    expect(value).toEqual({ a: { k: 1 }, b: { k: 1 } });
    expect(positionOf(['b', 'k'])).toEqual({ line: 2, column: 6 });
  });

  it.each([
    ['a broken flow list', 'a: 1\nb: [x, y\n', 3, ''],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2, 'Tabs'],
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', 3, '"a" stands here a second time'],
    ['a duplicate key in a nested map', 'r:\n  - {k: 1, k: 2}\n', 2, '"k" stands here a second time'],
    ['an unknown tag', 'a: 1\nb: !!js/function x\n', 2, 'tag'],
    ['an unknown anchor', 'a: 1\nb: *nowhere\n', 2, 'nowhere'],
    ['a second document', 'a: 1\n---\nb: 2\n', 2, ''],
    ['a key that is a list', 'a: 1\n? [x]\n: 2\n', 2, ''],
  ])('names line and reason of %s', (_what, text, line, reason) => {
    const fault = faultOf(text);
    expect(fault.position.line).toBe(line);
    expect(fault.reason).toContain(reason);
    expect(fault.message).toBe(`f.yaml:${fault.position.line}:${fault.position.column}: ${fault.reason}`);
  });

  it('refuses an alias bomb', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array.from({ length: 8 }, () => `*l${level}`).join(', ')}]`);
    expect(faultOf(['l0: &l0 [x]', ...levels].join('\n')).reason).toMatch(/alias/i);
    expect(faultOf(`a: &a x\nb: [${Array.from({ length: 101 }, () => '*a').join(', ')}]`).reason).toContain('more than 100 aliases');
  });

  it('refuses a text nested past any use, at any depth, without running out of stack', () => {
    for (const depth of [300, 5000, 200_000]) expect(faultOf('['.repeat(depth) + ']'.repeat(depth)).reason).toMatch(/nest|deep/i);
  });

  it('does not let a key reach the prototype', () => {
    const { value } = parseYaml('__proto__: {polluted: true}\n', 'f');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
