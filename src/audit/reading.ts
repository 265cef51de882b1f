// Everything that reads much of the log, for a thread of its own: lengths, pages at any depth, search, figures. See reading-worker.ts.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditMatch, AuditRow } from '../contract/audit.ts';
import type { UsageBucket, UsageSummary } from '../contract/usage.ts';
import { openForReading } from './database.ts';
import { rowOf } from './query.ts';
import { RowSearch, valuesOf } from './row-search.ts';
import { firstSeqSince, RunningSummary, usageSeries } from './usage.ts';

/** Searches and summaries that are kept; the window has one list and a few spans open at a time. */
const mostSearches = 6;
const mostSummaries = 4;
const mostValues = 200;
/** A clock that was set back between the call and its row, milliseconds. */
const clockSlack = 3_600_000;

export class AuditReading {
  readonly #dir: string;
  #db: DatabaseSync | undefined;
  readonly #searches = new Map<string, RowSearch>();
  readonly #summaries = new Map<number, RunningSummary>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  count(match: AuditMatch): { rows: number; newest: number } {
    const newest = Number(this.#open().prepare('SELECT max(seq) AS seq FROM entries').get()?.['seq'] ?? 0);
    if (isEverything(match)) return { rows: newest === 0 ? 0 : newest - this.#oldest() + 1, newest };
    const { numbers } = this.#search(match);
    return { rows: numbers.upTo(newest), newest };
  }

  page(match: AuditMatch, upTo: number, offset: number, limit: number): readonly AuditRow[] {
    const row = this.#open().prepare('SELECT seq, hash, text FROM entries WHERE seq = ?');
    const rowsOf = (numbers: readonly number[]): AuditRow[] => numbers.flatMap((seq) => row.all(seq).map(rowOf));
    if (isEverything(match)) return rowsOf(Array.from({ length: limit }, (_, index) => upTo - offset - index).filter((seq) => seq > 0));
    const { numbers } = this.#search(match);
    return rowsOf(numbers.downFrom(numbers.upTo(upTo) - 1 - offset, limit));
  }

  /** By the id of the exchange, whose first half is the time at which it began. */
  row(id: string): AuditRow | null {
    const db = this.#open();
    const began = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    const find = db.prepare('SELECT seq, hash, text FROM entries WHERE seq >= ? AND instr(text, ?) > 0 ORDER BY seq LIMIT 1');
    const near = Number.isNaN(began) ? [] : find.all(firstSeqSince(db, began - clockSlack), `"id":"${id}"`);
    return (near.length > 0 ? near : find.all(0, `"id":"${id}"`)).map(rowOf)[0] ?? null;
  }

  values(): Readonly<Record<'app' | 'host' | 'model' | 'target' | 'provider', readonly string[]>> {
    const of = (column: 'app' | 'host' | 'model' | 'target' | 'provider') => valuesOf(this.#open(), column, mostValues);
    return { app: of('app'), host: of('host'), model: of('model'), target: of('target'), provider: of('provider') };
  }

  /** Rows after `after` that pass, oldest first. */
  following(match: AuditMatch, after: number, limit: number): readonly AuditRow[] {
    const { rows, newest } = this.count(match);
    if (isEverything(match))
      return this.page(match, Math.min(newest, Math.max(after, this.#oldest() - 1) + limit), 0, Math.min(limit, newest - after))
        .filter(({ seq }) => seq > after)
        .toReversed();
    const before = this.#search(match).numbers.upTo(after);
    const wanted = Math.min(limit, rows - before);
    return this.page(match, newest, rows - before - wanted, wanted).toReversed();
  }

  summary(since: number): UsageSummary {
    const summary = this.#summaries.get(since) ?? new RunningSummary(since);
    remember(this.#summaries, since, summary, mostSummaries);
    return summary.update(this.#open());
  }

  series(since: number, bucketMs: number, now: number): readonly UsageBucket[] {
    return usageSeries(this.#open(), since, bucketMs, now);
  }

  /** After a fault: the file may have been set aside and a new one begun. */
  forget(): void {
    this.#db?.close();
    this.#db = undefined;
    this.#searches.clear();
    this.#summaries.clear();
  }

  #open(): DatabaseSync {
    return (this.#db ??= openForReading(this.#dir));
  }

  #oldest(): number {
    return Number(this.#open().prepare('SELECT min(seq) AS seq FROM entries').get()?.['seq'] ?? 1);
  }

  #search(match: AuditMatch): RowSearch {
    const key = JSON.stringify(match);
    const search = this.#searches.get(key) ?? new RowSearch(match);
    remember(this.#searches, key, search, mostSearches);
    search.update(this.#open());
    return search;
  }
}

const isEverything = (match: AuditMatch): boolean => Object.values(match).every((value) => value === undefined || value === '');

/** Puts the entry last and drops the ones used longest ago. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
