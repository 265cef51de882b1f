// Limits further attempts to a share of recent traffic, so that failing targets cannot start a storm of retries.
import type { Clock } from './plan.ts';
import { SlidingWindow } from './sliding-window.ts';

const spanMs = 10_000;
const cells = 10;
/** Always free within the span, so that a quiet machine can fail over. */
const reserve = 10;

/**
 * In every stretch of ten seconds at most `10 + share × calls` further attempts are granted, the calls being those of the
 * same ten seconds (to the second). Nothing is saved up beyond that: an hour of quiet does not pay for a storm.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #clock: Clock;
  readonly #calls = new SlidingWindow(spanMs, cells);
  readonly #retries = new SlidingWindow(spanMs, cells);

  constructor({ share, clock }: { share: number; clock: Clock }) {
    this.#share = share;
    this.#clock = clock;
  }

  /** A new call has come: it earns its share of a further attempt. */
  call(): void {
    this.#calls.add(this.#clock.now(), 1);
  }

  /** Whether one further attempt may be made; a true answer has spent it. */
  tryRetry(): boolean {
    const now = this.#clock.now();
    if (this.#retries.sum(now) + 1 > reserve + this.#share * this.#calls.sum(now)) return false;
    this.#retries.add(now, 1);
    return true;
  }
}
