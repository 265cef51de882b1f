// Counts by labels in bounded memory: whoever invents names ends under `other`, and the names already known stay apart.

export type Labels = Readonly<Record<string, string>>;

export interface Series<T> {
  /** Without those whose value is empty: to Prometheus an empty label and an absent one are the same. */
  readonly labels: Labels;
  readonly tally: T;
}

/** What every value beyond the bound is called. */
const other = 'other';
const longestValue = 120;
const mostValues = 100;
const mostSeries = 500;
const separator = '\u0000';

/** The first values that were seen, at most `most`; every later one is `other`. */
export class KnownValues {
  readonly #known = new Set<string>();
  readonly #most: number;

  constructor(most = mostValues) {
    this.#most = most;
  }

  fold(value: string): string {
    const short = value.length > longestValue ? value.slice(0, longestValue) : value;
    if (short === '' || this.#known.has(short)) return short;
    if (this.#known.size >= this.#most) return other;
    this.#known.add(short);
    return short;
  }
}

/** One tally for each combination of label values: at most 100 values of each label and 500 combinations; one more holds all the rest. */
export class SeriesTable<T> {
  readonly names: readonly string[];
  /** A column with two names is shown under both. */
  readonly #columns: readonly (readonly string[])[];
  readonly #make: () => T;
  readonly #known: readonly KnownValues[];
  readonly #series = new Map<string, Series<T>>();

  constructor(columns: readonly (string | readonly string[])[], make: () => T) {
    this.#columns = columns.map((column) => (typeof column === 'string' ? [column] : column));
    this.names = this.#columns.flat();
    this.#make = make;
    this.#known = columns.map(() => new KnownValues());
  }

  /** The tally for these values, which stand in the order of the columns. */
  at(values: readonly string[]): T {
    const known = this.#get(values);
    if (known !== undefined) return known;
    const folded = values.map((value, index) => this.#known[index]?.fold(value) ?? other);
    return this.#get(folded) ?? this.#add(this.#series.size < mostSeries ? folded : this.#columns.map(() => other));
  }

  #get(values: readonly string[]): T | undefined {
    return this.#series.get(values.join(separator))?.tally;
  }

  #add(values: readonly string[]): T {
    const known = this.#get(values); // the one for all the rest is added once
    if (known !== undefined) return known;
    const tally = this.#make();
    this.#series.set(values.join(separator), { labels: this.#labelled(values), tally });
    return tally;
  }

  all(): Iterable<Series<T>> {
    return this.#series.values();
  }

  #labelled(values: readonly string[]): Labels {
    const labels: Record<string, string> = {};
    for (const [index, names] of this.#columns.entries()) {
      const value = values[index] ?? '';
      if (value !== '') for (const name of names) labels[name] = value;
    }
    return labels;
  }
}

/** Whether a number can be added to a sum that only grows. Tokens come from providers, who may say anything, and clocks can break. */
export function isFigure(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < Infinity;
}

/** A histogram's counts: for each bound how many were at most that and above the one before, the last entry for those above all bounds. */
export class Buckets {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    if (!isFigure(value)) return;
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] ?? 0)) index += 1;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }
}
