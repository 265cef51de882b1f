// Finds rows: every filter is served by an index and paged by seq, so a log of millions opens as fast as a new one.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditFilter, AuditRecord, AuditRow } from '../contract/audit.ts';

type Value = string | number;
type SqlRow = Record<string, unknown>;

const columns = ['app', 'host', 'model', 'provider', 'decision', 'outcome', 'target', 'kind'] as const;
type Column = (typeof columns)[number];
const defaultLimit = 50;

interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

// The clock may jump, so time does not order rows; the outermost rows of a time are still found from its index alone.
const outermost = (function_: 'min' | 'max', comparison: '>=' | '<='): string =>
  `(SELECT ${function_}(seq) FROM entries INDEXED BY entries_started_at WHERE started_at ${comparison} ?)`;

/**
 * The SQL for a filter. Newest first; with `after` (following) oldest first, so that no row is passed over.
 * Of the columns asked for, `leading` alone is looked up in its index; without it SQLite chooses.
 */
export function statementFor(filter: AuditFilter, leading?: Column): Statement {
  const where: string[] = [];
  const values: Value[] = [];
  const add = (condition: string, value: Value | undefined): void => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  // With a finding wanted, the findings' own index leads, so that a rare value is found without reading the log.
  const byFinding = filter.detector !== undefined || filter.fingerprint !== undefined;
  const seq = byFinding ? 'f.seq' : 'e.seq';
  add('f.fingerprint = ?', filter.fingerprint);
  add('f.detector = ?', filter.detector);
  // A plus sign keeps a column out of SQLite's choice of an index.
  for (const column of columns) add(`${leading === undefined || leading === column ? '' : '+'}e.${column} = ?`, filter[column]);
  add(`${seq} >= ${outermost('min', '>=')}`, filter.since);
  add('+e.started_at >= ?', filter.since);
  add(`${seq} <= ${outermost('max', '<=')}`, filter.until);
  add('+e.started_at <= ?', filter.until);
  add(`${seq} < ?`, filter.before);
  add(`${seq} > ?`, filter.after);
  const from = byFinding ? 'findings f CROSS JOIN entries e ON e.seq = f.seq' : 'entries e';
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
  const grouping = byFinding ? 'GROUP BY f.seq' : '';
  const order = filter.after === undefined ? 'DESC' : 'ASC';
  const sql = `SELECT e.seq, e.hash, e.text FROM ${from} ${condition} ${grouping} ORDER BY ${seq} ${order} LIMIT ?`;
  return { sql, values: [...values, filter.limit ?? defaultLimit] };
}

/** Rows that pass the filter. Throws SQLite's own error on a damaged file. */
export function queryRows(db: DatabaseSync, filter: AuditFilter): readonly AuditRow[] {
  const { sql, values } = statementFor(filter, rarestColumn(db, filter));
  return db
    .prepare(sql)
    .all(...values)
    .map(rowOf);
}

// Counting stops here: a column with so many rows is a common one.
const common = 2000;

/** Of several columns asked for, the one whose value fewest rows have: SQLite knows columns, not values, and would guess. */
function rarestColumn(db: DatabaseSync, filter: AuditFilter): Column | undefined {
  const asked = columns.flatMap((column) => {
    const value = filter[column];
    return value === undefined ? [] : [{ column, value }];
  });
  if (asked.length < 2) return undefined;
  const counted = asked.map(({ column, value }) => {
    const found = db.prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM entries WHERE ${column} = ? LIMIT ${common})`).get(value);
    return { column, rows: Number(found?.['n']) };
  });
  return counted.sort((a, b) => a.rows - b.rows)[0]?.column;
}

function rowOf(row: SqlRow): AuditRow {
  const hash = Buffer.from(row['hash'] as Uint8Array).toString('hex');
  return { seq: row['seq'] as number, hash, record: JSON.parse(row['text'] as string) as AuditRecord };
}
