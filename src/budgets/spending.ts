// What one account has spent, by the time it was spent: in nano-dollars, as whole numbers add up exactly.
import { longestPeriod, slotAt, slotsKept } from './periods.ts';
import type { Per, Slot, Window } from './periods.ts';

interface Booked extends Slot {
  nano: number;
}

/** As it is kept in the file: from, closes, until, nano-dollars. */
export type KeptSlot = readonly [from: number, closes: number, until: number, nano: number];

/**
 * A clock that jumps back gives nothing back: what is dated later than now counts, and what is spent meanwhile is booked beside it.
 * A clock that was ahead by mistake is forgiven after one period: then what it had dated too late is dated anew.
 * A clock that jumps forward ends periods as time does; nobody can tell the difference without a network.
 */
export class Spending {
  readonly #per: Per;
  readonly #window: Window;
  /** In the order of time. */
  #slots: Booked[] = [];
  #used = 0;
  /** `#used` holds from here to before there. */
  #holdsFrom = 0;
  #holdsUntil = 0;
  /** When the clock was first seen to stand before the newest slot. */
  #behindSince: number | undefined;

  constructor(per: Per, window: Window) {
    this.#per = per;
    this.#window = window;
  }

  /** Nano-dollars that count now. */
  used(now: number): number {
    if (now < this.#holdsFrom || now >= this.#holdsUntil) {
      const counted = this.#counted(now);
      this.#used = counted.reduce((sum, { nano }) => sum + nano, 0);
      this.#holdsFrom = now;
      this.#holdsUntil = counted.reduce((least, { until }) => Math.min(least, until), Number.POSITIVE_INFINITY);
    }
    return this.#used;
  }

  add(now: number, nano: number): void {
    if (nano === 0) return;
    const newest = this.#slots.at(-1);
    if (newest !== undefined && now < newest.closes) {
      newest.nano += nano;
      this.#used += nano;
      return;
    }
    this.#slots = [...this.#slots, { ...slotAt(now, this.#per, this.#window), nano }].slice(-slotsKept(this.#per, this.#window));
    this.#forget();
  }

  /** When less than the limit counts; the end of the period now where that never comes. */
  freeAt(now: number, limit: number): number {
    let left = this.used(now);
    for (const { until, nano } of this.#counted(now).sort((a, b) => a.until - b.until)) {
      left -= nano;
      if (left < limit) return until;
    }
    return slotAt(now, this.#per, this.#window).until;
  }

  /** To be called now and then; true when there is something new to keep. */
  checkClock(now: number): boolean {
    const before = this.#behindSince;
    const newest = this.#slots.at(-1);
    this.#behindSince = newest === undefined || newest.from <= now ? undefined : Math.min(before ?? now, now);
    if (this.#behindSince !== undefined && now - this.#behindSince >= longestPeriod(this.#per)) {
      this.#slots = [{ ...slotAt(now, this.#per, this.#window), nano: this.used(now) }];
      this.#behindSince = undefined;
      this.#forget();
    }
    return this.#behindSince !== before;
  }

  get behindSince(): number | undefined {
    return this.#behindSince;
  }

  get kept(): readonly KeptSlot[] {
    return this.#slots.map(({ from, closes, until, nano }) => [from, closes, until, nano]);
  }

  /** Takes in what an earlier run had kept, beside what this one has booked already. */
  restore(kept: readonly KeptSlot[], behindSince: number | undefined): void {
    const restored = kept.map(([from, closes, until, nano]) => ({ from, closes, until, nano }));
    this.#slots = [...restored, ...this.#slots].sort((a, b) => a.from - b.from);
    this.#behindSince = behindSince;
    this.#forget();
  }

  #counted(now: number): Booked[] {
    return this.#slots.filter(({ until }) => now < until);
  }

  #forget(): void {
    this.#holdsUntil = 0;
  }
}
