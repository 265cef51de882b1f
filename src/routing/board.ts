// Everything routing knows of targets and their models, found without searching.
import type { HealthState, QuotaLeft } from '../contract/routing.ts';
import { ModelHealth } from './model-health.ts';
import type { TargetState } from './target-state.ts';

/** Clients name models as they like; the one that came first is forgotten first. */
const mostModels = 300;
/** Share of failures from which a target counts as degraded. */
const degradedErrors = 0.05;

/** One model at every target. */
export class ModelRow {
  readonly model: string | undefined;
  readonly healths: (ModelHealth | undefined)[];
  readonly #random: () => number;

  constructor(model: string | undefined, targets: number, random: () => number) {
    this.model = model;
    this.healths = new Array<ModelHealth | undefined>(targets).fill(undefined);
    this.#random = random;
  }

  at(target: number): ModelHealth {
    return (this.healths[target] ??= new ModelHealth(this.#random));
  }
}

export class Board {
  readonly states: readonly TargetState[];
  readonly #random: () => number;
  readonly #rows = new Map<string, ModelRow>();
  readonly #unnamed: ModelRow;
  /** Of models that routes name; never forgotten. */
  readonly #kept = new Map<string, ModelRow>();

  constructor(states: readonly TargetState[], random: () => number) {
    this.states = states;
    this.#random = random;
    this.#unnamed = new ModelRow(undefined, states.length, random);
  }

  row(model: string | undefined): ModelRow {
    if (model === undefined) return this.#unnamed;
    const known = this.#kept.get(model) ?? this.#rows.get(model);
    if (known) return known;
    if (this.#rows.size >= mostModels) for (const oldest of this.#rows.keys()) return this.#enter(model, oldest);
    return this.#enter(model, undefined);
  }

  /** The row of a model that a route names. */
  keptRow(model: string): ModelRow {
    const row = this.#kept.get(model) ?? new ModelRow(model, this.states.length, this.#random);
    this.#kept.set(model, row);
    return row;
  }

  /** The model of the newest first token, which speaks for a target where none is named. */
  busiestModel(now: number): string | undefined {
    let [best, least] = [this.#unnamed.model, Infinity];
    for (const row of this.#allRows()) {
      for (const health of row.healths) {
        const age = health ? now - health.latency.at : Infinity;
        if (age < least) [best, least] = [row.model, age];
      }
    }
    return best;
  }

  *healthsOf(target: number): Generator<ModelHealth> {
    for (const row of this.#allRows()) {
      const health = row.healths[target];
      if (health) yield health;
    }
  }

  /** What is left of the limits that are stated of single models. */
  statedOf(target: number): readonly QuotaLeft[] {
    return [...this.healthsOf(target)].flatMap(({ quota }) => quota?.left() ?? []);
  }

  *#allRows(): Generator<ModelRow> {
    yield this.#unnamed;
    yield* this.#kept.values();
    yield* this.#rows.values();
  }

  stateOf(state: TargetState, now: number): HealthState {
    if (!state.breaker.isClosed) return inTrial(state.breaker.isResting(now));
    let [known, resting, trying, isDegraded] = [0, 0, 0, false];
    let isRecovering = state.breaker.ramp(now) < 1;
    for (const health of this.healthsOf(state.index)) {
      known += 1;
      const one = modelState(health, now);
      if (one === 'failed') resting += 1;
      if (one === 'recovering' && !health.breaker.isClosed) trying += 1;
      isRecovering ||= one === 'recovering';
      isDegraded ||= one === 'degraded' || one === 'failed';
    }
    if (known > 0 && resting + trying === known) return inTrial(trying === 0);
    return isRecovering ? 'recovering' : isDegraded ? 'degraded' : 'healthy';
  }

  #enter(model: string, oldest: string | undefined): ModelRow {
    if (oldest !== undefined) this.#rows.delete(oldest);
    const row = new ModelRow(model, this.states.length, this.#random);
    this.#rows.set(model, row);
    return row;
  }
}

const inTrial = (isResting: boolean): HealthState => (isResting ? 'failed' : 'recovering');

export function modelState(health: ModelHealth, now: number): HealthState {
  const { breaker, latency } = health;
  if (!breaker.isClosed) return inTrial(breaker.isResting(now));
  if (breaker.ramp(now) < 1) return 'recovering';
  return latency.isSlow(now) || health.silence.isProven(now) || breaker.errorRate(now) > degradedErrors ? 'degraded' : 'healthy';
}
