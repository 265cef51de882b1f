// Tells a target that hangs from one that is slow by chance: how unlikely it is that so many attempts have no sign of life yet.
import type { Latency } from './latency.ts';

/** Doubt is the logarithm of how unlikely a silence is; at 16 it happens by chance once in nine million. */
const enough = 16;
/** One attempt alone may just have a long request: it takes three. */
const mostOfOne = 6;
/** No answer is late before this part of the usual time, nor before so many milliseconds: a pause of this machine looks the same everywhere. */
const earliest = 0.75;
const earliestMs = 250;
/** A twentieth of all answers comes after the 95th percentile, so an attempt of that age is worth ln 20. */
const doubtAtP95 = 3;

export class Silence {
  readonly #latency: Latency;
  /** Starts of the attempts that began after all those that gave a sign of life, in order. */
  readonly #unheard: number[] = [];
  /** Doubt from attempts that were given up since. */
  #lost = 0;
  #lostStart = -Infinity;

  constructor(latency: Latency) {
    this.#latency = latency;
  }

  began(start: number): void {
    this.#unheard.push(start);
  }

  /** A sign of life from the attempt of that start: those before it say nothing any more. */
  heard(start: number): void {
    for (let oldest = this.#unheard[0]; oldest !== undefined && oldest <= start; oldest = this.#unheard[0]) this.#unheard.shift();
    if (start >= this.#lostStart) this.#lost = 0;
  }

  /** The attempt is over. */
  ended(start: number): void {
    const at = this.#unheard.indexOf(start);
    if (at >= 0) this.#unheard.splice(at, 1);
  }

  /** The attempt was given up without a sign of life; to be followed by `ended`. @returns its own doubt */
  lost(start: number, now: number): number {
    const doubt = this.#doubtOf(start, now);
    this.#lost += doubt;
    this.#lostStart = start;
    return doubt;
  }

  /** Whether something is wrong there, by the attempts that are silent and those that were given up. */
  isProven(now: number): boolean {
    let doubt = this.#lost;
    for (const start of this.#unheard) {
      const own = this.#doubtOf(start, now);
      if (own === 0) break;
      doubt += own;
      if (doubt >= enough) return true;
    }
    return doubt >= enough;
  }

  forgive(): void {
    this.#lost = 0;
  }

  #doubtOf(start: number, now: number): number {
    const { usualMs, p95Ms } = this.#latency;
    const late = now - start - Math.max(earliestMs, earliest * usualMs);
    // NaN while nothing is known.
    if (p95Ms === undefined || !(late > 0)) return 0;
    return Math.min(mostOfOne, (doubtAtP95 * late) / Math.max(p95Ms - earliest * usualMs, usualMs));
  }
}

/** As unlikely as an attempt older than the 95th percentile: enough for a trial to have failed. */
export const doubtOfTrial = doubtAtP95;
