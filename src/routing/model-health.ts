// What is known of one model at one target: its breaker, its speed, and the attempts that have not spoken yet.
import { Breaker } from './breaker.ts';
import { Latency } from './latency.ts';
import type { ModelFacts } from './model-facts.ts';
import type { Quota } from './quota.ts';
import { Silence } from './silence.ts';

export type ReadFacts = (provider: string | undefined, model: string | undefined) => ModelFacts | undefined;

/** So often, in milliseconds, a call looks whether one that has become slow still is. */
const lookMs = 10_000;
const successesToClose = 3;

export class ModelHealth {
  readonly breaker: Breaker;
  readonly latency = new Latency();
  readonly silence = new Silence(this.latency);
  /** What a gateway passes on of its providers' limits: they are the model's, not the gateway's. Undefined until it has answered once. */
  quota: Quota | undefined;
  /** Attempts without a first token. */
  pending = 0;
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

  /** It has become several times slower than it was: one call at a time looks whether it still is. */
  isToBeSpared(now: number): boolean {
    if (this.silence.isProven(now)) return true;
    return this.latency.isSlow(now) && (this.pending > 0 || (!this.latency.wasQuick && now - this.latency.at < lookMs));
  }
}
