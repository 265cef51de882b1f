// What is left of one limit that a provider states in its answers, between one answer and the next.
import type { RateWindow } from './rate-headers.ts';

/** The length of a window where no answer says when it begins anew, and the longest that is assumed. */
const usualMs = 60_000;
const dayMs = 86_400_000;
/** How far a reset may lie from the reckoned one: providers round to seconds, and tokens to thousands. */
const toleranceMs = 2_000;

export class StatedWindow {
  readonly unit: RateWindow['unit'];
  readonly limit: number | undefined;
  /** The furthest reset seen: as long as the window is, as far as is known. */
  readonly lengthMs: number | undefined;
  #level: number;
  /** The level is that of this moment; monotonic milliseconds, as all times here. */
  #at: number;
  #resetAt: number;
  /** What comes back per millisecond; 0 where all comes back at the reset. */
  #rate: number;

  /** @param before the same limit by the answer before; @param placedSince requests or tokens that were sent after the answered call, and that the figure can not know of */
  constructor(stated: RateWindow, before: StatedWindow | undefined, placedSince: number, now: number) {
    this.unit = stated.unit;
    // a limit of 0 would say that nothing ever passes, and then it would say so with 429
    this.limit = stated.limit === 0 ? undefined : stated.limit;
    this.#level = Math.max(0, stated.remaining - placedSince);
    this.#at = now;
    this.#resetAt = now + (stated.resetMs ?? usualMs);
    this.#rate = fillRate(stated);
    this.lengthMs = stated.resetMs === undefined ? before?.lengthMs : Math.max(stated.resetMs, before?.lengthMs ?? 0);
  }

  /** What may be placed now. */
  left(now: number): number {
    if (now >= this.#resetAt) this.#renew(now);
    return Math.min(this.limit ?? Infinity, this.#level + this.#rate * (now - this.#at));
  }

  take(amount: number, now: number): void {
    this.#level = Math.max(0, this.left(now) - amount);
    this.#at = now;
  }

  /** Milliseconds until so much may be placed. More than the whole limit is let through when the window is whole. */
  waitFor(amount: number, now: number): number {
    const missing = Math.min(amount, this.limit ?? Infinity) - this.left(now);
    if (missing <= 0) return 0;
    const untilReset = this.#resetAt - now;
    return this.#rate === 0 ? untilReset : Math.min(untilReset, Math.ceil(missing / this.#rate));
  }

  /** A window that is over begins anew, as long as the longest seen; the next answer says better. */
  #renew(now: number): void {
    this.#level = this.limit ?? Infinity;
    this.#at = now;
    this.#resetAt = now + Math.min(usualMs, this.lengthMs ?? usualMs);
    this.#rate = 0;
  }
}

/** Whether the limit comes back bit by bit shows in the figures: the reset is then as far as the refilling of what is gone takes, by the minute or by the day. */
function fillRate({ fills, limit, remaining, resetMs }: RateWindow): number {
  if (!fills || limit === undefined || resetMs === undefined) return 0;
  for (const length of [usualMs, dayMs]) {
    const rate = limit / length;
    if (Math.abs((limit - remaining) / rate - resetMs) <= toleranceMs) return rate;
  }
  return 0;
}
