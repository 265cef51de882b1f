import { describe, expect, it } from 'vitest';
import type { RouteNode } from '../../../src/contract/routing.ts';
import { callFor, end, gateway, goThrough, pickOf, provider, world } from './balancer.fixture.ts';
import type { World } from './balancer.fixture.ts';

const ok = () => 'ok' as const;
const abc = [gateway('a'), gateway('b'), gateway('c')];
const three = (strategy: 'weighted', weights: readonly number[]): RouteNode => ({
  strategy,
  of: abc.map(({ id }, i) => ({ target: id, weight: weights[i] })),
});

function placed({ balancer, clock }: World, calls: number, call: Parameters<typeof callFor>[0] = {}): string[] {
  return Array.from({ length: calls }, () => {
    clock.pass(10);
    return goThrough(balancer, ok, call)[0] ?? 'none';
  });
}

/** The largest difference between what a target got of any 1,000 calls in a row and its share of them. */
function worstError(names: readonly string[], shareAt: (call: number) => Readonly<Record<string, number>>): number {
  let worst = 0;
  for (const id of ['a', 'b', 'c']) {
    let off = 0;
    names.forEach((name, i) => {
      off += (name === id ? 1 : 0) - (shareAt(i)[id] ?? 0);
      if (i >= 1000) off -= (names[i - 1000] === id ? 1 : 0) - (shareAt(i - 1000)[id] ?? 0);
      worst = Math.max(worst, Math.abs(off));
    });
  }
  return worst;
}

describe('weighted', () => {
  it('gives exact shares over any 1,000 calls', () => {
    const names = placed(world(abc, three('weighted', [70, 20, 10])), 5000);
    expect(worstError(names, () => ({ a: 0.7, b: 0.2, c: 0.1 }))).toBeLessThanOrEqual(1);
  });

  it('gives them on both sides of a change of weights, whatever the size of the numbers', () => {
    const at = world(abc, three('weighted', [7000, 2000, 1000]));
    const before = placed(at, 1500);
    expect(at.balancer.weigh('r', 'a', 1)).toBe(true);
    at.balancer.weigh('r', 'b', 1);
    at.balancer.weigh('r', 'c', 2);
    const names = [...before, ...placed(at, 1500)];
    const shares = (call: number) => (call < 1500 ? { a: 0.7, b: 0.2, c: 0.1 } : { a: 0.25, b: 0.25, c: 0.5 });
    expect(worstError(names, shares)).toBeLessThanOrEqual(2);
  });

  it('keeps the shares of the others while one is out, and all of them afterwards', () => {
    const at = world(abc, three('weighted', [5, 3, 2]));
    placed(at, 100);
    at.balancer.drain('a', true);
    const without = placed(at, 1000);
    expect(without.filter((id) => id === 'a')).toEqual([]);
    expect(Math.abs(without.filter((id) => id === 'b').length - 600)).toBeLessThanOrEqual(1);
    at.balancer.drain('a', false);
    const after = placed(at, 1000);
    expect(Math.abs(after.filter((id) => id === 'a').length - 500)).toBeLessThanOrEqual(2);
  });

  it('keeps the shares of first attempts exact while second ones go elsewhere', () => {
    const { balancer, clock } = world(abc, three('weighted', [5, 3, 2]));
    const first = Array.from({ length: 2000 }, (_, i) => {
      clock.pass(1000);
      let attempts = 0;
      return goThrough(balancer, () => (attempts++ === 0 && i % 9 === 0 ? '5xx' : 'ok'))[0] ?? '';
    });
    expect(worstError(first, () => ({ a: 0.5, b: 0.3, c: 0.2 }))).toBeLessThanOrEqual(1);
  });

  it('takes a target of weight 0 out', () => {
    expect(new Set(placed(world(abc, three('weighted', [1, 0, 1])), 100))).toEqual(new Set(['a', 'c']));
  });

  it('knows no target and no route that is not there', () => {
    const { balancer } = world(abc, three('weighted', [1, 1, 1]));
    expect(balancer.weigh('r', 'x', 1)).toBe(false);
    expect(balancer.weigh('x', 'a', 1)).toBe(false);
    expect(() => world(abc, { strategy: 'random', of: ['a', 'x'] })).toThrow('"x"');
    expect(() => world(abc, { provider: 'nobody' })).toThrow('"nobody"');
  });
});

describe('hash', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => gateway(`t${i}`));
  const use = (targets: readonly { id: string }[]): RouteNode => ({ strategy: 'hash', of: targets.map(({ id }) => id) });
  const homes = (targets: ReturnType<typeof many>) => {
    const { balancer } = world(targets, use(targets));
    return Array.from({ length: 2000 }, (_, i) => goThrough(balancer, ok, { session: `s${i}` })[0] ?? '');
  };

  it('keeps a session where it is, and moves only those of a target that leaves', () => {
    const ten = many(10);
    const before = homes(ten);
    const after = homes(ten.filter(({ id }) => id !== 't3'));
    const moved = before.filter((home, i) => home !== after[i]);
    expect(new Set(moved)).toEqual(new Set(['t3']));
    expect(moved.length / before.length).toBeLessThan(0.15);
    expect(before).toEqual(homes(ten));
  });

  it('spills over when one session alone asks for more than its share of what is under way', () => {
    const targets = many(4);
    const { balancer } = world(targets, use(targets));
    const counts = new Map<string, number>();
    for (let i = 0; i < 100; i++) {
      const { id } = pickOf(balancer.plan(callFor({ session: 'busy' }))).target;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(Math.ceil((1.25 * 101) / 4));
    expect(counts.size).toBe(4);
  });

  it('falls back from the session to the conversation to the user', () => {
    const targets = many(10);
    const { balancer } = world(targets, use(targets));
    const at = (call: Parameters<typeof callFor>[0]) => goThrough(balancer, ok, call)[0];
    expect(at({ session: 'same', user: 'x' })).toBe(at({ conversation: () => 'same', user: 'y' }));
    expect(at({ session: 'same' })).toBe(at({ user: 'same' }));
  });
});

describe('latency', () => {
  const use: RouteNode = { strategy: 'latency', of: ['a', 'b'] };
  const speed = { a: 100, b: 400 } as Record<string, number>;
  const calls = ({ balancer, clock }: World, count: number, model = 'gpt') => {
    const seen: string[] = [];
    for (let i = 0; i < count; i++) {
      clock.pass(100);
      const plan = balancer.plan(callFor({ model }));
      const pick = pickOf(plan);
      seen.push(pick.target.id);
      end(plan, pick, 'ok', { firstTokenMs: speed[pick.target.id] ?? 0, durationMs: (speed[pick.target.id] ?? 0) + 500, outputTokens: 10 });
    }
    return seen;
  };

  it('explores what it does not know, then prefers the faster one, and looks at the other again later', () => {
    const at = world([gateway('a'), gateway('b')], use);
    expect(new Set(calls(at, 3))).toEqual(new Set(['a', 'b']));
    expect(new Set(calls(at, 100))).toEqual(new Set(['a']));
    at.clock.pass(60_000);
    expect(calls(at, 4)).toContain('b');
  });

  it('keeps models apart', () => {
    const at = world([gateway('a'), gateway('b')], use);
    calls(at, 50);
    expect(new Set(calls(at, 3, 'other'))).toEqual(new Set(['a', 'b']));
  });

  it('follows time per token for whole answers and the first token alone where told', () => {
    const figures = { a: { firstTokenMs: 100, durationMs: 20_100 }, b: { firstTokenMs: 400, durationMs: 1400 } } as Record<
      string,
      { firstTokenMs: number; durationMs: number }
    >;
    for (const [weigh, winner] of [
      ['whole', 'b'],
      ['first-token', 'a'],
    ] as const) {
      const { balancer, clock } = world([gateway('a'), gateway('b')], { strategy: 'latency', of: ['a', 'b'], weigh });
      let last = '';
      for (let i = 0; i < 50; i++) {
        clock.pass(100);
        const plan = balancer.plan(callFor());
        const pick = pickOf(plan);
        last = pick.target.id;
        end(plan, pick, 'ok', { ...figures[last], outputTokens: 100 });
      }
      expect(last).toBe(winner);
    }
  });
});

describe('least-busy', () => {
  it('goes where the fewest tokens are under way', () => {
    const { balancer } = world([gateway('a'), gateway('b')], { strategy: 'least-busy', of: ['a', 'b'] });
    const first = pickOf(balancer.plan(callFor({ estimatedTokens: 10_000 }))).target.id;
    const rest = Array.from({ length: 20 }, () => pickOf(balancer.plan(callFor({ estimatedTokens: 100 }))).target.id);
    expect(rest).not.toContain(first);
  });
});

describe('cost', () => {
  const targets = [
    provider('cheap', 'p1', { region: 'us' }),
    provider('dear', 'p2', { region: 'eu', tier: 'premium' }),
    provider('unknown', 'p3', { region: 'eu' }),
  ];
  const facts: Record<string, object> = { p1: { inputPrice: 1, outputPrice: 2, contextTokens: 1000, tools: false }, p2: { inputPrice: 10, outputPrice: 20 } };
  const at = (require?: { regions?: string[]; tier?: 'premium' }) =>
    world(targets, { strategy: 'cost', of: targets.map(({ id }) => id), require }, { modelFacts: (name) => facts[name ?? ''] }).balancer;

  it('takes the cheapest, one without a price last', () => {
    expect(goThrough(at(), (id) => (id === 'unknown' ? 'ok' : '5xx'))).toEqual(['cheap', 'dear', 'unknown']);
  });

  it('passes over what is too small, has no tools, or is not in the region or tier', () => {
    expect(goThrough(at(), ok, { estimatedTokens: 2000 })).toEqual(['dear']);
    expect(goThrough(at(), ok, { tools: true })).toEqual(['dear']);
    expect(goThrough(at({ regions: ['eu'] }), ok)).toEqual(['dear']);
    expect(goThrough(at({ tier: 'premium' }), (id) => (id === 'dear' ? '5xx' : 'ok'))).toEqual(['dear', 'dear']);
  });
});

describe('round-robin and random', () => {
  it('take everyone in turn, or by chance', () => {
    expect(placed(world(abc, { strategy: 'round-robin', of: ['a', 'b', 'c'] }), 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    const drawn = placed(world(abc, { strategy: 'random', of: ['a', 'b', 'c'] }), 3000);
    for (const id of ['a', 'b', 'c']) expect(Math.abs(drawn.filter((name) => name === id).length - 1000)).toBeLessThan(120);
  });
});

describe('adaptive', () => {
  const use: RouteNode = { strategy: 'adaptive', of: ['a', 'b', 'c'] };
  const run = ({ balancer, clock }: World, seconds: number, slow: string | undefined, failing?: string) => {
    const seen = new Map<string, number>();
    for (let i = 0; i < seconds * 10; i++) {
      clock.pass(100);
      const plan = balancer.plan(callFor());
      const pick = pickOf(plan);
      const { id } = pick.target;
      seen.set(id, (seen.get(id) ?? 0) + 1);
      // Every eighth call of a failing target: too few for the breaker.
      const isBad = id === failing && (seen.get(id) ?? 0) % 8 === 0;
      end(plan, pick, isBad ? '5xx' : 'ok', { firstTokenMs: id === slow ? 800 : 400, durationMs: 2000 });
    }
    return (id: string) => (seen.get(id) ?? 0) / (seconds * 10);
  };

  it('shares evenly among equals, moves away from the slow one within seconds, and starves nobody', () => {
    const at = world(abc, use);
    const even = run(at, 30, undefined);
    for (const id of ['a', 'b', 'c']) expect(even(id)).toBeCloseTo(1 / 3, 1);
    run(at, 15, 'b');
    const after = run(at, 60, 'b');
    expect(after('b')).toBeGreaterThan(0.005);
    expect(after('b')).toBeLessThan(0.06);
  });

  it('gives less to one that fails now and then, and says so', () => {
    const at = world(abc, use);
    const shares = run(at, 60, undefined, 'c');
    expect(shares('c')).toBeLessThan(0.25);
    const told = at.balancer.explain().find(({ target, place }) => target === 'c' && place === 'r › adaptive');
    expect(told?.factors?.errors).toBeLessThan(0.9);
    expect(told?.why).toMatch(/^Gets \d+(\.\d)? % of calls: \d+(\.\d)? % of its calls failed lately/);
  });
});
