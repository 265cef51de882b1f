// Decides which rows are past retention: always a run from the chain's beginning, because a chain can be shortened only at its end.
import type { DatabaseSync } from 'node:sqlite';
import type { Place } from './chain.ts';

const day = 86_400_000;
// Rows looked at, and removed, in one step: keeps each transaction short.
const step = 5000;

/** The last row, within one step from the beginning, up to which all rows are past retention; never the last row of all. */
export function lastExpired(db: DatabaseSync, retentionDays: number, now: number): Place | undefined {
  const newest = db.prepare('SELECT started_at FROM entries ORDER BY seq DESC LIMIT 1').get()?.['started_at'] as number;
  // Never later than the newest row: a clock that jumped ahead must not empty the log.
  const oldest = Math.min(now, newest) - retentionDays * day;
  let found: Place | undefined;
  const rows = db.prepare('SELECT seq, hash, started_at FROM entries WHERE seq < (SELECT max(seq) FROM entries) ORDER BY seq LIMIT ?');
  for (const row of rows.iterate(step)) {
    const startedAt = row['started_at'] as number;
    if (startedAt < oldest) found = { seq: row['seq'] as number, hash: row['hash'] as Uint8Array };
    // A row from the future was written while the clock was wrong: its neighbours decide.
    else if (startedAt <= now + day) break;
  }
  return found;
}
