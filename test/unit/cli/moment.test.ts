import { expect, test } from 'vitest';
import { momentOf } from '../../../src/cli/moment.ts';
import { dollars } from '../../../src/cli/exchange-line.ts';

const now = Date.UTC(2026, 10, 22, 12);

test.each([
  ['30s', now - 30_000],
  ['2h', now - 7_200_000],
  ['1.5d', now - 129_600_000],
  ['1w', now - 604_800_000],
  ['2026-11-22', Date.UTC(2026, 10, 22)],
  ['2026-11-22T10:00Z', Date.UTC(2026, 10, 22, 10)],
])('%s is a moment', (text, at) => {
  expect(momentOf(text, now)).toBe(at);
});

test.each(['yesterday', '2', 'h', '-2h', '2026-13-45', ''])('%j is none', (text) => {
  expect(() => momentOf(text, now)).toThrow(/30m, 2h or 7d/);
});

test.each([
  [0, '$0'],
  [1.234, '$1.23'],
  [0.0123, '$0.01'],
  [0.000051, '$0.000051'],
])('%d dollars are shown as %s', (sum, text) => {
  expect(dollars(sum)).toBe(text);
});
