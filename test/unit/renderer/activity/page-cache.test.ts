import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PageCache } from '../../../../renderer/views/activity/page-cache.ts';
import type { AuditRow } from '../../../../src/contract/audit.ts';
import { rowsDown } from './rows.ts';

interface Pending {
  readonly offset: number;
  readonly limit: number;
  answer(): Promise<void>;
  fail(): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function cacheOf(rows: number, available = rows): { cache: PageCache; asked: Pending[]; changes: () => number } {
  const asked: Pending[] = [];
  let changes = 0;
  const load = (offset: number, limit: number): Promise<readonly AuditRow[]> =>
    new Promise((resolve, reject) => {
      asked.push({
        offset,
        limit,
        answer: () => (resolve(rowsDown(available, offset, limit)), turn()),
        fail: () => (reject(new Error('gone')), turn()),
      });
    });
  const cache = new PageCache(load, rows, () => (changes += 1));
  return { cache, asked, changes: () => changes };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('asks for the pages in view first, two at once, then for their neighbours', async () => {
  const { cache, asked } = cacheOf(10_000);
  cache.want(450, 520);
  expect(asked.map(({ offset }) => offset)).toEqual([400, 500]);
  await asked[0]?.answer();
  await asked[1]?.answer();
  expect(asked.map(({ offset }) => offset)).toEqual([400, 500, 600, 300]);
  expect(cache.row(450)?.seq).toBe(10_000 - 450);
  expect(cache.row(650)).toBeUndefined();
});

test('a page under way is not asked for twice', () => {
  const { cache, asked } = cacheOf(10_000);
  cache.want(0, 20);
  cache.want(1, 21);
  cache.want(2, 22);
  expect(asked.map(({ offset }) => offset)).toEqual([0, 100]);
});

test('a scroll past a thousand pages asks only for where it ends', async () => {
  const { cache, asked } = cacheOf(1_000_000);
  for (let first = 0; first <= 500_000; first += 500) {
    cache.want(first, first + 30);
    vi.advanceTimersByTime(16);
  }
  expect(asked).toHaveLength(2);
  await asked[0]?.answer();
  expect(asked).toHaveLength(2);
  vi.advanceTimersByTime(100);
  for (let index = 0; index < asked.length; index += 1) await asked[index]?.answer();
  expect(asked.map(({ offset }) => offset)).toEqual([0, 100, 500_000, 500_100, 499_900]);
  expect(cache.row(500_010)?.seq).toBe(1_000_000 - 500_010);
});

test('keeps a bounded number of pages and forgets those used least lately', async () => {
  const { cache, asked } = cacheOf(100_000);
  for (let page = 0; page < 90; page += 1) {
    vi.advanceTimersByTime(100);
    cache.want(page * 100, page * 100 + 20);
    for (const pending of asked) await pending.answer();
  }
  expect(cache.row(8_900)).toBeDefined();
  expect(cache.row(0)).toBeUndefined();
  vi.advanceTimersByTime(100);
  cache.want(0, 10);
  expect(asked.slice(-2).map(({ offset }) => offset)).toEqual([0, 100]);
});

test('an answer after disposal changes nothing', async () => {
  const { cache, asked, changes } = cacheOf(1_000);
  cache.want(0, 10);
  cache.dispose();
  await asked[0]?.answer();
  expect(changes()).toBe(0);
  expect(asked).toHaveLength(2);
});

test('a page that fails is told and asked for again after a pause', async () => {
  const { cache, asked } = cacheOf(50);
  cache.want(0, 10);
  await asked[0]?.fail();
  expect(cache.error).toBeInstanceOf(Error);
  cache.want(0, 11);
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(3_000);
  expect(asked).toHaveLength(2);
  await asked[1]?.answer();
  expect(cache.error).toBeUndefined();
  expect(cache.row(0)?.seq).toBe(50);
});

test('the list ends where retention took rows meanwhile', async () => {
  const { cache, asked } = cacheOf(1_000, 940);
  cache.want(900, 999);
  await asked[0]?.answer();
  expect(cache.rows).toBe(940);
  expect(cache.row(939)?.seq).toBe(1);
});

test('wanting beyond the end asks for the last page', () => {
  const { cache, asked } = cacheOf(250);
  cache.want(400, 900);
  expect(asked[0]?.offset).toBe(200);
});
