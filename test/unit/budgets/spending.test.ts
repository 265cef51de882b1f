import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slotAt } from '../../../src/budgets/periods.ts';
import type { Per, Window } from '../../../src/budgets/periods.ts';
import { Spending } from '../../../src/budgets/spending.ts';
import { day, hour } from './fixture.ts';

const pers: readonly Per[] = ['day', 'week', 'month'];

describe('a calendar period', () => {
  let before: string | undefined;
  beforeEach(() => (before = process.env['TZ']));
  afterEach(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
  const period = (zone: string, at: string, per: Per): readonly string[] => {
    process.env['TZ'] = zone;
    const { from, closes, until } = slotAt(Date.parse(at), per, 'calendar');
    expect(until).toBe(closes);
    return [from, closes].map((edge) => new Date(edge).toISOString());
  };

  it('begins at local midnight, on Monday, on the first', () => {
    expect(period('Asia/Tokyo', '2026-11-22T15:00:00Z', 'day')).toEqual(['2026-11-22T15:00:00.000Z', '2026-11-23T15:00:00.000Z']);
    expect(period('UTC', '2026-11-23T00:00:00Z', 'week')).toEqual(['2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z']);
    expect(period('UTC', '2026-11-22T23:59:59Z', 'week')).toEqual(['2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z']);
    expect(period('America/New_York', '2026-12-31T12:00:00Z', 'month')).toEqual(['2026-12-01T05:00:00.000Z', '2027-01-01T05:00:00.000Z']);
  });

  it('lasts 23 or 25 hours where the clocks change', () => {
    expect(period('Europe/Berlin', '2026-03-29T12:00:00Z', 'day')).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    expect(period('Europe/Berlin', '2026-10-25T00:30:00Z', 'day')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
    expect(period('Europe/Berlin', '2026-10-25T01:30:00Z', 'week')).toEqual(['2026-10-18T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  });

  it('begins at one o’clock on a day that has no midnight', () => {
    expect(period('Africa/Cairo', '2026-04-24T12:00:00Z', 'day')).toEqual(['2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z']);
  });

  it('holds every moment of a year in exactly one place, without a gap to the next', () => {
    for (const zone of ['America/Santiago', 'Australia/Lord_Howe', 'UTC']) {
      process.env['TZ'] = zone;
      for (const per of pers) {
        for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1);) {
          const { from, closes } = slotAt(at, per, 'calendar');
          expect(from).toBeLessThanOrEqual(at);
          expect(slotAt(closes - 1, per, 'calendar').from).toBe(from);
          expect(slotAt(closes, per, 'calendar').from).toBe(closes);
          at = closes;
        }
      }
    }
  });

  it('that has begun keeps its end when the traveller comes into another zone', () => {
    process.env['TZ'] = 'Asia/Tokyo';
    const spending = new Spending('month', 'calendar');
    spending.add(Date.parse('2026-12-01T00:30:00+09:00'), 5);
    process.env['TZ'] = 'America/Los_Angeles';
    expect(spending.used(Date.parse('2026-11-30T16:00:00Z'))).toBe(5);
    expect(spending.used(Date.parse('2026-12-31T14:59:59Z'))).toBe(5);
    expect(spending.used(Date.parse('2026-12-31T15:00:00Z'))).toBe(0);
  });
});

describe('a rolling period', () => {
  it('counts what was spent for its whole length, and at most a thirtieth longer', () => {
    const lengths = { day, week: 7 * day, month: 30 * day };
    fc.assert(
      fc.property(fc.constantFrom(...pers), fc.integer({ min: 1e12, max: 2e12 }), (per, at) => {
        const spending = new Spending(per, 'rolling');
        spending.add(at, 7);
        expect(spending.used(at + lengths[per])).toBe(7);
        expect(spending.used(Math.ceil(at + lengths[per] * (1 + 1 / 24)))).toBe(0);
      }),
    );
  });

  it('agrees with counting each payment, and stays small', () => {
    const payments = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5 * hour }), nano: fc.nat(1000) }), { maxLength: 200 });
    fc.assert(
      fc.property(payments, (all) => {
        const spending = new Spending('day', 'rolling');
        const paid: { at: number; nano: number }[] = [];
        let now = Date.UTC(2026, 10, 23);
        for (const { gap, nano } of all) {
          now += gap;
          spending.add(now, nano);
          paid.push({ at: now, nano });
          const sum = (longest: number): number => paid.filter(({ at }) => now - at < longest).reduce((total, each) => total + each.nano, 0);
          expect(spending.used(now)).toBeGreaterThanOrEqual(sum(day));
          expect(spending.used(now)).toBeLessThanOrEqual(sum(25 * hour));
        }
        expect(spending.kept.length).toBeLessThanOrEqual(50);
      }),
    );
  });
});

describe('when there is money again', () => {
  it('is the moment at which less than the limit counts, and not earlier', () => {
    const payments = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5 * hour }), nano: fc.integer({ min: 1, max: 1000 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.constantFrom<Window>('calendar', 'rolling'), payments, fc.integer({ min: 1, max: 5000 }), (window, all, limit) => {
        const spending = new Spending('day', window);
        let now = Date.UTC(2026, 10, 23);
        for (const { gap, nano } of all) spending.add((now += gap), nano);
        fc.pre(spending.used(now) >= limit);
        const free = spending.freeAt(now, limit);
        expect(spending.used(free)).toBeLessThan(limit);
        expect(spending.used(free - 1)).toBeGreaterThanOrEqual(limit);
      }),
    );
  });

  it('is the next period where the limit is nothing', () => {
    expect(new Spending('day', 'rolling').freeAt(0, 0)).toBe(25 * hour);
  });
});

describe('a clock that jumps', () => {
  const windows = fc.constantFrom<Window>('calendar', 'rolling');
  const moves = fc.array(fc.record({ by: fc.integer({ min: 0, max: 400 * day }), nano: fc.nat(1000) }), { maxLength: 30 });

  it('back gives no money back, however far it goes and whatever is spent meanwhile', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pers), windows, moves, (per, window, backwards) => {
        const spending = new Spending(per, window);
        let now = Date.UTC(2040, 0, 1);
        spending.add(now, 500);
        let total = 500;
        for (const { by, nano } of backwards) {
          now -= by;
          spending.add(now, nano);
          total += nano;
          expect(spending.used(now)).toBe(total);
        }
      }),
    );
  });

  it('forth and back again leaves what was spent before', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pers), windows, fc.integer({ min: 1, max: 20_000 }), (per, window, days) => {
        const spending = new Spending(per, window);
        const now = Date.UTC(2026, 10, 23, 12);
        spending.add(now, 500);
        spending.add(now + days * day, 20);
        expect(spending.used(now)).toBe(520);
      }),
    );
  });

  it('back to the year 2000 for a moment, as without a battery, changes nothing', () => {
    const spending = new Spending('month', 'calendar');
    const now = Date.UTC(2026, 10, 23, 12);
    spending.add(now, 500);
    spending.checkClock(Date.UTC(2000, 0, 1));
    spending.add(Date.UTC(2000, 0, 1, 0, 5), 20);
    spending.checkClock(now + 1);
    expect([spending.used(now + 1), spending.behindSince]).toEqual([520, undefined]);
  });

  it('ahead by mistake is forgiven after one period more', () => {
    for (const window of ['calendar', 'rolling'] as const) {
      const spending = new Spending('month', window);
      spending.add(Date.UTC(2040, 0, 1), 500);
      const back = Date.UTC(2026, 10, 23);
      expect(spending.checkClock(back)).toBe(true);
      // A restart in between does not begin the wait anew.
      const restarted = new Spending('month', window);
      restarted.restore(spending.kept, spending.behindSince);
      restarted.checkClock(back + 31 * day);
      expect(restarted.used(back + 31 * day)).toBe(500);
      restarted.checkClock(back + 32 * day);
      expect(restarted.used(back + 32 * day)).toBe(500);
      expect(restarted.used(back + 65 * day)).toBe(0);
    }
  });
});
