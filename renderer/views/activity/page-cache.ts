// Holds the pages of a long list that were looked at last, and asks only for those that are wanted now.
import type { AuditRow } from '../../../src/contract/audit.ts';

export const pageSize = 100;
const pagesKept = 60;
const atOnce = 2;
const retryMs = 2_000;

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
  #retry: ReturnType<typeof setTimeout> | undefined;
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
    this.#wanted = [...seen, ...around];
    for (const page of this.#wanted) this.#touch(page);
    this.#pump();
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#retry);
  }

  #touch(page: number): void {
    const rows = this.#pages.get(page);
    if (rows === undefined) return;
    this.#pages.delete(page);
    this.#pages.set(page, rows);
  }

  #pump(): void {
    if (this.#retry !== undefined) return;
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
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#pump();
      }, retryMs);
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
