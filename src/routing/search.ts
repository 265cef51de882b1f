// One call's view of the targets: which are open to it now, and what stands before the others.
import type { RoutedCall } from '../contract/routing.ts';
import type { Target } from '../contract/target.ts';
import type { Board, ModelRow } from './board.ts';
import { unmet } from './demand.ts';
import type { ModelFacts } from './model-facts.ts';
import type { ModelHealth, ReadFacts } from './model-health.ts';
import type { Group, Leaf } from './node.ts';
import type { TargetState } from './target-state.ts';

export interface Scene {
  readonly board: Board;
  readonly random: () => number;
  readonly canServe: (target: Target, call: RoutedCall, model: string | undefined) => string | undefined;
  readonly readFacts: ReadFacts;
}

export type Obstacle = 'drained' | 'tried' | 'resting' | 'key-refused' | 'unfit' | 'unserved' | 'spared' | 'full';

/** `best`: well and with room. `room`: also those that recover, or are slow or silent. `any`: also those at their limit. */
export type Level = 'best' | 'room' | 'any';

export class Search {
  readonly call: RoutedCall;
  readonly scene: Scene;
  /** Monotonic milliseconds of this step. */
  now = 0;
  level: Level = 'best';
  /** No attempt has been made yet. */
  isFirst = true;
  /** There is no other place: a model that fails there is asked all the same, for its own error says more than ours. The line is another matter. */
  readonly #isOnly: boolean;
  /** The call has waited its turn: the queue does not stand before it. */
  hasWaited = false;
  readonly #row: ModelRow;
  /** Of this step: targets that recover take as large a share of calls as they are ready for. */
  #luck = 0;
  #triedTargets: TargetState[] | undefined;
  #triedModels: ModelHealth[] | undefined;
  #limits: Map<Group, number> | undefined;

  constructor(scene: Scene, call: RoutedCall, isOnly = false) {
    this.#isOnly = isOnly;
    this.scene = scene;
    this.call = call;
    this.#row = scene.board.row(call.model);
  }

  begin(now: number): void {
    this.now = now;
    this.#luck = this.scene.random();
  }

  healthOf(leaf: Leaf): ModelHealth {
    return (leaf.row ?? this.#row).at(leaf.state.index);
  }

  modelOf(leaf: Leaf): string | undefined {
    return leaf.model ?? this.call.model;
  }

  factsOf(leaf: Leaf): ModelFacts | undefined {
    const { target } = leaf.state;
    const provider = target.kind === 'provider' ? target.provider : this.call.provider;
    return this.healthOf(leaf).facts(this.scene.readFacts, provider, this.modelOf(leaf));
  }

  triedTarget(state: TargetState): void {
    (this.#triedTargets ??= []).push(state);
  }

  triedModel(health: ModelHealth): void {
    (this.#triedModels ??= []).push(health);
  }

  /** From now on only the children before `limit` may be chosen. */
  limit(group: Group, limit: number): void {
    this.#limits ??= new Map();
    this.#limits.set(group, Math.min(limit, this.limitOf(group)));
  }

  limitOf(group: Group): number {
    return this.#limits?.get(group) ?? group.children.length;
  }

  /** What stands between the call and this place now; undefined: nothing. @param isAgain that it was tried does not count */
  obstacle(leaf: Leaf, isAgain = false): Obstacle | undefined {
    const { state, demand } = leaf;
    const { now, call, level } = this;
    if (state.isDrained) return 'drained';
    const health = this.healthOf(leaf);
    if (!isAgain && this.#isTried(state, health)) return 'tried';
    if (!state.breaker.admits(now) || !(this.#isOnly || health.breaker.admits(now))) return 'resting';
    if (demand !== undefined && unmet(demand, state.target, call, this.factsOf(leaf)) !== undefined) return 'unfit';
    if (this.scene.canServe(state.target, call, leaf.model) !== undefined) return 'unserved';
    if (level === 'best' && this.#isSpared(state, health)) return 'spared';
    return this.#wantOfRoom(state, health);
  }

  #isTried(state: TargetState, health: ModelHealth): boolean {
    return this.#triedTargets?.includes(state) === true || this.#triedModels?.includes(health) === true;
  }

  /** It recovers and has had its part of calls, or has become slow or silent. */
  #isSpared({ breaker }: TargetState, health: ModelHealth): boolean {
    const { now } = this;
    return breaker.ramp(now) < this.#luck || health.breaker.ramp(now) < this.#luck || health.isToBeSpared(now);
  }

  #wantOfRoom(state: TargetState, { quota }: ModelHealth): Obstacle | undefined {
    const { now, level } = this;
    if (state.keys.isSpent(now)) return 'key-refused';
    if (level === 'any') return undefined;
    if (!this.hasWaited && state.queue.size > 0) return 'full';
    const tokens = this.call.estimatedTokens;
    return state.hasRoom(tokens, now) && (quota === undefined || quota.waitFor(tokens) === 0) ? undefined : 'full';
  }
}
