// Routing as an exchange asks for it, over the real balancer; nothing is kept, no key store, no budget.
import type { RoutingSettings as Routing, RouteSettings } from '../../../src/contract/routing.ts';
import { RoutingSettings } from '../../../src/contract/routing.ts';
import type { Target } from '../../../src/contract/target.ts';
import { ExchangeCall } from '../../../src/proxy/exchange-call.ts';
import type { ExchangeServices, RoutingServices } from '../../../src/proxy/walk.ts';
import { Balancer } from '../../../src/routing/balancer.ts';

export function routingServices(
  targets: readonly Target[],
  routes: readonly RouteSettings[] = [],
  routing: Partial<Routing> = {},
): RoutingServices & { readonly balancer: Balancer } {
  const all: readonly Target[] = targets.length > 0 ? targets : [{ id: 'simulator', kind: 'simulator' }];
  const balancer = new Balancer({
    targets: all,
    routes,
    routing: { ...RoutingSettings.parse({}), ...routing },
    clock: {
      now: () => performance.now(),
      wall: () => Date.now(),
      after: (milliseconds, act) => {
        const timer = setTimeout(act, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    canServe: (target, call, model) => (call instanceof ExchangeCall ? call.objection(target, model) : undefined),
    modelFacts: () => undefined,
    keysOf: () => [],
  });
  return {
    balancer,
    targets: all,
    plan: (call) => balancer.plan(call),
    isPastGateway: (target) => balancer.isPastGateway(target),
    aliases: {},
    resolveModel: (model) => ({ provider: undefined, model }),
    mayUse: () => true,
    wireFor: () => undefined,
    queueMs: 1_000,
    user: 'ann',
  };
}

/** Every call is admitted and nothing is counted; no call brings a key of this device. */
export const unlimited: Pick<ExchangeServices, 'budgets' | 'keyOf'> = {
  budgets: { usedShare: () => 0, admit: () => ({ ok: true, reservation: { settle: () => undefined, release: () => undefined } }) },
  keyOf: () => undefined,
};
