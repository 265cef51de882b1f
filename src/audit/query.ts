// Finds rows, newest first, paged by seq: the facets that pass a filter say which rows do, so a log of millions opens as fast as a new one.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditFilter, AuditMatch, AuditRecord, AuditRow } from '../contract/audit.ts';
import { rowsPerBlock } from './chain.ts';

type Value = string | number;

const columns = ['app', 'host', 'model', 'provider', 'decision', 'outcome', 'target', 'kind'] as const;
const defaultLimit = 50;
// Beyond this many facets, reading rows in their order is faster than asking for the rows of each facet.
const mostFacets = 500;

/** The rows to look at, both ends inclusive, in the order asked for. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly order: 'ASC' | 'DESC';
  readonly limit: number;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Rows that pass the filter; with `after` (following) oldest first, so that no row is passed over. Throws SQLite's own error on a damaged file. */
export function queryRows(db: DatabaseSync, filter: AuditFilter): readonly AuditRow[] {
  // One view of the file for all statements: a row written in between must not be passed over when following.
  db.exec('BEGIN');
  try {
    const range = rangeOf(db, filter);
    if (range === undefined) return [];
    const facet = facetCondition(filter);
    if (filter.fingerprint !== undefined) return rowsByFingerprint(db, filter, filter.fingerprint, facet, range);
    if (facet === undefined) return rowsInOrder(db, filter, undefined, range);
    const ids = db.prepare(`SELECT id FROM facets WHERE ${facet.sql} ORDER BY id DESC LIMIT ${mostFacets + 1}`).all(...facet.values);
    if (ids.length > mostFacets) return rowsInOrder(db, filter, facet, range);
    return rowsByFacets(
      db,
      filter,
      ids.map((row) => row['id'] as number),
      range,
    );
  } finally {
    if (db.isTransaction) db.exec('COMMIT');
  }
}

/** Undefined where no block of rows holds a time asked for. Clocks jump, so times only bound the rows; each row's own time decides. */
function rangeOf(db: DatabaseSync, filter: AuditFilter): Range | undefined {
  let from = filter.after === undefined ? 0 : filter.after + 1;
  let to = filter.before === undefined ? Number.MAX_SAFE_INTEGER : filter.before - 1;
  if (filter.since !== undefined) {
    const first = db.prepare('SELECT min(block) AS block FROM times WHERE latest >= ?').get(filter.since)?.['block'];
    if (typeof first !== 'number') return undefined;
    from = Math.max(from, first * rowsPerBlock);
  }
  if (filter.until !== undefined) {
    const last = db.prepare('SELECT max(block) AS block FROM times WHERE earliest <= ?').get(filter.until)?.['block'];
    if (typeof last !== 'number') return undefined;
    to = Math.min(to, last * rowsPerBlock + rowsPerBlock - 1);
  }
  return { from, to, order: filter.after === undefined ? 'DESC' : 'ASC', limit: filter.limit ?? defaultLimit };
}

export function facetCondition(filter: AuditMatch): Condition | undefined {
  const sql: string[] = [];
  const values: Value[] = [];
  for (const column of columns) {
    const value = filter[column];
    if (value === undefined) continue;
    sql.push(`${column} = ?`);
    values.push(value);
  }
  if (filter.detector !== undefined) {
    sql.push('EXISTS (SELECT 1 FROM json_each(detectors) WHERE value = ?)');
    values.push(filter.detector);
  }
  return sql.length > 0 ? { sql: sql.join(' AND '), values } : undefined;
}

/** The condition as one on rows; the plus sign keeps SQLite from gathering the rows of all facets and sorting them. */
const inFacets = (facet: Condition | undefined): Condition =>
  facet === undefined ? { sql: '', values: [] } : { sql: `AND +e.facet IN (SELECT id FROM facets WHERE ${facet.sql})`, values: facet.values };

function timeCondition({ since, until }: AuditFilter): Condition {
  const sql = `${since === undefined ? '' : 'AND e.started_at >= ?'} ${until === undefined ? '' : 'AND e.started_at <= ?'}`;
  return { sql, values: [since, until].filter((value) => value !== undefined) };
}

function rowsInOrder(db: DatabaseSync, filter: AuditFilter, facet: Condition | undefined, { from, to, order, limit }: Range): readonly AuditRow[] {
  const [inFacet, atTime] = [inFacets(facet), timeCondition(filter)];
  return db
    .prepare(`SELECT e.seq, e.hash, e.text FROM entries e WHERE e.seq BETWEEN ? AND ? ${inFacet.sql} ${atTime.sql} ORDER BY e.seq ${order} LIMIT ?`)
    .all(from, to, ...inFacet.values, ...atTime.values, limit)
    .map(rowOf);
}

function rowsByFingerprint(
  db: DatabaseSync,
  filter: AuditFilter,
  fingerprint: string,
  facet: Condition | undefined,
  { from, to, order, limit }: Range,
): readonly AuditRow[] {
  const [inFacet, atTime] = [inFacets(facet), timeCondition(filter)];
  const detector = filter.detector === undefined ? [] : [filter.detector];
  const sql = `SELECT e.seq, e.hash, e.text FROM findings f CROSS JOIN entries e ON e.seq = f.seq
    WHERE f.fingerprint = ? AND f.seq BETWEEN ? AND ? ${detector.length > 0 ? 'AND f.detector = ?' : ''} ${inFacet.sql} ${atTime.sql}
    GROUP BY f.seq ORDER BY f.seq ${order} LIMIT ?`;
  return db
    .prepare(sql)
    .all(fingerprint, from, to, ...detector, ...inFacet.values, ...atTime.values, limit)
    .map(rowOf);
}

/** The first rows of each facet, merged: no more is read than can be in the answer, however many rows a facet has. */
function rowsByFacets(db: DatabaseSync, filter: AuditFilter, ids: readonly number[], range: Range): readonly AuditRow[] {
  const { order, limit } = range;
  const atTime = timeCondition(filter);
  const ofFacet = db.prepare(
    `SELECT e.seq FROM entries e INDEXED BY entries_facet WHERE e.facet = ? AND e.seq BETWEEN ? AND ? ${atTime.sql} ORDER BY e.seq ${order} LIMIT ?`,
  );
  let { from, to } = range;
  let found: number[] = [];
  for (const id of ids) {
    const rows = ofFacet.all(id, from, to, ...atTime.values, limit);
    if (rows.length === 0) continue;
    const merged = [...found, ...rows.map((row) => row['seq'] as number)].sort((a, b) => (order === 'ASC' ? a - b : b - a));
    found = merged.slice(0, limit);
    const last = found.at(-1);
    if (found.length < limit || last === undefined) continue;
    // Of the facets to come, only rows that displace one already found matter.
    if (order === 'ASC') to = last;
    else from = last;
  }
  const whole = db.prepare('SELECT seq, hash, text FROM entries WHERE seq = ?');
  return found.flatMap((seq) => whole.all(seq).map(rowOf));
}

export function rowOf(row: Record<string, unknown>): AuditRow {
  const hash = Buffer.from(row['hash'] as Uint8Array).toString('hex');
  return { seq: row['seq'] as number, hash, record: JSON.parse(row['text'] as string) as AuditRecord };
}
