// Smooth weighted round-robin: turns are spread evenly, and over any stretch everyone gets the share of their weight.

/** Credits are counted in turns, not in weights, so that a change of weights neither owes nor gives away anything. */
export class Wheel {
  /** To be filled before each turn; 0 leaves a place out of it and its credit as it is. */
  readonly offered: Float64Array;
  readonly #credit: Float64Array;

  constructor(places: number) {
    this.offered = new Float64Array(places);
    this.#credit = new Float64Array(places);
  }

  /** The place whose turn it is; -1 when nothing is offered. @param isOpen asked of that place alone: one that is not open loses its turn to the next */
  turn(isOpen: (place: number) => boolean): number {
    for (;;) {
      const best = this.#turn();
      if (best < 0 || isOpen(best)) return best;
      this.offered[best] = 0;
    }
  }

  #turn(): number {
    const { offered } = this;
    const credit = this.#credit;
    let total = 0;
    for (let i = 0; i < offered.length; i++) total += offered[i] ?? 0;
    if (total <= 0) return -1;
    let best = -1;
    let most = -Infinity;
    for (let i = 0; i < offered.length; i++) {
      const weight = offered[i] ?? 0;
      if (weight <= 0) continue;
      const now = (credit[i] ?? 0) + weight / total;
      credit[i] = now;
      // Sums of fractions differ in the last bits; equal credits have to go in order.
      if (now > most + 1e-9) {
        most = now;
        best = i;
      }
    }
    credit[best] = most - 1;
    return best;
  }
}
