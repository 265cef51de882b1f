// Joins what decides where calls go and what they may cost: keys, virtual keys, budgets, the balancer and its probes.
import { userInfo } from 'node:os';
import { keylessIn, keysOf, knownKeys, openKeys } from './agent-keys.ts';
import type { AgentStatusBoard } from './agent-status.ts';
import { openBudgets } from './budgets/budgets.ts';
import type { Budgets } from './budgets/budgets.ts';
import { presentedIn } from './budgets/virtual-keys.ts';
import { resolveModel } from './catalog/models.ts';
import { modelsOf, ratesFor, setPrices } from './catalog/prices.ts';
import { providerById, providers } from './catalog/providers.ts';
import type { LoadedSettings } from './config/settings.ts';
import { AgentError } from './contract/errors.ts';
import type { RawHeaders } from './contract/exchange.ts';
import type { ProbeResult } from './contract/routing.ts';
import type { ProviderTarget, Target } from './contract/target.ts';
import { ExchangeCall } from './proxy/exchange-call.ts';
import { GatewayModels } from './proxy/gateway-models.ts';
import type { ListedModel } from './proxy/model-list.ts';
import type { PresentedKey } from './proxy/unified-door.ts';
import type { ProviderWire } from './proxy/outgoing.ts';
import { probeTarget } from './proxy/probe.ts';
import type { UpstreamPool } from './proxy/upstream/pool.ts';
import type { RoutingServices } from './proxy/walk.ts';
import { Balancer } from './routing/balancer.ts';
import type { ModelFacts } from './routing/model-facts.ts';
import type { Clock } from './routing/plan.ts';
import type { Logger } from './telemetry/logger.ts';

export interface RoutingOptions {
  readonly loaded: LoadedSettings;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly board: AgentStatusBoard;
  readonly logger: Logger;
  readonly undo: (() => unknown)[];
}

export interface Routing {
  readonly balancer: Balancer;
  readonly services: RoutingServices;
  readonly budgets: Budgets;
  /** The virtual key that a request brings. */
  readonly findKey: (headers: RawHeaders, query: string) => PresentedKey;
  /** What `/v1/models` lists: aliases, what the gateways say they have, and what the price table knows of the providers that are set up. */
  readonly models: () => Promise<readonly ListedModel[]>;
  /** Of one target, or of all. */
  probe(target?: string): Promise<readonly ProbeResult[]>;
  /** From now on targets are probed, by this pool. */
  start(pool: UpstreamPool): void;
}

const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** How often it is looked whether a target is due for a probe, at most. */
const longestLookMs = 1_000;

export async function openRouting({ loaded, platform, env, board, logger, undo }: RoutingOptions): Promise<Routing> {
  const { settings, dataDir } = loaded;
  for (const target of loaded.targets) checkProvider(target);
  setPrices(settings.prices);
  const keys = await openKeys({ dir: dataDir, platform, env });
  undo.push(() => keys.close());
  const budgets = openBudgets({
    dir: dataDir,
    budgets: settings.budgets,
    virtualKeys: settings.virtualKeys,
    priceOf: ratesFor,
    now: () => Date.now(),
    concern: (text) => board.budgetConcern(text),
  });
  undo.push(() => budgets.close());
  const targets: readonly Target[] = loaded.targets.length > 0 ? loaded.targets : [{ id: 'simulator', kind: 'simulator' }];
  let virtualKeys = knownKeys(loaded, keys);
  let keyless = keylessIn(targets, keys);
  const lookAtKeys = (): void => {
    virtualKeys = knownKeys(loaded, keys);
    keyless = keylessIn(targets, keys);
    board.keyConcern([...keys.troubles, ...keyless.values()]);
  };
  lookAtKeys();
  undo.push(keys.onChange(lookAtKeys));
  const balancer = new Balancer({
    targets,
    routes: settings.routes,
    routing: settings.routing,
    clock,
    random: Math.random,
    canServe: (target, call, model) => keyless.get(target.id) ?? (call instanceof ExchangeCall ? call.objection(target, model) : undefined),
    modelFacts,
    keysOf: (target) => keysOf(keys, target),
    onRuleFailure: (route, reason) => logger.warn('route rule', { route, reason }),
  });
  const used = new Set(targets.flatMap((target) => (target.kind === 'provider' ? [target.provider] : [])));
  const named = { aliases: settings.unified.aliases, providers: providers.map(({ id }) => id) };
  const wireFor = (target: ProviderTarget, label: string | undefined): ProviderWire | undefined => {
    const row = providerById(target.provider);
    return row && { row, key: label === undefined ? undefined : keys.secretOf(target.provider, label) };
  };
  const services: RoutingServices = {
    targets,
    plan: (call) => balancer.plan(call),
    isPastGateway: (target) => balancer.isPastGateway(target),
    aliases: settings.unified.aliases,
    resolveModel: (name) => resolveModel(name, named),
    wireFor,
    queueMs: settings.routing.queueMs,
    user: userInfo().username,
    mayUse: (key, provider, model) => virtualKeys.mayUse(key, provider, model),
  };

  let pool: UpstreamPool | undefined;
  let gatewayModels: GatewayModels | undefined;
  const probeOne = async (target: Target): Promise<ProbeResult | undefined> => {
    if (!pool) throw new AgentError('control-failed', 'The agent is still starting; try again in a moment.');
    const label = target.kind === 'provider' ? keysOf(keys, target)[0]?.label : undefined;
    const result = await probeTarget(target, target.kind === 'provider' ? wireFor(target, label) : undefined, pool);
    if (result) balancer.probed(target.id, result.ok, result.milliseconds);
    return result;
  };
  return {
    balancer,
    services,
    budgets,
    findKey: (headers, query) => {
      // Some clients send two: one of the provider, and ours.
      const presented = presentedIn(headers, query);
      const found = presented.map((key) => virtualKeys.find(key)).find((key) => key !== undefined);
      if (found === undefined) return { kind: presented.length === 0 ? 'none' : 'unknown' };
      return found.expired ? { kind: 'expired' } : { kind: 'key', settings: found.key };
    },
    models: async () => {
      const aliases = Object.entries(settings.unified.aliases).map(([id, name]) => ({ id, provider: resolveModel(name, named).provider ?? 'heimdall' }));
      const priced = [...used].flatMap((provider) => modelsOf(provider).map((model) => ({ id: `${provider}/${model}`, provider })));
      const listed = [...aliases, ...((await gatewayModels?.list()) ?? []), ...priced];
      return [...new Map(listed.map((model) => [model.id, model])).values()];
    },
    probe: async (id) =>
      (await Promise.all(targets.filter((target) => id === undefined || target.id === id).map(probeOne))).filter((result) => result !== undefined),
    start: (given) => {
      pool = given;
      gatewayModels = new GatewayModels(targets, given);
      if (settings.routing.probeMs === 0) return;
      const timer = setInterval(
        () => {
          for (const id of balancer.dueForProbe()) {
            const target = targets.find((candidate) => candidate.id === id);
            if (target) void probeOne(target);
          }
        },
        Math.min(longestLookMs, settings.routing.probeMs),
      ).unref();
      undo.push(() => clearInterval(timer));
    },
  };
}

function checkProvider(target: Target): void {
  if (target.kind !== 'provider') return;
  const row = providerById(target.provider);
  if (row === undefined) {
    throw new AgentError(
      'settings-invalid',
      `The target ${target.id} names the provider ${JSON.stringify(target.provider)}, which is not in the catalog. \`heimdall keys providers\` lists them.`,
    );
  }
  if (row.baseUrl === undefined && target.url === undefined)
    throw new AgentError('settings-invalid', `The target ${target.id} needs a url: ${row.needsUrl ?? 'the catalog has none'}.`);
}

/** What the price table tells of a model. Tools and images are not in it: nearly all current models take both. */
function modelFacts(provider: string | undefined, model: string | undefined): ModelFacts | undefined {
  const rates = provider === undefined || model === undefined ? undefined : ratesFor(provider, model);
  return rates && { inputPrice: rates.input, outputPrice: rates.output, contextTokens: rates.contextTokens };
}
