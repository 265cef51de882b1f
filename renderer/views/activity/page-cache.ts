// Holds the pages of a long list that were looked at last, and asks only for those that are wanted now.
import type { AuditRow } from '../../../src/contract/audit.ts';

const pageSize = 100;
const pagesKept = 60;
const atOnce = 2;
const retryMs = 2_000;
/** While what is wanted changes faster than this, nothing new is asked for. */
const calmMs = 60;

export type LoadRows = (offset: number, limit: number) => Promise<readonly AuditRow[]>;

export class PageCache {
  readonly #load: LoadRows;
  readonly #changed: () => void;
  /** In order of last use. */
  readonly #pages = new Map<number, readonly AuditRow[]>();
  readonly #inFlight = new Set<number>();
  #wanted: readonly number[] = [];
  #rows: number;
  #isDisposed = false;
  /** Runs while no new page is to be asked for: after a failure, and in a fast scroll. */
  #pause: ReturnType<typeof setTimeout> | undefined;
  #turnedAt = Number.NEGATIVE_INFINITY;
  /** Why the last page could not be had; undefined once one could. */
  error: unknown;

  constructor(load: LoadRows, rows: number, changed: () => void) {
    this.#load = load;
    this.#rows = rows;
    this.#changed = changed;
  }

  /** Shrinks where rows went to retention meanwhile. */
  get rows(): number {
    return this.#rows;
  }

  row(index: number): AuditRow | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  find(isIt: (row: AuditRow) => boolean): AuditRow | undefined {
    for (const rows of this.#pages.values()) {
      const row = rows.find(isIt);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** Replaces what was wanted before: pages passed by in a fast scroll are never asked for. */
  want(first: number, last: number): void {
    if (this.#isDisposed || this.#rows === 0) return;
    const end = Math.floor(Math.min(Math.max(last, first), this.#rows - 1) / pageSize);
    const start = Math.floor(Math.max(0, Math.min(first, this.#rows - 1)) / pageSize);
    const seen = Array.from({ length: end - start + 1 }, (_, index) => start + index);
    const around = [end + 1, start - 1].filter((page) => page >= 0 && page * pageSize < this.#rows);
    const turns = !seen.some((page) => this.#wanted.includes(page));
    this.#wanted = [...seen, ...around];
    for (const page of this.#wanted) this.#touch(page);
    if (turns) this.#turn();
    this.#pump();
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#pause);
  }

  /** Other pages are wanted than a moment ago: at once after a calm, else when it is calm again. */
  #turn(): void {
    const isCalm = performance.now() - this.#turnedAt > calmMs;
    this.#turnedAt = performance.now();
    if (!isCalm && this.error === undefined) this.#wait(calmMs);
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, milliseconds);
  }

  #touch(page: number): void {
    const rows = this.#pages.get(page);
    if (rows === undefined) return;
    this.#pages.delete(page);
    this.#pages.set(page, rows);
  }

  #pump(): void {
    if (this.#pause !== undefined) return;
    for (const page of this.#wanted) {
      if (this.#inFlight.size >= atOnce) return;
      if (this.#pages.has(page) || this.#inFlight.has(page)) continue;
      void this.#fetch(page);
    }
  }

  async #fetch(page: number): Promise<void> {
    this.#inFlight.add(page);
    try {
      const rows = await this.#load(page * pageSize, pageSize);
      if (this.#isDisposed) return;
      this.error = undefined;
      this.#keep(page, rows);
    } catch (error) {
      if (this.#isDisposed) return;
      this.error = error;
      this.#wait(retryMs);
    } finally {
      this.#inFlight.delete(page);
    }
    this.#changed();
    this.#pump();
  }

  #keep(page: number, rows: readonly AuditRow[]): void {
    const expected = Math.min(pageSize, this.#rows - page * pageSize);
    if (rows.length < expected) {
      this.#rows = page * pageSize + rows.length;
      this.#wanted = this.#wanted.filter((wanted) => wanted * pageSize < this.#rows);
    }
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= pagesKept) return;
      if (!this.#wanted.includes(oldest)) this.#pages.delete(oldest);
    }
  }
}
