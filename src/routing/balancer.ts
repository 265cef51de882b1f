// Chooses where calls go: one compiled route for each that the settings name, one board of what is known of the targets.
import type { RoutedCall, RouteSettings, RoutingSettings, TargetExplanation } from '../contract/routing.ts';
import type { TargetStatus } from '../contract/status.ts';
import type { Target } from '../contract/target.ts';
import { Board } from './board.ts';
import { compileRoute } from './compile-route.ts';
import { explainRoute } from './explain.ts';
import type { WeightedKey } from './key-pool.ts';
import type { ReadFacts } from './model-health.ts';
import { Group, Leaf } from './node.ts';
import type { Node } from './node.ts';
import { PlanRun } from './plan-run.ts';
import type { Run } from './plan-run.ts';
import type { Clock, RoutePlan, Router } from './plan.ts';
import { RetryBudget } from './retry-budget.ts';
import { compileRoutes } from './route-rules.ts';
import { statusOf } from './target-status.ts';
import { TargetState } from './target-state.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface BalancerOptions {
  readonly targets: readonly Target[];
  readonly routes: readonly RouteSettings[];
  readonly routing: RoutingSettings;
  readonly clock: Clock;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Why a target cannot serve a call, for people; `model` where the route asks for another than the client did. */
  readonly canServe: (target: Target, call: RoutedCall, model: string | undefined) => string | undefined;
  readonly modelFacts: ReadFacts;
  readonly keysOf: (target: Target) => readonly WeightedKey[];
  /** A CEL expression that failed while it ran: once for each route. The rule does not hold then. */
  readonly onRuleFailure?: (route: string, reason: string) => void;
}

interface Route {
  readonly settings: RouteSettings | undefined;
  readonly root: Node;
}

const defaultRoute = 'default';
const probeJitter = 0.2;
/** So long before the end of its rest a failed target is probed; probes come no closer than that. */
const probeAheadMs = 1_000;

export class Balancer implements Router {
  readonly #board: Board;
  readonly #routes: readonly Route[];
  readonly #default: Route;
  readonly #routeOf: (call: RoutedCall) => number;
  readonly #run: Run;
  readonly #probeMs: number;

  /** @throws AgentError `settings-invalid` where a route names what is not there, or cannot be compiled */
  constructor({ targets, routes, routing, clock, random, canServe, modelFacts, keysOf, onRuleFailure }: BalancerOptions) {
    const states = targets.map((target, i) => new TargetState(target, i, { routing, clock, random, keys: () => keysOf(target) }));
    this.#board = new Board(states, random);
    this.#routes = routes.map((settings) => ({ settings, root: compileRoute(settings.use, settings.id, this.#board) }));
    const inOrder = { strategy: 'cascade' as const, of: targets.map(({ id }) => id) };
    this.#default = { settings: undefined, root: compileRoute(inOrder, defaultRoute, this.#board) };
    this.#routeOf = compileRoutes(routes, onRuleFailure);
    this.#probeMs = routing.probeMs;
    this.#run = {
      scene: { board: this.#board, random, canServe, readFacts: modelFacts },
      clock,
      routing,
      waiting: new WaitingRoom(this.#board, clock),
      retries: new RetryBudget({ share: routing.retryShare, clock }),
    };
  }

  plan(call: RoutedCall): RoutePlan {
    const { settings, root } = this.#routes[this.#routeOf(call)] ?? this.#default;
    this.#run.retries.call();
    return new PlanRun(this.#run, root, call, settings);
  }

  /** True when the settings prefer a gateway to this target: a call that ends here has gone past it. */
  isPastGateway(target: Target): boolean {
    const at = this.#board.states.findIndex((state) => state.target.id === target.id);
    return target.kind !== 'gateway' && this.#board.states.slice(0, Math.max(0, at)).some((state) => state.target.kind === 'gateway');
  }

  status(): TargetStatus[] {
    const now = this.#run.clock.now();
    const all = this.#board.states.reduce((sum, { recent }) => sum + recent.sum(now), 0);
    return this.#board.states.map((state) => statusOf(state, this.#board.stateOf(state, now), all, now, this.#board.statedOf(state.index)));
  }

  /** Why each target gets the share it gets, at every place of every route. */
  explain(): TargetExplanation[] {
    return [...this.#routes, this.#default].flatMap(({ settings, root }) => explainRoute(settings?.id ?? defaultRoute, root, this.#run.scene, this.#run.clock));
  }

  /** A drained target gets no new calls. False: there is no such target. */
  drain(id: string, on: boolean): boolean {
    const state = this.#state(id);
    if (!state) return false;
    state.isDrained = on;
    if (on) this.#run.waiting.closed(state);
    else this.#run.waiting.freed(state);
    return true;
  }

  /** Changes the weight of a target, or of a provider's pool, in a route until the agent restarts. False: it stands nowhere there. */
  weigh(route: string, target: string, weight: number): boolean {
    const root = this.#routes.find(({ settings }) => settings?.id === route)?.root ?? (route === defaultRoute ? this.#default.root : undefined);
    return root !== undefined && setWeight(root, target, weight);
  }

  /** The result of an active probe. */
  probed(id: string, ok: boolean, milliseconds: number): void {
    const state = this.#state(id);
    if (!state) return;
    const now = this.#run.clock.now();
    state.heardAt = now;
    if (ok) {
      if (state.headMs === undefined) state.headCame(milliseconds);
      if (!state.breaker.isClosed) state.breaker.hasten(now);
      else if (state.detail === 'not used yet') state.detail = '';
      this.#run.waiting.freed(state);
      return;
    }
    state.detail = 'a probe found no sign of life';
    if (state.breaker.isClosed) state.breaker.failed(now, false);
    else state.breaker.probeFailed(now);
    if (!state.breaker.admits(now)) this.#run.waiting.closed(state);
  }

  /** Targets to be probed now: those that have failed, and those that nobody has heard of for a while. Each is named once and counts as probed. */
  dueForProbe(): string[] {
    if (this.#probeMs === 0) return [];
    const now = this.#run.clock.now();
    const due: string[] = [];
    for (const state of this.#board.states) {
      const { kind, id } = state.target;
      if (kind === 'origin' || kind === 'simulator' || !this.#isDue(state, now)) continue;
      state.probedAt = now;
      state.probeAt = now + this.#probeMs * (1 + probeJitter * (2 * this.#run.scene.random() - 1));
      state.breaker.awaitProbe(now);
      due.push(id);
    }
    return due;
  }

  #isDue(state: TargetState, now: number): boolean {
    if (state.breaker.isClosed) return now >= state.probeAt && now - state.heardAt >= this.#probeMs;
    // A failed target is probed as often as the settings say, so that it is back soon, and when its rest is nearly over: the probe takes the risk, not a call.
    return now - state.probedAt >= probeAheadMs && (now >= state.probeAt || state.breaker.restLeft(now) <= probeAheadMs);
  }

  #state(id: string): TargetState | undefined {
    return this.#board.states.find(({ target }) => target.id === id);
  }
}

function setWeight(node: Node, name: string, weight: number): boolean {
  const isIt = node.name === name;
  if (isIt) node.weight = weight;
  if (!(node instanceof Group)) return isIt && node instanceof Leaf;
  return node.children.map((child) => setWeight(child, name, weight)).some(Boolean) || isIt;
}
