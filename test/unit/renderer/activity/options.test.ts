import { expect, test } from 'vitest';
import { emptyFilter } from '../../../../renderer/views/activity/filter.ts';
import { stepOf } from '../../../../renderer/views/activity/keys.ts';
import { labelOf, optionsFor, optionsOf, resultOf, resultOptions, withResult } from '../../../../renderer/views/activity/options.ts';

test('options hold every word of the search, whatever its case', () => {
  const options = optionsOf(['claude-opus-4-5', 'claude-haiku-4-5', '', 'gpt-5.2']);
  expect(optionsFor(options, 'OPUS claude').shown.map(({ value }) => value)).toEqual(['claude-opus-4-5']);
  expect(optionsFor(options, '').shown).toHaveLength(3);
});

test('a long list is cut and says how much', () => {
  const { shown, left } = optionsFor(optionsOf(Array.from({ length: 180 }, (_, index) => `host-${index}`)), 'host');
  expect([shown.length, left]).toEqual([100, 80]);
});

test('decision, outcome and kind are one choice at a time', () => {
  const blocked = withResult(emptyFilter, 'decision:block');
  expect([blocked.values, resultOf(blocked), labelOf(blocked, 'decision')]).toEqual([{ decision: 'block' }, 'decision:block', 'Block']);
  const tunnels = withResult(blocked, 'kind:tunnel');
  expect(tunnels.values).toEqual({ kind: 'tunnel' });
  expect(withResult(tunnels, undefined).values).toEqual({});
  expect(new Set(resultOptions.map(({ value }) => value)).size).toBe(resultOptions.length);
});

test('keys move within the list and nothing else moves', () => {
  const step = (key: string, from?: number): number | undefined => stepOf(key, from, 100, 11);
  expect([step('ArrowDown'), step('ArrowDown', 99), step('ArrowUp', 0), step('PageDown', 5), step('PageUp', 5), step('Home', 50), step('End')]).toEqual([
    0, 99, 0, 15, 0, 0, 99,
  ]);
  expect(step('a', 5)).toBeUndefined();
  expect(stepOf('End', undefined, 0, 10)).toBeUndefined();
});
