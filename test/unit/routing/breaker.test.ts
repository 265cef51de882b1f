import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, failuresInRow } from '../../../src/routing/breaker.ts';
import { callFor, end, gateway, noWait, pickOf, seeded, world } from './balancer.fixture.ts';

const opened = (successes = 1) => {
  const breaker = new Breaker(() => 0.5, successes);
  for (let i = 0; i < failuresInRow; i++) breaker.failed(0, false);
  return breaker;
};

describe('the breaker', () => {
  it('opens after failures in a row, or by their share, and not by a few among many', () => {
    expect(opened().isClosed).toBe(false);
    const few = new Breaker(() => 0.5, 1);
    for (let i = 0; i < 500; i++)
      if (i % 20 === 0) few.failed(i, false);
      else few.succeeded(i, false);
    expect(few.isClosed).toBe(true);
    const many = new Breaker(() => 0.5, 1);
    for (let i = 0; i < 60; i++)
      if (i % 3 === 0) many.failed(i, false);
      else many.succeeded(i, false);
    expect(many.isClosed).toBe(false);
  });

  it('lets one trial at a time through after its rest, and rests longer after each that fails', () => {
    const breaker = opened();
    const rests: number[] = [];
    let now = 0;
    for (let i = 0; i < 8; i++) {
      const rest = breaker.restLeft(now);
      rests.push(rest);
      expect(breaker.admits(now + rest - 1)).toBe(false);
      now += rest;
      expect(breaker.admits(now)).toBe(true);
      expect(breaker.begin()).toBe(true);
      expect(breaker.admits(now)).toBe(false);
      breaker.failed(now, true);
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1000));
  });

  it('closes after as many good trials as it is told, and comes back slowly', () => {
    const breaker = opened(3);
    let now = breaker.restLeft(0);
    for (let i = 0; i < 3; i++) {
      expect(breaker.isClosed).toBe(false);
      breaker.begin();
      breaker.succeeded(now, true);
    }
    expect(breaker.isClosed).toBe(true);
    const ramps = [0, 2000, 5000, 9000, 10_000].map((later) => breaker.ramp(now + later));
    expect(ramps).toEqual([...ramps].sort((a, b) => a - b));
    expect(ramps[0]).toBeLessThan(0.2);
    expect(ramps.at(-1)).toBe(1);
    // It fails again while it comes back: the rest goes on growing.
    now += 1000;
    for (let i = 0; i < failuresInRow; i++) breaker.failed(now, false);
    expect(breaker.restLeft(now)).toBe(2000);
  });

  it('is not closed by calls that began before it opened, and counts their failures once', () => {
    const breaker = opened();
    breaker.succeeded(1, false);
    breaker.failed(1, false);
    expect(breaker.isClosed).toBe(false);
    expect(breaker.restLeft(0)).toBe(1000);
  });

  it('takes the word of a probe: a trial at once, or another rest', () => {
    const breaker = opened();
    breaker.hasten(100);
    expect(breaker.admits(100)).toBe(true);
    breaker.probeFailed(100);
    expect(breaker.restLeft(100)).toBe(2000);
    breaker.awaitProbe(1900);
    expect(breaker.admits(2500)).toBe(false);
  });
});

describe('a target that is down', () => {
  it('never gets more than one trial per rest, whatever the calls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 200, maxLength: 400 }), (seed, gaps) => {
        const { balancer, clock } = world([gateway('a'), gateway('b')], { strategy: 'random', of: ['a', 'b'] }, { random: seeded(seed) });
        let [knownDown, trials, blind, since] = [false, 0, 0, 0];
        for (const gap of gaps) {
          clock.pass(gap);
          const plan = balancer.plan(callFor());
          const pick = pickOf(plan);
          if (pick.target.id === 'a' && knownDown) {
            if (pick.isTrial) trials += 1;
            else blind += 1;
          }
          end(plan, pick, pick.target.id === 'a' ? 'connect' : 'ok');
          const isDown = balancer.status()[0]?.state === 'down';
          if (isDown && !knownDown) since = clock.now();
          knownDown = isDown;
        }
        const downFor = clock.now() - since;
        expect(blind).toBe(0);
        // Rests of 1, 2, 4 … seconds, a fifth less at least.
        expect(trials).toBeLessThanOrEqual(Math.log2(downFor / 800 + 1) + 1);
      }),
      { numRuns: 30 },
    );
  });

  it('takes only the part of its calls that it is ready for when it comes back', () => {
    const { balancer, clock } = world([gateway('a'), gateway('b')]);
    const send = (result: 'ok' | 'connect') => {
      const plan = balancer.plan(callFor());
      const pick = pickOf(plan);
      end(plan, pick, pick.target.id === 'a' ? result : 'ok');
      return pick.target.id;
    };
    for (let i = 0; i < 3; i++) send('connect');
    clock.pass(2000);
    expect(send('ok')).toBe('a');
    const share = (milliseconds: number) => {
      clock.pass(milliseconds);
      return Array.from({ length: 200 }, () => send('ok')).filter((id) => id === 'a').length / 200;
    };
    const shares = [share(0), share(4000), share(7000)];
    expect(shares[0]).toBeLessThan(0.25);
    expect(shares[1]).toBeGreaterThan(0.25);
    expect(shares[1]).toBeLessThan(0.75);
    expect(shares[2]).toBe(1);
  });

  it('is rested after a single connection that hung, and passed over while attempts there are silent', () => {
    const { balancer, clock } = world([gateway('a'), gateway('b')]);
    for (let i = 0; i < 40; i++) {
      const plan = balancer.plan(callFor());
      end(plan, pickOf(plan), 'ok', { firstTokenMs: 200 });
    }
    const hanging = Array.from({ length: 3 }, () => {
      const plan = balancer.plan(callFor());
      return { plan, pick: pickOf(plan) };
    });
    expect(hanging.map(({ pick }) => pick.target.id)).toEqual(['a', 'a', 'a']);
    clock.pass(2000);
    expect(pickOf(balancer.plan(callFor())).target.id).toBe('b');
    expect(balancer.status()[0]?.health).toBe('degraded');
    clock.pass(8000);
    const [first] = hanging;
    if (first) end(first.plan, first.pick, 'connect', { durationMs: 10_000 });
    expect(balancer.status()[0]?.health).toBe('failed');
  });

  it('rests for the model that fails, not for the others', () => {
    const { balancer } = world([gateway('a'), gateway('out')]);
    balancer.drain('out', true);
    const send = (model: string) => {
      const plan = balancer.plan(callFor({ model }));
      const next = noWait(plan);
      if (next.kind === 'pick') end(plan, next.pick, model === 'bad' ? '5xx' : 'ok');
      return next.kind;
    };
    for (let i = 0; i < 3; i++) send('bad');
    expect(send('bad')).toBe('none');
    expect(send('good')).toBe('pick');
  });

  it('is asked for a model that fails where there is no other: its own error says more than ours', () => {
    const { balancer } = world([gateway('a')]);
    const results = ['5xx', '5xx', '5xx', '5xx', 'gateway-limit', 'gateway-limit', 'gateway-limit', 'gateway-limit', 'ok'] as const;
    for (const result of results) {
      const plan = balancer.plan(callFor());
      end(plan, pickOf(plan), result);
    }
  });

  it('is never the origin: the next call is for another host, with another credential', () => {
    const { balancer } = world([{ id: 'origin', kind: 'origin' }]);
    for (const result of ['connect', 'connect', 'connect', 'connect', '429', '5xx', '5xx', '5xx', 'ok'] as const) {
      const plan = balancer.plan(callFor());
      const pick = pickOf(plan);
      plan.answered(pick, result === '429' ? 429 : 200, ['retry-after', '30']);
      end(plan, pick, result, { isLasting: true });
    }
    expect(balancer.status()[0]).toMatchObject({ health: 'healthy', answered: 1 });
  });
});

describe('active probes', () => {
  it('are due for the idle and the failed, not for those in use, and not twice', () => {
    const { balancer, clock } = world([gateway('a'), gateway('b'), { id: 'origin', kind: 'origin' }]);
    clock.pass(16_000);
    const plan = balancer.plan(callFor());
    end(plan, pickOf(plan), 'ok');
    expect(balancer.dueForProbe()).toEqual(['b']);
    expect(balancer.dueForProbe()).toEqual([]);
    for (let i = 0; i < 3; i++) balancer.probed('b', false, 10);
    expect(balancer.status()[1]).toMatchObject({ state: 'down', health: 'failed' });
    clock.pass(1000);
    expect(balancer.dueForProbe()).toEqual(['b']);
    balancer.probed('b', true, 10);
    balancer.drain('a', true);
    expect(pickOf(balancer.plan(callFor())).isTrial).toBe(true);
  });
});
