import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority } from '../../../src/contract/routing.ts';
import { FairQueue } from '../../../src/routing/fair-queue.ts';

interface Call {
  readonly share: string;
  readonly priority: Priority;
  readonly cost: number;
}

function queueOf(limit = 100_000, shares: Record<string, number> = {}) {
  const time = { now: 1_000 };
  const queue = new FairQueue<Call>({ limit, shares, clock: { now: () => time.now, wall: () => 0, after: () => () => undefined } });
  const enter = (share: string, cost = 1, priority: Priority = 'interactive', expiresAt = Infinity) => {
    const item = { share, priority, cost };
    return queue.enter({ ...item, expiresAt, item }) ? item : undefined;
  };
  const fill = (count: number, share: string, cost = 1, priority: Priority = 'interactive') => {
    for (let call = 0; call < count; call++) enter(share, cost, priority);
  };
  const serve = (count: number) => Array.from({ length: count }, () => queue.next());
  return { queue, time, enter, fill, serve };
}
const count = (calls: readonly (Call | undefined)[], share: string) => calls.filter((call) => call?.share === share).length;
const cost = (calls: readonly (Call | undefined)[], priority: Priority) => calls.reduce((sum, call) => sum + (call?.priority === priority ? call.cost : 0), 0);

describe('the shares of a queue', () => {
  it('go first come, first served, within one share', () => {
    const { queue, enter } = queueOf();
    const calls = [enter('a', 5), enter('a', 1), enter('a', 9)];
    expect([queue.next(), queue.next(), queue.next(), queue.next()]).toEqual([...calls, undefined]);
  });

  it('take turns: a thousand calls of one do not delay the single call of another', () => {
    const { fill, enter, serve } = queueOf();
    fill(1_000, 'flood');
    serve(500);
    enter('single');
    expect(count(serve(2), 'single')).toBe(1);
  });

  it('pay by tokens, not by calls', () => {
    const { fill, serve } = queueOf();
    fill(100, 'large', 1_000);
    fill(1_000, 'small', 10);
    const served = serve(505);
    expect(count(served, 'large')).toBe(5);
    expect(count(served, 'small')).toBe(500);
  });

  it('have weights, and names that stand for nothing else', () => {
    const { fill, serve } = queueOf(100_000, { gold: 3 });
    fill(400, 'gold');
    fill(400, 'constructor');
    expect(count(serve(400), 'gold')).toBe(300);
  });

  it('save up no turns while they have nothing waiting', () => {
    const { fill, serve } = queueOf();
    fill(1, 'late');
    fill(2_000, 'busy');
    serve(1_000);
    fill(500, 'late');
    expect(count(serve(100), 'late')).toBe(50);
  });

  it('are forgotten with their last call', () => {
    const { queue, enter, serve } = queueOf();
    for (let share = 0; share < 1_000; share++) enter(`app-${share}`);
    expect(queue.shareSizes().size).toBe(1_000);
    serve(500);
    for (const item of [...Array<undefined>(500)].map(() => queue.next())) expect(item).toBeDefined();
    expect(queue.shareSizes().size).toBe(0);
    expect(queue.size).toBe(0);
  });

  it('that all wait are served alike by weight, up to one call', () => {
    const weights = { a: 1, b: 2, c: 0.5 };
    const calls = fc.array(fc.record({ share: fc.constantFrom('a', 'b', 'c'), cost: fc.integer({ min: 1, max: 100 }) }), {
      minLength: 30,
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(calls, (list) => {
        const { queue, enter } = queueOf(100_000, weights);
        for (const { share, cost } of list) enter(share, cost);
        const served = { a: 0, b: 0, c: 0 };
        for (;;) {
          const sizes = queue.shareSizes();
          if (sizes.size < 3) break;
          const call = queue.next();
          served[call?.share as 'a'] += call?.cost ?? 0;
          const turns = (['a', 'b', 'c'] as const).map((share) => served[share] / weights[share]);
          // two calls of the largest cost over the smallest weight
          expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual((2 * 100) / 0.5);
        }
      }),
    );
  });
});

describe('priorities', () => {
  it('let interactive calls overtake batch ones', () => {
    const { fill, enter, queue } = queueOf();
    fill(50, 'a', 1, 'batch');
    const late = enter('a');
    expect(queue.next()).toBe(late);
  });

  it('leave batch calls a tenth of the cost, whatever their size', () => {
    for (const size of [1, 10, 250]) {
      const { fill, serve } = queueOf();
      fill(20_000, 'a', 1);
      fill(1_000, 'b', size, 'batch');
      const served = serve(5_000);
      expect(cost(served, 'batch') / (cost(served, 'batch') + cost(served, 'interactive'))).toBeCloseTo(0.1, 1);
      expect(cost(served, 'batch')).toBeGreaterThan(0);
    }
  });

  it('give batch calls everything while nothing else waits, and no credit for later', () => {
    const { fill, serve } = queueOf();
    fill(100, 'a', 1);
    serve(100);
    fill(200, 'b', 1, 'batch');
    expect(cost(serve(100), 'batch')).toBe(100);
    fill(100, 'a', 1);
    expect(cost(serve(9), 'batch')).toBe(0);
    expect(cost(serve(1), 'batch')).toBe(1);
  });
});

describe('a call that does not fit', () => {
  const upTo = (room: number) => (_: Call, size: number) => size <= room;

  it('is passed by others', () => {
    const { queue, enter } = queueOf();
    const large = enter('a', 50);
    const behind = enter('a', 5);
    enter('b', 60);
    const small = enter('c', 60, 'batch');
    expect(queue.next(upTo(10))).toBeUndefined();
    const fits = (call: Call) => call === small;
    expect(queue.next(fits)).toBe(small);
    expect(queue.next(upTo(50))).toBe(large);
    expect(queue.next(upTo(50))).toBe(behind);
  });

  it('is not starved by small ones: they may pass until they cost as much', () => {
    const { queue, enter, fill } = queueOf();
    const large = enter('a', 50);
    fill(20, 'b', 49);
    enter('c', 40, 'batch');
    const seen: (Call | undefined)[] = [];
    const room = { for: 'b' };
    const fits = (call: Call) => call.share === room.for;
    for (let call = 0; call < 4; call++) seen.push(queue.next(fits));
    // the first in its own turn
    expect(seen.map((call) => call?.share)).toEqual(['b', 'b', 'b', undefined]);
    expect(queue.next((call) => call.share === 'c')).toBeUndefined();
    const alike = enter('d', 50);
    expect(queue.next((call) => call === alike)).toBe(alike);
    room.for = 'a';
    expect(queue.next(fits)).toBe(large);
    room.for = 'b';
    expect(queue.next(fits)?.share).toBe('b');
  });
});

describe('a call that does not fit though there is room for others of its size', () => {
  it('holds nobody up but its own share', () => {
    const { queue, enter, fill } = queueOf();
    enter('a', 50);
    enter('a', 50);
    fill(20, 'b', 50);
    fill(20, 'c', 70, 'batch');
    const fits = (call: Call) => call.share !== 'a';
    for (let call = 0; call < 40; call++) expect(queue.next(fits)).toBeDefined();
    expect(queue.next(fits)).toBeUndefined();
    const small = enter('d', 1);
    expect(queue.next(fits)).toBe(small);
    expect(queue.size).toBe(2);
  });
});

describe('the places of a queue', () => {
  it('are as many as its limit', () => {
    for (const limit of [0, 1, 2, 7]) {
      const { queue, enter } = queueOf(limit);
      for (let share = 0; share < 10; share++) expect(enter(`app-${share}`) !== undefined).toBe(share < limit);
      expect(queue.size).toBe(limit);
    }
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 9],
    [100, 90],
  ])('of %i can be filled by one share up to %i', (limit, most) => {
    const { queue, fill, enter } = queueOf(limit);
    fill(2 * limit, 'flood');
    expect(queue.size).toBe(most);
    expect(enter('other') !== undefined).toBe(limit > 1);
  });

  it('come to be held alike by two that want them all', () => {
    const { queue, fill, serve } = queueOf(100);
    fill(200, 'a');
    for (let round = 0; round < 200; round++) {
      fill(1, 'a');
      fill(1, 'b');
      serve(1);
    }
    const { a = 0, b = 0 } = Object.fromEntries(queue.shareSizes()) as { a?: number; b?: number };
    expect(a + b).toBeGreaterThan(85);
    expect(Math.abs(a - b)).toBeLessThan(15);
  });

  it('cannot be taken twice by one call', () => {
    const { queue, enter } = queueOf();
    const item = enter('a');
    if (item !== undefined) expect(() => queue.enter({ ...item, expiresAt: 0, item })).toThrow('waiting in this queue already');
    expect(queue.size).toBe(1);
  });
});

describe('leaving', () => {
  it('takes a call out from anywhere, and costs its share nothing', () => {
    const { queue, enter, serve } = queueOf();
    const calls = [enter('a', 100), enter('a', 1), enter('a', 1), enter('a', 1)] as Call[];
    enter('b', 1.5);
    for (const index of [0, 2, 2]) queue.leave(calls[index] as Call);
    expect(queue.size).toBe(3);
    expect(serve(4).map((call) => call?.share)).toEqual(['a', 'b', 'a', undefined]);
  });

  it('of the last of a share leaves the place behind the others to the next', () => {
    const { queue, enter } = queueOf();
    const [first, last] = [enter('a'), enter('a')] as Call[];
    queue.leave(last as Call);
    const next = enter('a');
    expect([queue.next(), queue.next()]).toEqual([first, next]);
    expect(queue.size).toBe(0);
  });

  it('comes with the time a call may wait, the earliest first', () => {
    const { queue, enter } = queueOf();
    const calls = [enter('a', 1, 'interactive', 30), enter('a', 1, 'batch', 10), enter('b', 1, 'interactive', 20)];
    expect(queue.expired(9)).toEqual([]);
    expect(queue.expired(20)).toEqual([calls[1], calls[2]]);
    expect(queue.expired(20)).toEqual([]);
    expect(queue.next()).toBe(calls[0]);
    expect(queue.expired(100)).toEqual([]);
  });

  it('in any order with entering and serving loses and doubles no call', () => {
    const step = fc.record({
      act: fc.constantFrom('enter', 'enter', 'next', 'some', 'leave', 'expire'),
      share: fc.constantFrom('a', 'b', 'c'),
      cost: fc.integer({ min: 0, max: 20 }),
      batch: fc.boolean(),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), fc.integer({ min: 0, max: 30 }), (steps, limit) => {
        const { queue, time, enter } = queueOf(limit);
        const inside = new Set<Call>();
        for (const { act, share, cost, batch, pick } of steps) {
          time.now += 1;
          const gone: (Call | undefined)[] = [];
          if (act === 'enter') {
            const call = enter(share, cost, batch ? 'batch' : 'interactive', time.now + (pick % 40));
            if (call) inside.add(call);
          } else if (act === 'next') {
            expect(queue.size === 0).toBe(inside.size === 0);
            gone.push(queue.next());
            expect(gone[0] === undefined).toBe(inside.size === 0);
          } else if (act === 'some') gone.push(queue.next((call) => call.cost <= 5));
          else if (act === 'expire') {
            gone.push(...queue.expired(time.now - 20));
          } else {
            const call = [...inside][pick % Math.max(1, inside.size)];
            if (call) queue.leave(call);
            gone.push(call);
          }
          for (const call of gone) if (call) expect(inside.delete(call)).toBe(true);
          expect(queue.size).toBe(inside.size);
          const sizes = queue.shareSizes();
          for (const name of ['a', 'b', 'c']) expect(sizes.get(name) ?? 0).toBe(count([...inside], name));
        }
        for (let left = inside.size; left > 0; left--) expect(inside.delete(queue.next() as Call)).toBe(true);
        expect(queue.next()).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe('the estimate of the wait', () => {
  it('is nothing for an empty queue', () => {
    const { queue, time } = queueOf();
    time.now += 60_000;
    expect(queue.waitEstimateMs()).toBe(0);
  });

  it('follows the observed pace', () => {
    const { queue, time, fill } = queueOf();
    fill(200, 'a');
    for (let call = 0; call < 100; call++) {
      time.now += 50;
      queue.next();
    }
    expect(queue.waitEstimateMs()).toBe(100 * 50);
  });

  it('takes calls that go on in heaps for what they are on average', () => {
    const { queue, time, fill } = queueOf();
    fill(100, 'a');
    for (let minute = 0; minute < 5; minute++) {
      time.now += 60_000;
      for (let call = 0; call < 10; call++) queue.next();
    }
    const perCall = queue.waitEstimateMs() / queue.size;
    expect(perCall).toBeGreaterThan(4_000);
    expect(perCall).toBeLessThan(9_000);
  });

  it('grows while nothing goes on', () => {
    const { queue, time, fill } = queueOf();
    fill(10, 'a');
    time.now += 1_000;
    expect(queue.waitEstimateMs()).toBe(10_000);
    queue.next();
    const before = queue.waitEstimateMs();
    time.now += 20_000;
    expect(queue.waitEstimateMs()).toBeGreaterThan(before + 9 * 10_000);
  });

  it('does not count the time in which nothing waited', () => {
    const { queue, time, fill, serve } = queueOf();
    fill(1, 'a');
    time.now += 100;
    serve(1);
    time.now += 3_600_000;
    fill(10, 'a');
    expect(queue.waitEstimateMs()).toBe(10 * 100);
  });
});
