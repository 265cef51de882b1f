// A balancer on a clock that the test moves, with targets and calls that need no more than a name.
import type { RoutedCall, RouteNode, RouteSettings, RoutingSettings } from '../../../src/contract/routing.ts';
import type { AttemptResult } from '../../../src/contract/routing.ts';
import type { GatewayTarget, ProviderTarget, Target } from '../../../src/contract/target.ts';
import { Balancer } from '../../../src/routing/balancer.ts';
import type { BalancerOptions } from '../../../src/routing/balancer.ts';
import type { AttemptEnd, Clock, NextPick, Pick, RoutePlan } from '../../../src/routing/plan.ts';

export class TestClock implements Clock {
  #now = 0;
  #timers: { at: number; act: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_800_000_000_000 + this.#now;
  }

  after(milliseconds: number, act: () => void): () => void {
    const timer = { at: this.#now + milliseconds, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  pass(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = until;
  }
}

/** Mulberry32: the same chances in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const gateway = (id: string, rest: Partial<GatewayTarget> = {}): GatewayTarget => ({
  id,
  kind: 'gateway',
  url: new URL('https://gw.example'),
  virtualKey: undefined,
  wire: 'bifrost',
  headers: [],
  ...rest,
});

export const provider = (id: string, name: string, rest: Partial<ProviderTarget> = {}): ProviderTarget => ({
  id,
  kind: 'provider',
  provider: name,
  url: undefined,
  keys: undefined,
  models: undefined,
  ...rest,
});

export function callFor(rest: Partial<RoutedCall> = {}): RoutedCall {
  return {
    app: 'app',
    user: 'user',
    team: undefined,
    virtualKey: undefined,
    host: 'api.openai.com',
    product: 'OpenAI API',
    dialect: 'openai-chat',
    provider: 'openai',
    model: 'gpt',
    stream: true,
    estimatedTokens: 100,
    maxOutputTokens: undefined,
    tools: false,
    vision: false,
    json: false,
    task: 'chat',
    priority: 'interactive',
    header: () => undefined,
    session: undefined,
    conversation: () => '',
    at: 0,
    budgetUsed: 0,
    patienceMs: 0,
    ...rest,
  };
}

const route = (use: RouteNode, rest: Partial<RouteSettings> = {}): RouteSettings => ({ id: 'r', when: {}, use, ...rest });

const routing: RoutingSettings = { queueMs: 30_000, attempts: 6, retryShare: 5, probeMs: 15_000, shareBy: 'app', shares: {} };

export interface World {
  readonly clock: TestClock;
  readonly balancer: Balancer;
}

export function world(
  targets: readonly Target[],
  use?: RouteNode,
  rest: Partial<BalancerOptions> & { settings?: Partial<RouteSettings>; rules?: Partial<RoutingSettings> } = {},
): World {
  const clock = new TestClock();
  const { settings, rules, ...options } = rest;
  const balancer = new Balancer({
    targets,
    routes: use === undefined ? [] : [route(use, settings)],
    routing: { ...routing, ...rules },
    clock,
    random: seeded(1),
    canServe: () => undefined,
    modelFacts: () => undefined,
    keysOf: () => [],
    ...options,
  });
  return { clock, balancer };
}

/** What a plan names at once. */
export function pickOf(plan: RoutePlan): Pick {
  const next = noWait(plan);
  if (next.kind === 'none') throw new Error(`no place: ${next.reason}, ${next.why}`);
  return next.pick;
}

export function noWait(plan: RoutePlan): NextPick {
  const next = plan.next();
  if (next instanceof Promise) throw new Error('the call waits');
  return next;
}

export function end(plan: RoutePlan, pick: Pick, result: AttemptResult, rest: Partial<AttemptEnd> = {}): void {
  if (result === 'ok') plan.firstToken(pick, rest.firstTokenMs ?? 100);
  plan.ended(pick, { result, durationMs: 100, ...rest });
}

/** A whole call whose attempts end as told by target; the names of the targets, in order. */
export function goThrough(balancer: Balancer, results: (target: string) => AttemptResult, call: Partial<RoutedCall> = {}): string[] {
  const plan = balancer.plan(callFor(call));
  const seen: string[] = [];
  for (;;) {
    const next = noWait(plan);
    if (next.kind === 'none') break;
    const { pick } = next;
    seen.push(pick.target.id);
    const result = results(pick.target.id);
    end(plan, pick, result);
    if (result === 'ok' || !plan.mayGoOn(pick, result)) break;
  }
  plan.close();
  return seen;
}
