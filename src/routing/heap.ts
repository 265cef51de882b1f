// A binary heap whose entries can be taken out from anywhere, each knowing its own place.

/** What a heap asks of its entries. An entry stands in at most one heap at a time. */
export interface HeapEntry {
  /** Kept by the heap; -1 while outside. */
  place: number;
}

/** The least entry first; every step takes O(log n). */
export class Heap<E extends HeapEntry> {
  readonly #entries: E[] = [];
  readonly #isBefore: (a: E, b: E) => boolean;

  constructor(isBefore: (a: E, b: E) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#entries.length;
  }

  first(): E | undefined {
    return this.#entries[0];
  }

  add(entry: E): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Does nothing for an entry outside. */
  remove(entry: E): void {
    const { place } = entry;
    if (place < 0) return;
    entry.place = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  #rise(entry: E, from: number): void {
    let at = from;
    while (at > 0) {
      const above = this.#entries[(at - 1) >> 1];
      if (above === undefined || !this.#isBefore(entry, above)) break;
      this.#put(above, at);
      at = (at - 1) >> 1;
    }
    this.#put(entry, at);
  }

  #sink(entry: E, from: number): void {
    let at = from;
    for (;;) {
      const left = this.#entries[2 * at + 1];
      const right = this.#entries[2 * at + 2];
      const below = left !== undefined && right !== undefined && this.#isBefore(right, left) ? right : left;
      if (below === undefined || !this.#isBefore(below, entry)) break;
      const place = below.place;
      this.#put(below, at);
      at = place;
    }
    this.#put(entry, at);
  }

  #put(entry: E, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}
