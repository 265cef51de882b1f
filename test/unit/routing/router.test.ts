import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Surface } from '../../../src/contract/exchange.ts';
import type { GatewayTarget } from '../../../src/contract/target.ts';
import { originTarget, Router } from '../../../src/routing/router.ts';

const surface: Surface = { provider: 'openai', product: 'OpenAI API', pattern: 'api.openai.com', kind: 'api', handling: 'intercept', forward: 'route' };
const gateway = (id: string): GatewayTarget => ({ id, kind: 'gateway', url: new URL('https://gw.example'), virtualKey: undefined });

function routerAt() {
  const clock = { now: 1_000_000 };
  return { clock, router: new Router([gateway('a'), gateway('b')], () => clock.now) };
}
const planned = (router: Router) => router.plan(surface).map((target) => target.id);

describe('the router', () => {
  it('takes the simulator where no target is configured, and only then', () => {
    expect(new Router([]).plan(surface)).toEqual([{ id: 'simulator', kind: 'simulator' }]);
    expect(new Router([gateway('a')]).targets.map((target) => target.kind)).toEqual(['gateway']);
  });

  it('sends surfaces of the origin to the origin, whatever is configured or down', () => {
    const { router } = routerAt();
    router.failed('a', 'down');
    expect(router.plan({ ...surface, forward: 'origin' })).toEqual([originTarget]);
  });

  it('plans by preference', () => {
    expect(planned(routerAt().router)).toEqual(['a', 'b']);
  });

  it('passes a target over after a failure, longer each time, up to thirty seconds', () => {
    const { clock, router } = routerAt();
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      router.failed('a', 'refused');
      expect(planned(router)).toEqual(['b']);
      clock.now += pause - 1;
      expect(planned(router)).toEqual(['b']);
      clock.now += 1;
      expect(planned(router)).toEqual(['a', 'b']);
    }
  });

  it('counts calls that fail together as one outage', () => {
    const { clock, router } = routerAt();
    for (let call = 0; call < 50; call++) router.failed('a', 'refused');
    clock.now += 1_000;
    expect(planned(router)).toEqual(['a', 'b']);
  });

  it('forgets failures with the first success', () => {
    const { clock, router } = routerAt();
    for (let round = 0; round < 5; round++) {
      router.failed('a', 'refused');
      clock.now += 60_000;
    }
    router.succeeded('a');
    router.failed('a', 'again');
    clock.now += 1_000;
    expect(planned(router)).toEqual(['a', 'b']);
  });

  it('plans nothing while all of them rest', () => {
    const { router } = routerAt();
    router.failed('a', 'x');
    router.failed('b', 'x');
    expect(planned(router)).toEqual([]);
  });

  it('says what is known of each target', () => {
    const { router } = routerAt();
    const states = () => router.status().map(({ id, state, detail }) => [id, state, detail]);
    expect(states()).toEqual([
      ['a', 'unknown', 'not used yet'],
      ['b', 'unknown', 'not used yet'],
    ]);
    router.failed('a', 'refused');
    router.succeeded('b');
    expect(states()).toEqual([
      ['a', 'down', 'refused'],
      ['b', 'up', ''],
    ]);
  });

  it('does not mind targets it does not know', () => {
    const { router } = routerAt();
    router.failed('origin', 'x');
    router.succeeded('origin');
    expect(planned(router)).toEqual(['a', 'b']);
  });

  it('never plans a target before its pause is over nor leaves it out after, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ wait: fc.nat(40_000) }),
      fc.record({ fail: fc.constantFrom('a', 'b') }),
      fc.record({ succeed: fc.constantFrom('a', 'b') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { clock, router } = routerAt();
        const until = new Map([
          ['a', 0],
          ['b', 0],
        ]);
        for (const event of steps) {
          if ('wait' in event) clock.now += event.wait;
          else if ('succeed' in event) {
            router.succeeded(event.succeed);
            until.set(event.succeed, 0);
          } else {
            router.failed(event.fail, 'x');
            if ((until.get(event.fail) ?? 0) <= clock.now) until.set(event.fail, clock.now + 1);
          }
          for (const [id, at] of until) if (at > clock.now) expect(planned(router)).not.toContain(id);
          for (const [id, at] of until) if (at === 0 || clock.now >= at + 30_000) expect(planned(router)).toContain(id);
        }
      }),
    );
  });
});
