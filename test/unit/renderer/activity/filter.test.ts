import { expect, test } from 'vitest';
import {
  activeParts,
  emptyFilter,
  filterFields,
  fromSearch,
  isEmpty,
  matchOf,
  toSearch,
  without,
  withValue,
} from '../../../../renderer/views/activity/filter.ts';
import type { ActivityFilter } from '../../../../renderer/views/activity/filter.ts';
import { AuditMatch } from '../../../../src/contract/audit.ts';

const full: ActivityFilter = {
  text: '  two words ',
  values: {
    app: 'claude-code',
    host: 'api.anthropic.com',
    model: 'm',
    provider: 'p',
    target: 't',
    decision: 'block',
    outcome: 'refused',
    kind: 'exchange',
    detector: 'd',
    fingerprint: 'f',
  },
  time: { kind: 'last', preset: '1h' },
};

test('no filter matches every row', () => {
  expect(matchOf(emptyFilter, 0)).toEqual({});
  expect(isEmpty(emptyFilter)).toBe(true);
});

test('every part of a filter reaches the match, and the contract accepts it', () => {
  const match = matchOf(full, 10_000_000);
  expect(AuditMatch.parse(match)).toEqual({ ...full.values, text: 'two words', since: 10_000_000 - 3_600_000 });
  expect(activeParts(full)).toEqual(['text', ...filterFields, 'time']);
});

test('a search longer than the contract allows is cut', () => {
  expect(AuditMatch.parse(matchOf({ ...emptyFilter, text: 'x'.repeat(500) }, 0)).text).toHaveLength(200);
});

test('two moments bound the time, one alone leaves the other open', () => {
  expect(matchOf({ ...emptyFilter, time: { kind: 'between', since: 5, until: undefined } }, 0)).toEqual({ since: 5 });
  expect(matchOf({ ...emptyFilter, time: { kind: 'between', since: 5, until: 9 } }, 0)).toEqual({ since: 5, until: 9 });
});

test('a link carries a filter there and back', () => {
  const trimmed = { ...full, text: 'two words' };
  expect(fromSearch(toSearch(full))).toEqual(trimmed);
  const between: ActivityFilter = { ...emptyFilter, time: { kind: 'between', since: 1, until: 2 } };
  expect(fromSearch(toSearch(between))).toEqual(between);
});

test('what a link says wrongly is left out', () => {
  expect(fromSearch(new URLSearchParams('decision=maybe&outcome=x&kind=&last=forever&since=soon&app=curl'))).toEqual({
    ...emptyFilter,
    values: { app: 'curl' },
  });
});

test('each part can be taken out alone', () => {
  let filter = full;
  for (const part of activeParts(full)) filter = without(filter, part);
  expect(isEmpty(filter)).toBe(true);
  expect(withValue(full, 'app', '').values.app).toBeUndefined();
});
