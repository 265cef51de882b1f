// What came of the calls of one run, in numbers.
import type { HealthState } from '../../src/contract/routing.ts';
import type { Pick } from '../../src/routing/plan.ts';
import { Homes } from './homes.ts';
import type { Site, Spell } from './site.ts';
import type { Call } from './traffic.ts';

export const ends = ['ok', 'failed', 'broken', 'late', 'overloaded', 'resting', 'exhausted', 'unserved'] as const;
export type End = (typeof ends)[number];

export interface CallEnd {
  readonly end: End;
  readonly attempts: number;
  readonly cost: number;
  readonly firstTokenMs: number;
}

/** The picks of one target in one outage. */
export interface OutagePicks {
  readonly site: string;
  readonly spell: Spell;
  /** Before the router called the target failed. */
  unaware: number;
  /** Trials of a target that the router knew to have failed. */
  trials: number;
  /** Picks of a failed target that were no trials: there must be none. */
  blind: number;
}

export class Ledger {
  readonly #stateOf: (target: string) => HealthState;
  readonly #ends = new Map<End, number>();
  readonly #firstTokens: number[] = [];
  readonly #outages = new Map<string, OutagePicks>();
  readonly #refused = new Map<string, number>();
  readonly homes = new Homes();
  /** Targets of first attempts, in order. */
  readonly placed: string[] = [];
  calls = 0;
  attempts = 0;
  mostAttempts = 0;
  cost = 0;
  /** Calls placed where the context is too small or tools are missing. */
  misplaced = 0;

  constructor(stateOf: (target: string) => HealthState) {
    this.#stateOf = stateOf;
  }

  picked(call: Call, pick: Pick, site: Site, now: number): void {
    const { facts } = site.settings;
    if (call.inputTokens > facts.contextTokens || (call.routed.tools && !facts.tools)) this.misplaced += 1;
    const spell = site.isOut(now) ? site.spellAt(now) : undefined;
    if (spell) this.#pickedOut(spell, site.id, pick.isTrial);
    if (pick.attempt !== 1) return;
    this.placed.push(site.id);
    if (call.routed.session !== undefined) this.homes.went(call.routed.session, site.id);
  }

  #pickedOut(spell: Spell, site: string, isTrial: boolean): void {
    const name = `${site} ${spell.from}`;
    const picks = this.#outages.get(name) ?? { site, spell, unaware: 0, trials: 0, blind: 0 };
    this.#outages.set(name, picks);
    if (isTrial) picks.trials += 1;
    else if (this.#stateOf(site) === 'failed') picks.blind += 1;
    else picks.unaware += 1;
  }

  refused(site: Site): void {
    this.#refused.set(site.id, (this.#refused.get(site.id) ?? 0) + 1);
  }

  closed({ end, attempts, cost, firstTokenMs }: CallEnd): void {
    this.calls += 1;
    this.attempts += attempts;
    this.mostAttempts = Math.max(this.mostAttempts, attempts);
    this.cost += cost;
    this.#ends.set(end, this.count(end) + 1);
    if (end === 'ok') this.#firstTokens.push(firstTokenMs);
  }

  count(end: End): number {
    return this.#ends.get(end) ?? 0;
  }

  get successRate(): number {
    return this.count('ok') / this.calls;
  }

  /** 429s that calls ran into. */
  get refusals(): number {
    let sum = 0;
    for (const count of this.#refused.values()) sum += count;
    return sum;
  }

  get outages(): readonly OutagePicks[] {
    return [...this.#outages.values()];
  }

  /** First token of the calls that succeeded, milliseconds from the call, queue and lost attempts included. */
  firstTokens(): { readonly mean: number; readonly p50: number; readonly p95: number; readonly p99: number } {
    const sorted = Float64Array.from(this.#firstTokens).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
    return { mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  /** The largest difference, in calls, between what a target got of any 1,000 calls in a row and its share of them. */
  shareError(weights: ReadonlyMap<string, number>): number {
    const span = Math.min(1000, this.placed.length);
    let total = 0;
    for (const weight of weights.values()) total += weight;
    let worst = 0;
    for (const [id, weight] of weights) {
      let count = 0;
      this.placed.forEach((placed, i) => {
        if (placed === id) count += 1;
        if (this.placed[i - span] === id) count -= 1;
        if (i >= span - 1) worst = Math.max(worst, Math.abs(count - (span * weight) / total));
      });
    }
    return worst;
  }
}
