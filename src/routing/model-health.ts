// What is known of one model at one target: its breaker, its speed, and the attempts that have not spoken yet.
import { Breaker } from './breaker.ts';
import { Latency } from './latency.ts';
import type { ModelFacts } from './model-facts.ts';

export type ReadFacts = (provider: string | undefined, model: string | undefined) => ModelFacts | undefined;

/** So many attempts have to be silent together before the target is passed over. */
const silentAttempts = 3;
/** With n attempts pending, first tokens come n times as often; after so many times that gap, and the whole usual time of one, silence is a sign. */
const missedSigns = 12;
const leastSilenceMs = 300;
const successesToClose = 3;

export class ModelHealth {
  readonly breaker: Breaker;
  readonly latency = new Latency();
  /** Attempts without a first token. */
  pending = 0;
  #quietSince = 0;
  #facts: ModelFacts | undefined;
  #factsOf: string | undefined | null = null;

  constructor(random: () => number) {
    this.breaker = new Breaker(random, successesToClose);
  }

  /** Looked up once: the provider of a model at a target hardly changes. */
  facts(read: ReadFacts, provider: string | undefined, model: string | undefined): ModelFacts | undefined {
    if (this.#factsOf !== provider) {
      this.#factsOf = provider;
      this.#facts = read(provider, model);
    }
    return this.#facts;
  }

  began(now: number): void {
    if (this.pending === 0) this.#quietSince = now;
    this.pending += 1;
  }

  /** Any sign of life. */
  spoke(now: number): void {
    this.#quietSince = now;
  }

  /** The attempt has its first token, or will never have one. */
  settled(): void {
    this.pending = Math.max(0, this.pending - 1);
  }

  /** Attempts pile up and none gets an answer: a target that hangs shows this long before the first time limit. */
  isSilent(now: number): boolean {
    if (this.pending < silentAttempts) return false;
    const quiet = now - this.#quietSince;
    const { meanMs, p95Ms } = this.latency;
    return p95Ms !== undefined && quiet > leastSilenceMs && quiet > meanMs && quiet > (missedSigns * meanMs) / this.pending;
  }
}
