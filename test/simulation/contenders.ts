// Who chooses in the simulation: the strategies of the product, single targets, and routers to compare with.
import { RouteSettings, RoutingSettings } from '../../src/contract/routing.ts';
import type { RouteNode, StrategyName } from '../../src/contract/routing.ts';
import { Balancer } from '../../src/routing/balancer.ts';
import type { Router } from '../../src/routing/plan.ts';
import { bareRandom, bareRoundRobin, cheapest, fairOracle, oracle } from './known.ts';
import type { Chooser, MakeChooser, World } from './run.ts';

/** Weights of the first three targets under `weighted`; further ones weigh 1. */
const weights = [5, 3, 2] as const;
export const weightOf = (place: number): number => weights[place] ?? 1;

export const retryShare = RoutingSettings.parse({}).retryShare;

/** The product's own code under these routes. */
function balancer({ clock, sites, random }: World, route: { use: RouteNode; hedge?: 'p95' }, routing: Partial<RoutingSettings> = {}): Chooser {
  const keys = new Map(sites.map(({ id, settings }) => [id, settings.keys ?? []]));
  const facts = new Map(sites.map(({ settings: { target, facts } }) => [target.kind === 'provider' ? target.provider : target.id, facts]));
  const router = new Balancer({
    targets: sites.map(({ settings }) => settings.target),
    routes: [RouteSettings.parse({ id: 'simulated', ...route })],
    routing: RoutingSettings.parse(routing),
    clock,
    random,
    canServe: () => undefined,
    modelFacts: (provider) => {
      const known = provider === undefined ? undefined : facts.get(provider);
      return known && { contextTokens: known.contextTokens, tools: known.tools, inputPrice: known.input, outputPrice: known.output };
    },
    keysOf: ({ id }) => keys.get(id) ?? [],
  });
  return {
    router,
    stateOf: (target) => router.status().find(({ id }) => id === target)?.health ?? 'healthy',
    dueForProbe: () => router.dueForProbe(),
    probed: (target, ok, milliseconds) => router.probed(target, ok, milliseconds),
  };
}

const known = (router: Router): Chooser => ({ router, stateOf: () => 'healthy', dueForProbe: () => [], probed: () => undefined });
const idsOf = ({ sites }: World): string[] => sites.map(({ id }) => id);

const by =
  (strategy: StrategyName, hedge?: 'p95'): MakeChooser =>
  (world) =>
    balancer(world, { use: { strategy, of: idsOf(world) }, ...(hedge && { hedge }) });

/** Two gateways by weight, then the rest, as in a settings file for a fleet. */
const nested: MakeChooser = (world) => {
  const [first = '', second = '', ...rest] = idsOf(world);
  const pair: RouteNode = {
    strategy: 'weighted',
    of: [
      { target: first, weight: 70 },
      { target: second, weight: 30 },
    ],
  };
  return balancer(world, { use: { strategy: 'cascade', of: [pair, ...rest] } });
};

/** One attempt at one target, whatever comes. */
export const alone =
  (target: string): MakeChooser =>
  (world) =>
    balancer(world, { use: target }, { attempts: 1 });

export const strategies = {
  weighted: (world) => balancer(world, { use: { strategy: 'weighted', of: idsOf(world).map((target, i) => ({ target, weight: weightOf(i) })) } }),
  latency: by('latency'),
  'least-busy': by('least-busy'),
  cost: by('cost'),
  hash: by('hash'),
  cascade: by('cascade'),
  adaptive: by('adaptive'),
  nested,
  'adaptive, hedged': by('adaptive', 'p95'),
  'round-robin': by('round-robin'),
  random: by('random'),
} satisfies Record<string, MakeChooser>;
export type Strategy = keyof typeof strategies;

/** Without memory and without a second attempt. */
export const bare = {
  'bare round-robin': ({ sites }) => known(bareRoundRobin(sites)),
  'bare random': ({ sites, random }) => known(bareRandom(sites, random)),
} satisfies Record<string, MakeChooser>;

export const oracles = {
  'oracle: best': ({ sites, clock }) => known(oracle(sites, () => clock.now())),
  'oracle: turns': ({ sites, clock }) => known(fairOracle(sites, () => clock.now())),
  'oracle: price': ({ sites }) => known(cheapest(sites)),
} satisfies Record<string, MakeChooser>;
export type OracleName = keyof typeof oracles;
