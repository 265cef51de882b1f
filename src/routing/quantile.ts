// Keeps a high percentile of a stream of times, in constant memory, recent times counting more.

/** Each cell reaches a tenth further than the one before: 1 ms to 200 s in 129 cells. */
const ratio = 1.1;
const cells = 129;
/** When so many are counted, every count is halved. */
const remembered = 512;
/** Below that a percentile says nothing. */
const enough = 20;

export class Quantile {
  readonly #counts = new Float64Array(cells);
  readonly #share: number;
  #total = 0;
  #known: number | undefined;

  /** @param share 0 to 1, such as 0.95 */
  constructor(share: number) {
    this.#share = share;
  }

  add(milliseconds: number): void {
    const cell = Math.min(cells - 1, Math.max(0, Math.ceil(Math.log(Math.max(1, milliseconds)) / Math.log(ratio))));
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    this.#total += 1;
    this.#known = undefined;
    if (this.#total < remembered) return;
    for (let i = 0; i < cells; i++) this.#counts[i] = (this.#counts[i] ?? 0) / 2;
    this.#total /= 2;
  }

  /** Milliseconds, a tenth too high at most; undefined while too little is known. */
  value(): number | undefined {
    if (this.#total < enough) return undefined;
    return (this.#known ??= this.#find());
  }

  #find(): number {
    let left = this.#total * this.#share;
    for (let cell = 0; cell < cells; cell++) {
      left -= this.#counts[cell] ?? 0;
      if (left <= 0) return ratio ** cell;
    }
    return ratio ** (cells - 1);
  }
}
