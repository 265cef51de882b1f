import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileNames } from '../../../src/contract/names.ts';

describe('names', () => {
  it.each([
    ['gpt-4o', 'gpt-4o', true],
    ['GPT-4o', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['gpt-*', 'gpt-4o', true],
    ['*-mini', 'gpt-4o-mini', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['gpt', '', false],
  ])('%s against %s: %s', (pattern, value, expected) => {
    expect(compileNames(pattern)(value)).toBe(expected);
  });

  it('hold when one of several does', () => {
    const matches = compileNames(['cursor', 'claude*']);
    expect(['cursor', 'claude-code', 'codex'].map(matches)).toEqual([true, true, false]);
  });

  it('match as the regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, value) => {
        expect(compileNames(pattern)(value)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(value));
      }),
    );
  });
});
