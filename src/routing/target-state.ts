// What is known of one target while the agent runs: calls under way and waiting, quota, keys, breaker, tallies.
import type { RoutingSettings } from '../contract/routing.ts';
import type { Target } from '../contract/target.ts';
import { Breaker } from './breaker.ts';
import { FairQueue } from './fair-queue.ts';
import { KeyPool } from './key-pool.ts';
import type { WeightedKey } from './key-pool.ts';
import type { Clock } from './plan.ts';
import { Quota } from './quota.ts';
import { SlidingWindow } from './sliding-window.ts';

const shareSpanMs = 300_000;
const shareCells = 30;
const defaultQueue = 100;
/** A guess for calls that wait for one of those under way to end. */
const someMs = 1_000;

export interface TargetStateOptions {
  readonly routing: RoutingSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly keys: () => readonly WeightedKey[];
}

/** `W` is what waits. */
export class TargetState<W = unknown> {
  readonly target: Target;
  readonly index: number;
  /** Of connections; what a single model does wrong is the model's. */
  readonly breaker: Breaker;
  readonly quota: Quota;
  readonly queue: FairQueue<W>;
  readonly keys: KeyPool;
  /** Picks of the last five minutes. */
  readonly recent = new SlidingWindow(shareSpanMs, shareCells);
  isDrained = false;
  inFlight = 0;
  /** Of calls under way, by estimate. */
  tokensUnderWay = 0;
  tokensWaiting = 0;
  answered = 0;
  /** Moving mean of the time to the head of an answer. */
  headMs: number | undefined;
  detail = 'not used yet';
  /** When an outcome or a probe last told something; monotonic milliseconds. */
  heardAt = -Infinity;
  /** While it is well, probes before that are too early. */
  probeAt: number;
  probedAt = -Infinity;
  readonly #limit: number;
  readonly #clock: Clock;

  constructor(target: Target, index: number, { routing, clock, random, keys }: TargetStateOptions) {
    const { limits } = target;
    this.target = target;
    this.index = index;
    this.breaker = new Breaker(random, 1);
    this.quota = new Quota({ limits, clock });
    this.queue = new FairQueue({ limit: limits?.queue ?? defaultQueue, shares: routing.shares, clock });
    this.keys = new KeyPool(keys, clock);
    this.probeAt = clock.now() + random() * routing.probeMs;
    this.#clock = clock;
    this.#limit = limits?.inFlight ?? Infinity;
  }

  get isFull(): boolean {
    return this.inFlight >= this.#limit;
  }

  /** Milliseconds until its quotas let such a call through; 0: now. Calls under way and waiting are another matter. */
  quotaWait(tokens: number, now: number): number {
    return Math.max(this.quota.waitFor(tokens, now), this.keys.waitFor(tokens, now));
  }

  hasRoom(tokens: number, now: number): boolean {
    return !this.isFull && this.quota.waitFor(tokens, now) === 0 && this.keys.waitFor(tokens, now) === 0;
  }

  /** Honest guess of the wait for a call that comes now, milliseconds. */
  waitEstimate(tokens: number, now: number): number {
    const queued = this.queue.size > 0 ? this.queue.waitEstimateMs() : 0;
    return Math.max(this.quotaWait(tokens, now), queued, this.isFull ? someMs : 0);
  }

  /** Share used of the fullest limit, 0 to 1. */
  used(now: number): number {
    return Math.max(this.quota.used(), this.keys.used(now), this.#limit === Infinity ? 0 : Math.min(1, this.inFlight / this.#limit));
  }

  /** For what is stated of one model alone. */
  newQuota(): Quota {
    return new Quota({ limits: undefined, clock: this.#clock });
  }

  /** Calls go to the host that the client meant, with its own credential: neither its failures nor its limits are another call's. */
  get isClientsOwn(): boolean {
    return this.target.kind === 'origin' || this.target.kind === 'simulator';
  }

  headCame(milliseconds: number): void {
    this.headMs = this.headMs === undefined ? milliseconds : 0.8 * this.headMs + 0.2 * milliseconds;
  }
}
