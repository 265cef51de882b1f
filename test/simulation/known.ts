// Routers to compare with: oracles that see every outage or every price, and choices without memory or second attempt.
import type { RoutedCall } from '../../src/contract/routing.ts';
import type { NextPick, Pick, RoutePlan, Router } from '../../src/routing/plan.ts';
import type { Site } from './site.ts';

type Order = (call: RoutedCall) => Iterable<Site>;

/** Tries targets in the given order, one after the other, and learns nothing. */
class KnownRouter implements Router {
  readonly #order: Order;
  constructor(order: Order) {
    this.#order = order;
  }

  plan(call: RoutedCall): RoutePlan {
    const sites = this.#order(call)[Symbol.iterator]();
    let attempt = 0;
    let upcoming = sites.next();
    const next = (): NextPick => {
      if (upcoming.done) return { kind: 'none', reason: 'exhausted', why: 'all were tried', retryAfterSeconds: undefined };
      const { target, keys } = upcoming.value.settings;
      upcoming = sites.next();
      attempt += 1;
      const pick: Pick = { target, model: undefined, key: keys?.[0]?.label, attempt, delayMs: 0, isTrial: false };
      return { kind: 'pick', pick };
    };
    return {
      route: undefined,
      next,
      hedge: () => undefined,
      hedgeAfterMs: () => undefined,
      checks: () => [],
      answered: () => undefined,
      firstToken: () => undefined,
      ended: () => undefined,
      mayGoOn: () => !upcoming.done,
      close: () => undefined,
    };
  }
}

/** Two rounds, then it gives up: as many attempts as the product's own routes make. */
const twice = (sites: readonly Site[]): Site[] => [...sites, ...sites];

/** Always at the target with the least mean first token that is up and not browning out at this moment; the next best after an error. */
export function oracle(sites: readonly Site[], now: () => number): Router {
  const rank = (site: Site): number => (site.isOut(now()) ? Infinity : meanFirstToken(site) * site.paceAt(now()));
  return new KnownRouter(() => twice(sites.toSorted((a, b) => rank(a) - rank(b)).filter((site) => rank(site) < Infinity)));
}

function meanFirstToken({ settings: { firstTokenMs, spread } }: Site): number {
  return firstTokenMs * Math.exp(spread ** 2 / 2);
}

/** Knows the outages and the brown-outs and nothing else: any target that is well, in turns. */
export function fairOracle(sites: readonly Site[], now: () => number): Router {
  let turn = 0;
  return new KnownRouter(() => {
    const well = sites.filter((site) => site.spellAt(now()) === undefined);
    const from = turn++ % Math.max(1, well.length);
    return twice([...well.slice(from), ...well.slice(0, from)]);
  });
}

/** The cheapest target that the call fits into, whatever its health. */
export function cheapest(sites: readonly Site[]): Router {
  const fits = ({ settings: { facts } }: Site, call: RoutedCall): boolean =>
    call.estimatedTokens + (call.maxOutputTokens ?? 0) <= facts.contextTokens && (facts.tools || !call.tools);
  const byPrice = sites.toSorted((a, b) => a.settings.facts.output - b.settings.facts.output);
  return new KnownRouter((call) => byPrice.filter((site) => fits(site, call)));
}

export function bareRoundRobin(sites: readonly Site[]): Router {
  let turn = 0;
  return new KnownRouter(() => sites.slice(turn % sites.length, (turn++ % sites.length) + 1));
}

export function bareRandom(sites: readonly Site[], random: () => number): Router {
  return new KnownRouter(() => {
    const at = Math.floor(random() * sites.length);
    return sites.slice(at, at + 1);
  });
}
