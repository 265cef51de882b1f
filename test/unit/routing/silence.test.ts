import { describe, expect, it } from 'vitest';
import type { RouteNode } from '../../../src/contract/routing.ts';
import { Latency } from '../../../src/routing/latency.ts';
import { Silence } from '../../../src/routing/silence.ts';
import { callFor, end, gateway, pickOf, world } from './balancer.fixture.ts';
import type { World } from './balancer.fixture.ts';

/** First tokens after 300 to 500 ms. */
function known(): Latency {
  const latency = new Latency();
  for (let i = 0; i < 100; i++) latency.firstToken(i * 1_000, 300 + ((i * 37) % 101) * 2);
  return latency;
}

describe('silence', () => {
  it('is proven by three attempts far beyond the usual time, not by one or two however old', () => {
    const silence = new Silence(known());
    silence.began(0);
    silence.began(10);
    expect(silence.isProven(60_000)).toBe(false);
    silence.began(20);
    expect(silence.isProven(700)).toBe(false);
    expect(silence.isProven(5_000)).toBe(true);
  });

  it('is proven sooner by many, and not by many that are young', () => {
    const silence = new Silence(known());
    for (let i = 0; i < 20; i++) silence.began(i * 50);
    expect(silence.isProven(1_000)).toBe(true);
    const young = new Silence(known());
    for (let i = 0; i < 200; i++) young.began(900 + i);
    expect(young.isProven(1_150)).toBe(false);
  });

  it('ends with a sign of life from one that began no earlier, and not with one from before', () => {
    const silence = new Silence(known());
    for (let i = 0; i < 20; i++) silence.began(100 + i * 50);
    silence.heard(50);
    expect(silence.isProven(2_000)).toBe(true);
    silence.heard(1_050);
    expect(silence.isProven(2_000)).toBe(false);
  });

  it('is no matter where nothing is known of the usual time', () => {
    const silence = new Silence(new Latency());
    for (let i = 0; i < 50; i++) silence.began(i);
    expect(silence.isProven(60_000)).toBe(false);
  });
});

const ab: RouteNode = { strategy: 'cascade', of: ['a', 'b'] };
const targets = [gateway('a'), gateway('b')];

/** A call that ends well at the target it names. */
function served({ balancer, clock }: World, firstTokenMs: (target: string) => number): string {
  clock.pass(1_000);
  const plan = balancer.plan(callFor());
  const pick = pickOf(plan);
  end(plan, pick, 'ok', { firstTokenMs: firstTokenMs(pick.target.id) });
  plan.close();
  return pick.target.id;
}

describe('a target that hangs and loses every race', () => {
  const hedged = (result: 'slower' | 'cancelled') => {
    const at = world(targets, ab, { settings: { hedge: 'p95' } });
    for (let i = 0; i < 50; i++) served(at, () => 400);
    let hung = 0;
    for (let i = 0; i < 200; i++) {
      at.clock.pass(1_000);
      const plan = at.balancer.plan(callFor());
      const first = pickOf(plan);
      if (first.target.id !== 'a') {
        end(plan, first, 'ok', { firstTokenMs: 400 });
        continue;
      }
      hung += 1;
      at.clock.pass(1_200);
      plan.ended(first, { result, durationMs: 1_200 });
    }
    return hung;
  };

  it('is rested as one that failed, and tried less and less', () => {
    expect(hedged('slower')).toBeLessThan(25);
  });

  it('is not rested because clients leave before an answer', () => {
    expect(hedged('cancelled')).toBeGreaterThan(150);
  });
});

describe('a target that becomes slow', () => {
  it('is spared while another is well, looked at now and then, and back when it is quick', () => {
    const at = world(targets, ab);
    for (let i = 0; i < 50; i++) served(at, () => 400);
    let slow = 0;
    for (let i = 0; i < 120; i++) if (served(at, (id) => (id === 'a' ? 2_000 : 400)) === 'a') slow += 1;
    expect(slow).toBeGreaterThan(5);
    expect(slow).toBeLessThan(20);
    const after = Array.from({ length: 60 }, () => served(at, () => 400));
    expect(new Set(after.slice(30))).toEqual(new Set(['a']));
  });

  it('gets its calls all the same where it is the only one', () => {
    const at = world([gateway('a')]);
    for (let i = 0; i < 50; i++) served(at, () => 400);
    expect(new Set(Array.from({ length: 50 }, () => served(at, () => 2_000)))).toEqual(new Set(['a']));
  });
});
