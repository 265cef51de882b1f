// Knows how many requests and tokens a target takes now, so that calls are placed before they would be refused.
import type { RawHeaders } from '../contract/exchange.ts';
import type { QuotaLeft, TargetLimits } from '../contract/routing.ts';
import type { Clock } from './plan.ts';
import type { RateWindow } from './rate-headers.ts';
import { readRateHeaders } from './rate-headers.ts';
import { SlidingWindow } from './sliding-window.ts';
import { StatedWindow } from './stated-window.ts';

const minuteMs = 60_000;
const cells = 60;
/** Rests after refusals that do not say how long: 1 s, 2 s, 4 s … */
const firstRestMs = 1_000;
const longestRestMs = 30_000;

/** One call that was placed, for what is heard of it later. */
export interface Placement {
  readonly at: number;
  /** Everything placed so far, this call included. */
  readonly requests: number;
  readonly tokens: number;
}

interface OwnLimit {
  readonly limit: number;
  readonly placed: SlidingWindow;
}

/**
 * The quota of one target, or of one key at it.
 *
 * By settings: in no stretch of sixty seconds are more requests placed than `requestsPerMinute`, nor more tokens than
 * `tokensPerMinute`, tokens counting by estimate until `settle` corrects them. In exchange a place comes back up to a second
 * late. A call larger than the whole limit is let through alone. This holds as long as `take` follows on `waitFor() === 0`.
 *
 * By the provider's headers: what it says remains, less what was placed since. Waits it asks for are kept, an hour at most.
 * Times are those of the monotonic clock: a jump of the wall clock moves nothing.
 */
export class Quota {
  readonly #clock: Clock;
  readonly #requests: OwnLimit | undefined;
  readonly #tokens: OwnLimit | undefined;
  readonly #stated = new Map<string, StatedWindow>();
  #placed: Placement = { at: 0, requests: 0, tokens: 0 };
  #restsUntil = -Infinity;
  /** Whether anything could hold a call up: of most keys nothing is known, and there are many of them. */
  #isBound: boolean;
  /** Refusals in a row that did not say how long to wait. */
  #refusals = 0;

  constructor({ limits, clock }: { limits: TargetLimits | undefined; clock: Clock }) {
    this.#clock = clock;
    this.#requests = ownLimit(limits?.requestsPerMinute);
    this.#tokens = ownLimit(limits?.tokensPerMinute);
    this.#isBound = this.#requests !== undefined || this.#tokens !== undefined;
  }

  /** Milliseconds until a call of that many tokens would be let through; 0: now. */
  waitFor(tokens: number, now = this.#clock.now()): number {
    if (!this.#isBound) return 0;
    return Math.max(0, this.#restsUntil - now, ownWait(this.#requests, 1, now), ownWait(this.#tokens, tokens, now), this.#statedWait(tokens, now));
  }

  /** Counts a call as placed. What it gives back belongs to the answer of this call: to `observe`, then to `settle`. */
  take(tokens: number): Placement {
    const now = this.#clock.now();
    this.#requests?.placed.add(now, 1);
    this.#tokens?.placed.add(now, tokens);
    for (const window of this.#stated.values()) window.take(amountOf(window.unit, 1, tokens), now);
    this.#placed = { at: now, requests: this.#placed.requests + 1, tokens: this.#placed.tokens + tokens };
    return this.#placed;
  }

  /**
   * Corrects the estimate of a call that has ended; 0 where it never reached the target. The provider's own figures are
   * left alone: its next answer corrects them. Without the placement a call is taken to be younger than a minute.
   */
  settle(estimated: number, actual: number, placement?: Placement): void {
    const own = this.#tokens;
    if (own === undefined || !Number.isFinite(actual)) return;
    const now = this.#clock.now();
    const more = Math.max(0, actual) - estimated;
    // more than the limit would only stand in the way of calls that have nothing to do with it
    if (more > 0) own.placed.add(now, Math.min(more, own.limit));
    else if (now - (placement?.at ?? now) < minuteMs) own.placed.takeBack(now, -more);
  }

  /**
   * Takes in the head of an answer. The figures in it are as old as the call, so with its `placement` what was placed after it
   * is taken off; without, they count as of now. Only 408, 429 and 5xx may ask for a rest.
   */
  observe(status: number, headers: RawHeaders, placement: Placement = this.#placed): void {
    const now = this.#clock.now();
    const { windows, retryAfterMs } = readRateHeaders(headers, this.#clock.wall());
    const requests = this.#placed.requests - placement.requests;
    const tokens = this.#placed.tokens - placement.tokens;
    for (const window of windows) {
      this.#stated.set(window.name, new StatedWindow(window, this.#stated.get(window.name), amountOf(window.unit, requests, tokens), now));
    }
    const isResting = now < this.#restsUntil;
    this.#isBound ||= windows.length > 0 || status >= 400;
    if (status < 400) {
      if (!isResting) this.#refusals = 0;
    } else if (retryAfterMs !== undefined && retryAfterMs > 0 && (status === 408 || status === 429 || status >= 500)) {
      this.#restsUntil = Math.max(this.#restsUntil, now + retryAfterMs);
    } else if (status === 429 && !isResting && this.#statedWait(1, now) === 0) {
      // calls refused together are one refusal, and a limit that is stated as used up needs no guess
      this.#restsUntil = now + Math.min(firstRestMs * 2 ** this.#refusals++, longestRestMs);
    }
  }

  /** What is left now: of all limits of a kind, the one with the least. */
  left(): QuotaLeft {
    const now = this.#clock.now();
    const requests = leastOf(this.#bounds('requests', now));
    const tokens = leastOf(this.#bounds('tokens', now));
    const rest = this.#restsUntil - now;
    return {
      requests: requests?.left,
      requestsLimit: requests?.limit,
      tokens: tokens?.left,
      tokensLimit: tokens?.limit,
      restingUntil: rest > 0 ? this.#clock.wall() + rest : undefined,
    };
  }

  /** Share used of the fullest window, 0 to 1; 1 while the target rests. */
  used(): number {
    if (!this.#isBound) return 0;
    const now = this.#clock.now();
    if (now < this.#restsUntil) return 1;
    let most = 0;
    for (const unit of ['requests', 'tokens', 'output-tokens'] as const) {
      for (const { left, limit } of this.#bounds(unit, now)) if (limit !== undefined) most = Math.max(most, 1 - left / limit);
    }
    return Math.min(1, most);
  }

  #statedWait(tokens: number, now: number): number {
    let longest = 0;
    for (const window of this.#stated.values()) {
      // how long an answer becomes is not known before: there has to be something left
      longest = Math.max(longest, window.waitFor(window.unit === 'output-tokens' ? 1 : amountOf(window.unit, 1, tokens), now));
    }
    return longest;
  }

  #bounds(unit: RateWindow['unit'], now: number): Bound[] {
    const own = unit === 'requests' ? this.#requests : unit === 'tokens' ? this.#tokens : undefined;
    const bounds: Bound[] = own === undefined ? [] : [{ left: Math.max(0, own.limit - own.placed.sum(now)), limit: own.limit }];
    for (const window of this.#stated.values()) {
      const left = window.left(now);
      if (window.unit === unit && left !== Infinity) bounds.push({ left: Math.floor(left), limit: window.limit });
    }
    return bounds;
  }
}

interface Bound {
  readonly left: number;
  readonly limit: number | undefined;
}

function ownLimit(limit: number | undefined): OwnLimit | undefined {
  return limit === undefined ? undefined : { limit, placed: new SlidingWindow(minuteMs, cells) };
}

function ownWait(own: OwnLimit | undefined, amount: number, now: number): number {
  return own === undefined ? 0 : own.placed.waitUntil(now, Math.max(0, own.limit - amount));
}

/** What a window of this unit loses by so many requests and tokens. Of the tokens of an answer only the provider knows. */
function amountOf(unit: RateWindow['unit'], requests: number, tokens: number): number {
  return unit === 'requests' ? requests : unit === 'tokens' ? tokens : 0;
}

function leastOf(bounds: readonly Bound[]): Bound | undefined {
  return bounds.reduce<Bound | undefined>((least, bound) => (least === undefined || bound.left < least.left ? bound : least), undefined);
}
