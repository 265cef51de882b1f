// The rows of one filter as a list that grows at its head: a snapshot paged on demand, and above it the rows written since.
import type { AuditFilter, AuditMatch, AuditPage, AuditRow } from '../../../src/contract/audit.ts';
import { PageCache } from './page-cache.ts';

/** What the list asks of the agent. */
export interface ListSource {
  count(match: AuditMatch): Promise<{ rows: number; newest: number }>;
  page(params: { match: AuditMatch; upTo: number; offset: number; limit: number }): Promise<AuditPage>;
  query(filter: AuditFilter): Promise<readonly AuditRow[]>;
}

export interface ListState {
  readonly phase: 'counting' | 'ready' | 'failed';
  readonly rows: number;
  /** How many of them came after the list was counted. */
  readonly head: number;
  /** Rows written since that wait above the list. */
  readonly fresh: number;
  /** More wait than were fetched. */
  readonly freshIsMore: boolean;
  readonly error: unknown;
  /** Changes when the list is counted anew: places of before mean other rows then. */
  readonly generation: number;
  /** Changes whenever anything shown may have. */
  readonly version: number;
}

const mostFresh = 1_000;
const mostHead = 2_000;
const followMs = 250;

export class ActivityList {
  readonly #source: ListSource;
  readonly #match: AuditMatch;
  readonly #listeners = new Set<() => void>();
  #pages: PageCache | undefined;
  /** Rows above the snapshot, newest first. */
  #head: readonly AuditRow[] = [];
  /** Rows that wait, newest first. */
  #fresh: readonly AuditRow[] = [];
  #freshIsMore = false;
  /** Every row up to this seq that passes is in the list or waits. */
  #known = 0;
  /** The newest seq heard of. */
  #written = 0;
  #follows = true;
  #phase: ListState['phase'] = 'counting';
  #error: unknown;
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #state: ListState = { phase: 'counting', rows: 0, head: 0, fresh: 0, freshIsMore: false, error: undefined, generation: 0, version: 0 };

  constructor(source: ListSource, match: AuditMatch) {
    this.#source = source;
    this.#match = match;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): ListState => this.#state;

  /** Counts and starts anew; answers to what was asked before are dropped. */
  async load(): Promise<void> {
    const generation = (this.#generation += 1);
    this.#pages?.dispose();
    this.#pages = undefined;
    this.#head = [];
    this.#dropFresh();
    this.#phase = 'counting';
    this.#publish();
    try {
      const { rows, newest } = await this.#source.count(this.#match);
      if (generation !== this.#generation) return;
      this.#known = newest;
      const load = async (offset: number, limit: number): Promise<readonly AuditRow[]> =>
        (await this.#source.page({ match: this.#match, upTo: newest, offset, limit })).rows;
      this.#pages = new PageCache(load, rows, () => {
        if (generation === this.#generation) this.#publish();
      });
      this.#phase = 'ready';
      this.#pages.want(0, 50);
      this.appended(0);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#phase = 'failed';
      this.#error = error;
    }
    this.#publish();
  }

  row(index: number): AuditRow | undefined {
    return index < this.#head.length ? this.#head[index] : this.#pages?.row(index - this.#head.length);
  }

  /** A row by its id, where it is at hand. */
  find(id: string): AuditRow | undefined {
    const isIt = ({ record }: AuditRow): boolean => record.id === id;
    return this.#head.find(isIt) ?? this.#pages?.find(isIt);
  }

  want(first: number, last: number): void {
    this.#pages?.want(first - this.#head.length, last - this.#head.length);
  }

  /** Whether rows written from now on go to the head at once (the list is at its top) or wait. */
  follow(follows: boolean): void {
    this.#follows = follows;
    if (follows) this.showFresh();
  }

  /** Puts the waiting rows above the list. */
  showFresh(): void {
    if (this.#fresh.length === 0) return;
    if (this.#freshIsMore || this.#head.length + this.#fresh.length > mostHead) {
      void this.load();
      return;
    }
    this.#head = [...this.#fresh, ...this.#head];
    this.#dropFresh();
    this.#publish();
  }

  /** Rows up to this seq were written: asks which of them pass, soon and not too often. */
  appended(seq: number): void {
    this.#written = Math.max(this.#written, seq);
    if (this.#phase !== 'ready' || this.#timer !== undefined || this.#isAsking || this.#written <= this.#known) return;
    void this.#catchUp();
  }

  dispose(): void {
    this.#generation += 1;
    this.#pages?.dispose();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#phase = 'counting';
  }

  async #catchUp(): Promise<void> {
    const generation = this.#generation;
    const written = this.#written;
    this.#isAsking = true;
    try {
      // Only what is not known yet; the agent decides what passes, so that filter and search mean the same everywhere.
      const rows = this.#freshIsMore ? [] : await this.#source.query({ ...this.#match, after: this.#known, limit: mostFresh });
      if (generation === this.#generation) {
        this.#known = rows.reduce((newest, { seq }) => Math.max(newest, seq), written);
        if (rows.length > 0) this.#take(rows);
      }
    } catch {
      // What is shown stays true; the pause below is followed by another try.
    } finally {
      this.#isAsking = false;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.appended(0);
    }, followMs);
  }

  #take(rows: readonly AuditRow[]): void {
    this.#fresh = [...rows.toSorted((a, b) => b.seq - a.seq), ...this.#fresh];
    this.#freshIsMore = rows.length >= mostFresh || this.#fresh.length >= mostFresh;
    if (this.#follows) this.showFresh();
    else this.#publish();
  }

  #dropFresh(): void {
    this.#fresh = [];
    this.#freshIsMore = false;
  }

  #publish(): void {
    this.#state = {
      phase: this.#phase,
      rows: this.#head.length + (this.#pages?.rows ?? 0),
      head: this.#head.length,
      fresh: this.#fresh.length,
      freshIsMore: this.#freshIsMore,
      error: this.#phase === 'failed' ? this.#error : this.#pages?.error,
      generation: this.#generation,
      version: this.#state.version + 1,
    };
    for (const listener of this.#listeners) listener();
  }
}
