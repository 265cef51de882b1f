// The rows that pass a match, as a list of their numbers: built once per match, brought up to date by the rows that came since, read at any offset.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditMatch, AuditRecord } from '../contract/audit.ts';
import type { facetColumns } from './chain.ts';
import { facetCondition } from './query.ts';

/** Numbers of rows, ascending, in one growing array: eight bytes each, so a million rows take eight megabytes. */
class RowNumbers {
  #numbers = new Float64Array(1024);
  length = 0;

  push(seq: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length] = seq;
    this.length += 1;
  }

  dropBelow(seq: number): void {
    const gone = this.upTo(seq - 1);
    if (gone === 0) return;
    this.#numbers.copyWithin(0, gone, this.length);
    this.length -= gone;
  }

  /** How many are not greater than `seq`. */
  upTo(seq: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `limit` numbers downwards from the one at `last`. */
  downFrom(last: number, limit: number): number[] {
    const first = Math.max(0, last - limit + 1);
    return last < 0 ? [] : [...this.#numbers.subarray(first, last + 1)].reverse();
  }
}

/** One match with the rows found so far. */
export class RowSearch {
  readonly numbers = new RowNumbers();
  readonly #match: AuditMatch;
  readonly #words: readonly string[];
  #searchedTo = 0;

  constructor(match: AuditMatch) {
    this.#match = match;
    this.#words = wordsOf(match.text);
  }

  /** Searches the rows that came since the last time. */
  update(db: DatabaseSync): void {
    const bounds = db.prepare('SELECT min(seq) AS oldest, max(seq) AS newest FROM entries').get();
    const [oldest, newest] = [Number(bounds?.['oldest'] ?? 0), Number(bounds?.['newest'] ?? 0)];
    this.numbers.dropBelow(oldest); // retention has removed them
    if (newest === this.#searchedTo) return;
    // A log that begins anew after damage counts from 1 again.
    if (newest < this.#searchedTo) {
      this.numbers.length = 0;
      this.#searchedTo = 0;
    }
    for (const row of this.#candidates(db, newest)) {
      if (this.#words.length === 0 || hasWords(this.#words, JSON.parse(row['text'] as string) as AuditRecord)) this.numbers.push(row['seq'] as number);
    }
    this.#searchedTo = newest;
  }

  #candidates(db: DatabaseSync, newest: number): Iterable<Record<string, unknown>> {
    const { since, until, fingerprint, detector } = this.#match;
    const facet = facetCondition(this.#match);
    const conditions = ['e.seq > ?', 'e.seq <= ?'];
    const values: (string | number)[] = [this.#searchedTo, newest];
    const add = (sql: string, value: string | number): void => {
      conditions.push(sql);
      values.push(value);
    };
    if (facet !== undefined) {
      conditions.push(`e.facet IN (SELECT id FROM facets WHERE ${facet.sql})`);
      values.push(...facet.values);
    }
    if (since !== undefined) add('e.started_at >= ?', since);
    if (until !== undefined) add('e.started_at <= ?', until);
    if (fingerprint !== undefined && detector === undefined) add('e.seq IN (SELECT seq FROM findings WHERE fingerprint = ?)', fingerprint);
    if (fingerprint !== undefined && detector !== undefined) {
      conditions.push('e.seq IN (SELECT seq FROM findings WHERE fingerprint = ? AND detector = ?)');
      values.push(fingerprint, detector);
    }
    // A row whose text does not hold the words at all is not worth parsing. SQLite lowers ASCII alone, and JSON escapes some characters.
    for (const word of this.#words.filter((each) => /^[\x20-\x7e]+$/.test(each) && !/["\\]/.test(each))) add('instr(lower(e.text), ?) > 0', word);
    const wanted = this.#words.length === 0 ? 'e.seq' : 'e.seq, e.text';
    return db.prepare(`SELECT ${wanted} FROM entries e WHERE ${conditions.join(' AND ')} ORDER BY e.seq`).iterate(...values);
  }
}

const wordsOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

/** Whether every word stands in a fact of the row: not in a fingerprint, a hash, or the name of a field. */
function hasWords(words: readonly string[], record: AuditRecord): boolean {
  const facts = factsOf(record).toLowerCase();
  return words.every((word) => facts.includes(word));
}

function factsOf({
  id,
  peer,
  host,
  product,
  provider,
  method,
  path,
  dialect,
  model,
  rule,
  target,
  status,
  stopReason,
  asked,
  attempts,
  findings,
  error,
  note,
  outcome,
  kind,
  decision,
}: AuditRecord): string {
  return [
    id,
    kind,
    outcome,
    decision,
    peer?.app,
    peer?.executable,
    peer?.pid,
    host,
    product,
    provider,
    method,
    path,
    dialect,
    model,
    rule,
    target,
    status,
    stopReason,
    asked?.by,
    asked?.justification,
    ...(attempts ?? []).flatMap((attempt) => [attempt.target, attempt.error]),
    ...(findings ?? []).map(({ detector }) => detector),
    error?.code,
    error?.message,
    note,
  ]
    .filter((fact) => fact !== undefined)
    .join('\n');
}

/** The values that stand in the log for one column, those of most rows first. */
export function valuesOf(db: DatabaseSync, column: (typeof facetColumns)[number], most: number): readonly string[] {
  const sql = `SELECT f.${column} AS value, sum((SELECT count(*) FROM entries e WHERE e.facet = f.id)) AS rows
    FROM facets f WHERE f.${column} IS NOT NULL GROUP BY f.${column} HAVING rows > 0 ORDER BY rows DESC LIMIT ?`;
  return db
    .prepare(sql)
    .all(most)
    .map((row) => row['value'] as string)
    .filter((value) => value !== '');
}
