// Counts what happened within the last minute, second by second.

/** One more than a minute has: a second counts until it lies back a whole minute to its end. */
const seconds = 61;

export class MinuteWindow {
  readonly #counts = new Float64Array(seconds);
  #sum = 0;
  #second = 0;
  /** Seconds by which the clock has jumped back: the window goes on from where it was. */
  #offset = 0;

  used(now: number): number {
    this.#advance(now);
    return this.#sum;
  }

  add(now: number, amount: number): void {
    this.#advance(now);
    const place = this.#second % seconds;
    this.#counts[place] = (this.#counts[place] ?? 0) + amount;
    this.#sum += amount;
  }

  /** When less than the limit counts. */
  freeAt(now: number, limit: number): number {
    let left = this.used(now);
    let second = Math.max(0, this.#second - seconds + 1);
    for (; second <= this.#second && left >= limit; second += 1) left -= this.#counts[second % seconds] ?? 0;
    return (second + seconds - 1 - this.#offset) * 1000;
  }

  #advance(now: number): void {
    const second = Math.floor(now / 1000) + this.#offset;
    if (second === this.#second) return;
    if (second < this.#second) {
      this.#offset += this.#second - second;
      return;
    }
    const passed = Math.min(second - this.#second, seconds);
    for (let step = 1; step <= passed; step += 1) {
      const place = (this.#second + step) % seconds;
      this.#sum -= this.#counts[place] ?? 0;
      this.#counts[place] = 0;
    }
    this.#second = second;
  }
}
