import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ActivityList } from '../../../../renderer/views/activity/activity-list.ts';
import type { ListSource } from '../../../../renderer/views/activity/activity-list.ts';
import type { AuditFilter } from '../../../../src/contract/audit.ts';
import { row, rowsDown } from './rows.ts';

/** A log whose rows all pass, and what was asked of it. */
function sourceOf(log: { newest: number }): ListSource & { queries: AuditFilter[]; counts: number } {
  const source = {
    queries: [] as AuditFilter[],
    counts: 0,
    count: () => {
      source.counts += 1;
      return Promise.resolve({ rows: log.newest, newest: log.newest });
    },
    page: ({ upTo, offset, limit }: { upTo: number; offset: number; limit: number }) => Promise.resolve({ rows: rowsDown(upTo, offset, limit) }),
    query: (filter: AuditFilter) => {
      source.queries.push(filter);
      const after = filter.after ?? 0;
      return Promise.resolve(Array.from({ length: Math.min(filter.limit ?? 50, log.newest - after) }, (_, index) => row(after + 1 + index)));
    },
  };
  return source;
}

const settle = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('counts, then shows the newest rows first', async () => {
  const list = new ActivityList(sourceOf({ newest: 250 }), {});
  expect(list.state().phase).toBe('counting');
  await list.load();
  await settle();
  expect(list.state()).toMatchObject({ phase: 'ready', rows: 250 });
  expect([list.row(0)?.seq, list.row(99)?.seq]).toEqual([250, 151]);
});

test('rows written while at the top go to the head, and rows below keep their data', async () => {
  const log = { newest: 250 };
  const list = new ActivityList(sourceOf(log), {});
  await list.load();
  await settle();
  log.newest = 253;
  list.appended(253);
  await settle();
  expect(list.state()).toMatchObject({ rows: 253, fresh: 0 });
  expect([0, 1, 2, 3, 102].map((index) => list.row(index)?.seq)).toEqual([253, 252, 251, 250, 151]);
});

test('rows written while scrolled down wait until they are shown', async () => {
  const log = { newest: 250 };
  const list = new ActivityList(sourceOf(log), {});
  await list.load();
  await settle();
  list.follow(false);
  log.newest = 252;
  list.appended(252);
  await settle();
  expect(list.state()).toMatchObject({ rows: 250, fresh: 2 });
  expect(list.row(0)?.seq).toBe(250);
  list.follow(true);
  expect(list.state()).toMatchObject({ rows: 252, fresh: 0 });
  expect(list.row(0)?.seq).toBe(252);
});

test('a burst of events asks once at once and once later, each time only above what is known', async () => {
  const log = { newest: 10 };
  const source = sourceOf(log);
  const list = new ActivityList(source, { host: 'h' });
  await list.load();
  await settle();
  for (let seq = 11; seq <= 60; seq += 1) {
    log.newest = seq;
    list.appended(seq);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(source.queries.map(({ after, host }) => [after, host])).toEqual([
    [10, 'h'],
    [11, 'h'],
  ]);
  log.newest = 61;
  list.appended(61);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(source.queries.map(({ after }) => after)).toEqual([10, 11, 60]);
  expect(list.state().rows).toBe(61);
});

test('rows written between the count and the first page are not lost', async () => {
  const log = { newest: 10 };
  const source = sourceOf(log);
  const list = new ActivityList(source, {});
  const loading = list.load();
  log.newest = 12;
  list.appended(12);
  await loading;
  await settle();
  expect(list.row(0)?.seq).toBe(12);
});

test('so many rows that they cannot wait are counted anew', async () => {
  const log = { newest: 10 };
  const source = sourceOf(log);
  const list = new ActivityList(source, {});
  await list.load();
  list.follow(false);
  log.newest = 5_000;
  list.appended(5_000);
  await settle();
  expect(list.state()).toMatchObject({ fresh: 1_000, freshIsMore: true });
  list.showFresh();
  await settle();
  expect(list.state()).toMatchObject({ rows: 5_000, fresh: 0, phase: 'ready' });
});

test('a count that fails is a state with its reason, and loading again mends it', async () => {
  const source = sourceOf({ newest: 3 });
  const count = vi.spyOn(source, 'count').mockRejectedValueOnce(new Error('no agent'));
  const list = new ActivityList(source, {});
  await list.load();
  expect(list.state()).toMatchObject({ phase: 'failed', error: new Error('no agent') });
  await list.load();
  expect(list.state()).toMatchObject({ phase: 'ready', rows: 3 });
  expect(count).toHaveBeenCalledTimes(2);
});

test('an answer to a count of before is dropped', async () => {
  const source = sourceOf({ newest: 3 });
  let late: (answer: { rows: number; newest: number }) => void = () => undefined;
  vi.spyOn(source, 'count').mockImplementationOnce(() => new Promise((resolve) => (late = resolve)));
  const list = new ActivityList(source, {});
  const first = list.load();
  await list.load();
  late({ rows: 99, newest: 99 });
  await first;
  expect(list.state().rows).toBe(3);
});

test('a failed question for new rows is asked again', async () => {
  const log = { newest: 3 };
  const source = sourceOf(log);
  const list = new ActivityList(source, {});
  await list.load();
  await settle();
  vi.spyOn(source, 'query').mockRejectedValueOnce(new Error('busy'));
  log.newest = 4;
  list.appended(4);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(list.state().rows).toBe(4);
});
