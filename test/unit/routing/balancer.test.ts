import { describe, expect, it } from 'vitest';
import { callFor, end, gateway, goThrough, pickOf, world } from './balancer.fixture.ts';

const ok = () => 'ok' as const;

describe('the default route', () => {
  it('takes the targets in their order, the next where one fails', () => {
    const { balancer } = world([gateway('a'), gateway('b'), gateway('c')]);
    expect(goThrough(balancer, ok)).toEqual(['a']);
    expect(goThrough(balancer, (id) => (id === 'c' ? 'ok' : '5xx'))).toEqual(['a', 'b', 'c']);
  });

  it('asks no second target when the call is at fault, the client gone or part of the answer with the client', () => {
    for (const result of ['client-error', 'cancelled', 'broken', 'timeout'] as const) {
      const { balancer } = world([gateway('a'), gateway('b')]);
      expect(goThrough(balancer, () => result)).toEqual(['a']);
    }
  });

  it('passes over what cannot serve the call, and says why when nothing is left', () => {
    const { balancer } = world([gateway('a'), gateway('b')], undefined, {
      canServe: ({ id }, { vision }) => (vision ? 'no images' : id === 'a' ? 'not mine' : undefined),
    });
    expect(goThrough(balancer, ok)).toEqual(['b']);
    expect(balancer.plan(callFor({ vision: true })).next()).toMatchObject({ kind: 'none', reason: 'unserved', why: 'a: no images; b: no images' });
  });
});

describe('failures', () => {
  it('rest a target, and all of them resting is told with an honest wait', () => {
    const { balancer, clock } = world([gateway('a')]);
    for (let i = 0; i < 3; i++) goThrough(balancer, () => 'connect');
    const none = balancer.plan(callFor()).next();
    expect(none).toMatchObject({ kind: 'none', reason: 'resting' });
    expect(balancer.status()[0]).toMatchObject({ state: 'down', health: 'failed' });
    clock.pass(40_000);
    const plan = balancer.plan(callFor());
    const pick = pickOf(plan);
    expect(pick.isTrial).toBe(true);
    end(plan, pick, 'ok');
    expect(balancer.status()[0]).toMatchObject({ state: 'up', health: 'recovering' });
    clock.pass(20_000);
    expect(balancer.status()[0]).toMatchObject({ health: 'healthy' });
  });

  it('of calls and clients count against nobody', () => {
    const { balancer } = world([gateway('a'), gateway('b')]);
    for (let i = 0; i < 50; i++) goThrough(balancer, () => (i % 2 === 0 ? 'client-error' : 'cancelled'));
    expect(balancer.status()[0]).toMatchObject({ health: 'healthy' });
    expect(goThrough(balancer, ok)).toEqual(['a']);
  });
});

describe('a limit that a gateway passes on', () => {
  it('holds for the model it was stated of, and not for the others', () => {
    const { balancer } = world([gateway('a'), gateway('b')]);
    const first = (model: string): string => {
      const plan = balancer.plan(callFor({ model }));
      const pick = pickOf(plan);
      end(plan, pick, 'ok');
      return pick.target.id;
    };
    const plan = balancer.plan(callFor({ model: 'limited' }));
    const pick = pickOf(plan);
    plan.answered(pick, 429, ['retry-after', '20']);
    end(plan, pick, '429');
    expect(first('limited')).toBe('b');
    expect(first('other')).toBe('a');
    expect(balancer.status()[0]?.quota?.restingUntil).toBeGreaterThan(0);
  });
});
