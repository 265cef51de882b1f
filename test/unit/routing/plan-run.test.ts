import { describe, expect, it } from 'vitest';
import type { RouteNode } from '../../../src/contract/routing.ts';
import type { NextPick } from '../../../src/routing/plan.ts';
import { callFor, end, gateway, goThrough, noWait, pickOf, provider, world } from './balancer.fixture.ts';

const ok = () => 'ok' as const;
const ab = [gateway('a'), gateway('b')];
const abcd = [...ab, gateway('c'), gateway('d')];

describe('a cascade', () => {
  const nested: RouteNode = { strategy: 'cascade', of: [{ strategy: 'round-robin', of: ['a', 'b'] }, 'c'], on: ['429', '5xx'] };

  it('tries the rest of a group before it goes on', () => {
    expect(goThrough(world(abcd, nested).balancer, (id) => (id === 'c' ? 'ok' : '5xx'))).toEqual(['a', 'b', 'c']);
  });

  it('goes on for the reasons it names and no others, while peers stand for each other', () => {
    expect(goThrough(world(abcd, nested).balancer, () => 'connect')).toEqual(['a', 'b']);
    expect(goThrough(world(abcd, nested).balancer, () => 'empty')).toEqual(['a']);
    const asks: RouteNode = { strategy: 'cascade', of: ['a', 'b'], on: ['timeout', 'empty'] };
    for (const reason of ['timeout', 'empty'] as const) expect(goThrough(world(ab, asks).balancer, () => reason)).toEqual(['a', 'b']);
  });

  it('passes over a target at its limit or resting whatever it names', () => {
    const { balancer } = world([gateway('a', { limits: { inFlight: 1, queue: 0 } }), gateway('b')], { strategy: 'cascade', of: ['a', 'b'], on: ['5xx'] });
    expect(pickOf(balancer.plan(callFor())).target.id).toBe('a');
    expect(pickOf(balancer.plan(callFor())).target.id).toBe('b');
  });

  it('has answers judged for what it names, and only then', () => {
    const checksOf = (use: RouteNode) => {
      const plan = world(ab, use).balancer.plan(callFor());
      return plan.checks(pickOf(plan));
    };
    expect(checksOf({ strategy: 'cascade', of: ['a', 'b'], on: ['5xx', 'empty', 'not-json'] })).toEqual(['empty', 'not-json']);
    expect(checksOf({ strategy: 'cascade', of: ['a', 'b'] })).toEqual([]);
  });

  it('asks the same target for another model', () => {
    const { balancer } = world([gateway('a')], {
      strategy: 'cascade',
      of: [
        { target: 'a', model: 'big' },
        { target: 'a', model: 'small' },
      ],
    });
    const plan = balancer.plan(callFor());
    const first = pickOf(plan);
    end(plan, first, '5xx');
    expect(plan.mayGoOn(first, '5xx')).toBe(true);
    expect([first.model, pickOf(plan).model]).toEqual(['big', 'small']);
  });
});

describe('another attempt', () => {
  it('is made at the same target only where no other is left, once, and after a while', () => {
    const { balancer } = world(ab);
    balancer.drain('b', true);
    const plan = balancer.plan(callFor());
    const first = pickOf(plan);
    expect(first.delayMs).toBe(0);
    end(plan, first, 'connect');
    expect(plan.mayGoOn(first, 'connect')).toBe(true);
    const second = pickOf(plan);
    expect(second).toMatchObject({ target: { id: 'a' }, attempt: 2 });
    expect(second.delayMs).toBeGreaterThan(0);
    end(plan, second, 'connect');
    expect(plan.mayGoOn(second, 'connect')).toBe(false);
  });

  it('is not made where nobody listens', () => {
    const { balancer } = world([gateway('a')]);
    const plan = balancer.plan(callFor());
    const pick = pickOf(plan);
    plan.ended(pick, { result: 'connect', isLasting: true, durationMs: 1 });
    expect(plan.mayGoOn(pick, 'connect')).toBe(false);
  });

  it('stays within the number of attempts and the share of traffic', () => {
    expect(goThrough(world(abcd, undefined, { rules: { attempts: 3 } }).balancer, () => '5xx')).toHaveLength(3);
    const { balancer } = world(abcd, { strategy: 'round-robin', of: ['a', 'b', 'c', 'd'] }, { rules: { retryShare: 0 } });
    let attempts = 0;
    for (let i = 0; i < 100; i++) attempts += goThrough(balancer, () => (i % 10 === 0 ? '408' : 'ok')).length;
    expect(attempts).toBeLessThanOrEqual(110);
  });
});

describe('a call that finds every target at its limit', () => {
  const busy = () => {
    const at = world([gateway('a', { limits: { inFlight: 1, queue: 2 } })]);
    const holder = at.balancer.plan(callFor());
    return { ...at, holder, held: pickOf(holder) };
  };
  const waiting = (plan: { next(): NextPick | Promise<NextPick> }): Promise<NextPick> => {
    const next = plan.next();
    if (!(next instanceof Promise)) throw new Error('the call does not wait');
    return next;
  };

  it('waits and goes as soon as one is free', async () => {
    const { balancer, holder, held, clock } = busy();
    const next = waiting(balancer.plan(callFor({ patienceMs: 1000 })));
    expect(balancer.status()[0]?.waiting).toBe(1);
    clock.pass(500);
    end(holder, held, 'ok');
    expect(await next).toMatchObject({ kind: 'pick', pick: { target: { id: 'a' } } });
    expect(balancer.status()[0]).toMatchObject({ waiting: 0, inFlight: 1 });
  });

  it('is refused with an honest wait when its patience is over, at once when it has none or the queue is full', async () => {
    const { balancer, clock } = busy();
    expect(noWait(balancer.plan(callFor()))).toMatchObject({ kind: 'none', reason: 'overloaded' });
    const next = waiting(balancer.plan(callFor({ patienceMs: 1000 })));
    void waiting(balancer.plan(callFor({ patienceMs: 5000, app: 'other' })));
    expect(noWait(balancer.plan(callFor({ patienceMs: 1000, app: 'third' })))).toMatchObject({ reason: 'overloaded' });
    clock.pass(1000);
    const none = await next;
    expect(none).toMatchObject({ kind: 'none', reason: 'overloaded' });
    expect(none.kind === 'none' && none.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(balancer.status()[0]?.waiting).toBe(1);
  });

  it('leaves the queue when it is given up', async () => {
    const { balancer, clock } = busy();
    const plan = balancer.plan(callFor({ patienceMs: 1000 }));
    const next = waiting(plan);
    plan.close();
    expect(await next).toMatchObject({ kind: 'none' });
    expect(balancer.status()[0]?.waiting).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('goes elsewhere when another target has room first, or its own is taken out', async () => {
    const limits = { inFlight: 1, queue: 5 };
    const { balancer } = world([gateway('a', { limits }), gateway('b', { limits })]);
    const [one, two] = [balancer.plan(callFor()), balancer.plan(callFor())];
    pickOf(one);
    const other = pickOf(two);
    const calls = [1, 2].map(() => waiting(balancer.plan(callFor({ patienceMs: 1000 }))));
    end(two, other, 'ok');
    expect(await Promise.race(calls)).toMatchObject({ pick: { target: { id: 'b' } } });
    balancer.drain('a', true);
    expect(balancer.status().map(({ waiting: count }) => count)).toEqual([0, 1]);
  });

  it('is placed before a minute is used up, and again when it has passed', async () => {
    const { balancer, clock } = world([
      gateway('a', { limits: { requestsPerMinute: 2, queue: 5 } }),
      gateway('b', { limits: { requestsPerMinute: 1, queue: 5 } }),
    ]);
    expect([1, 2, 3].map(() => goThrough(balancer, ok)[0])).toEqual(['a', 'a', 'b']);
    const next = waiting(balancer.plan(callFor({ patienceMs: 90_000 })));
    clock.pass(70_000);
    expect(await next).toMatchObject({ kind: 'pick' });
  });
});

describe('the keys of a provider', () => {
  const keys = [
    { label: 'one', weight: 2 },
    { label: 'two', weight: 1 },
  ];
  const at = () => world([provider('p', 'openai')], undefined, { keysOf: () => keys });
  const keyOf = ({ balancer }: ReturnType<typeof at>, result: 'ok' | 'key-refused' = 'ok') => {
    const plan = balancer.plan(callFor());
    const pick = pickOf(plan);
    end(plan, pick, result);
    return pick.key;
  };

  it('take turns by weight', () => {
    const pool = at();
    const used = Array.from({ length: 300 }, () => keyOf(pool));
    expect(used.filter((key) => key === 'one')).toHaveLength(200);
  });

  it('are put aside when refused, and the call goes on with the next; the target stays well', () => {
    const pool = at();
    const plan = pool.balancer.plan(callFor());
    const first = pickOf(plan);
    end(plan, first, 'key-refused');
    expect(plan.mayGoOn(first, 'key-refused')).toBe(true);
    const second = pickOf(plan);
    expect([first.key, second.key]).toEqual(['one', 'two']);
    end(plan, second, 'ok');
    expect(new Set(Array.from({ length: 20 }, () => keyOf(pool)))).toEqual(new Set(['two']));
    keyOf(pool, 'key-refused');
    expect(noWait(pool.balancer.plan(callFor()))).toMatchObject({ kind: 'none', reason: 'resting', why: 'p: each of its keys was refused' });
    pool.clock.pass(70_000);
    expect(keyOf(pool)).toBeDefined();
  });

  it('rest one by one when the provider says so', () => {
    const pool = at();
    const plan = pool.balancer.plan(callFor());
    const first = pickOf(plan);
    plan.answered(first, 429, ['retry-after', '20']);
    end(plan, first, '429');
    expect(plan.mayGoOn(first, '429')).toBe(true);
    expect(pickOf(plan).key).toBe('two');
  });
});

describe('hedging', () => {
  const use: RouteNode = { strategy: 'cascade', of: ['a', 'b'] };

  it('waits for the 95th percentile of first tokens, once enough is known, and names another target', () => {
    const { balancer } = world(ab, use, { settings: { hedge: 'p95' } });
    const fresh = balancer.plan(callFor());
    expect(fresh.hedgeAfterMs(pickOf(fresh))).toBeUndefined();
    for (let i = 1; i <= 100; i++) {
      const plan = balancer.plan(callFor());
      end(plan, pickOf(plan), 'ok', { firstTokenMs: ((i * 37) % 101) * 10 });
    }
    const plan = balancer.plan(callFor());
    const after = plan.hedgeAfterMs(pickOf(plan));
    expect(after).toBeGreaterThan(900);
    expect(after).toBeLessThan(1100);
    expect(plan.hedge()).toMatchObject({ target: { id: 'b' }, attempt: 2 });
    expect(plan.hedge()).toBeUndefined();
  });

  it('happens only where the route asks for it, after the time it names', () => {
    const plain = world(ab, use).balancer.plan(callFor());
    expect(plain.hedgeAfterMs(pickOf(plain))).toBeUndefined();
    const plan = world(ab, use, { settings: { hedge: { afterMs: 70 } } }).balancer.plan(callFor());
    expect(plan.hedgeAfterMs(pickOf(plan))).toBe(70);
  });
});

describe('the explanation', () => {
  it('names every place, its share and the reason in a sentence', () => {
    const { balancer } = world(abcd, {
      strategy: 'cascade',
      of: [
        {
          strategy: 'weighted',
          of: [
            { target: 'a', weight: 70 },
            { target: 'b', weight: 30 },
          ],
        },
        'c',
      ],
    });
    const told = balancer.explain().filter(({ place }) => place.startsWith('r'));
    expect(told.map(({ target, place, share, why }) => ({ target, place, share, why }))).toEqual([
      { target: 'a', place: 'r › cascade › weighted', share: 0.7, why: 'Gets 70 % of calls: weight 70 of 100.' },
      { target: 'b', place: 'r › cascade › weighted', share: 0.3, why: 'Gets 30 % of calls: weight 30 of 100.' },
      { target: 'c', place: 'r › cascade', share: 0, why: 'Gets calls that those before it in the cascade could not answer.' },
    ]);
  });

  it('says of a target that is out why it is, and gives its calls to the others', () => {
    const { balancer } = world(ab);
    balancer.drain('a', true);
    expect(balancer.explain().map(({ share, why }) => [share, why])).toEqual([
      [0, 'Gets no calls: taken out by a person.'],
      [1, 'Gets every call: the first of its cascade that is well.'],
    ]);
    balancer.drain('a', false);
    for (let i = 0; i < 3; i++) goThrough(balancer, (id) => (id === 'a' ? 'connect' : 'ok'));
    expect(balancer.explain()[0]).toMatchObject({ state: 'failed', share: 0 });
    expect(balancer.explain()[0]?.why).toMatch(/^Gets no calls but trials: no connection could be made.*rests for another \d+ s\.$/);
  });

  it('shows in the status who got what', () => {
    const { balancer } = world(ab, { strategy: 'weighted', of: [{ target: 'a', weight: 3 }, 'b'] });
    for (let i = 0; i < 8; i++) goThrough(balancer, ok);
    expect(balancer.status().map(({ share, answered, state }) => [share, answered, state])).toEqual([
      [0.75, 6, 'up'],
      [0.25, 2, 'up'],
    ]);
  });
});
