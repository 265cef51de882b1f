// Adds up what happened in the last minute or seconds, in constant memory, never counting too little.

/**
 * A sum over the last `spanMs`, kept in cells. What was added counts for at least `spanMs` and at most one cell longer,
 * so a limit held against `sum` holds in every stretch of `spanMs`, wherever it begins.
 * Times are monotonic milliseconds.
 */
export class SlidingWindow {
  readonly #cellMs: number;
  /** One cell more than the span has, because the oldest is only partly inside. */
  readonly #amounts: Float64Array;
  /** Number of the newest cell since time began. */
  #newest = 0;
  #sum = 0;

  constructor(spanMs: number, cells: number) {
    this.#cellMs = spanMs / cells;
    this.#amounts = new Float64Array(cells + 1);
  }

  add(now: number, amount: number): void {
    this.#advance(now);
    this.#set(this.#newest, this.#at(this.#newest) + amount);
  }

  /** Takes back what was added too much, from the oldest first: what remains counts longer rather than shorter. */
  takeBack(now: number, amount: number): void {
    this.#advance(now);
    let left = amount;
    for (let cell = this.#oldest(); cell <= this.#newest && left > 0; cell++) {
      const taken = Math.min(left, this.#at(cell));
      this.#set(cell, this.#at(cell) - taken);
      left -= taken;
    }
  }

  sum(now: number): number {
    this.#advance(now);
    return this.#sum;
  }

  /** Milliseconds until the sum is at most `level`, provided nothing is added; 0 when it is. */
  waitUntil(now: number, level: number): number {
    this.#advance(now);
    let sum = this.#sum;
    if (sum <= level) return 0;
    let cell = this.#oldest();
    for (; cell < this.#newest; cell++) {
      sum -= this.#at(cell);
      if (sum <= level) break;
    }
    return (cell + this.#amounts.length) * this.#cellMs - now;
  }

  #oldest(): number {
    return this.#newest - this.#amounts.length + 1;
  }

  #advance(now: number): void {
    const newest = Math.floor(now / this.#cellMs);
    if (newest <= this.#newest) return;
    if (newest - this.#newest >= this.#amounts.length) {
      this.#amounts.fill(0);
      this.#sum = 0;
    } else {
      for (let cell = this.#newest + 1; cell <= newest; cell++) this.#set(cell, 0);
    }
    this.#newest = newest;
  }

  /** Cells before time began share places with later ones; they hold nothing. */
  #place(cell: number): number {
    const length = this.#amounts.length;
    return ((cell % length) + length) % length;
  }

  #at(cell: number): number {
    return this.#amounts[this.#place(cell)] ?? 0;
  }

  #set(cell: number, amount: number): void {
    const place = this.#place(cell);
    this.#sum += amount - (this.#amounts[place] ?? 0);
    this.#amounts[place] = amount;
  }
}
