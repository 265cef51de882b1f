// Decides which rows are past retention, and removes them with all that finds them: always a run from the chain's beginning, because a chain can be shortened only at its end.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../contract/audit.ts';
import { blockOf, findingKeys, type Place } from './chain.ts';

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

/** Removes the rows up to `seq`, and what was kept about them and no other. Gives how many. Runs within the caller's transaction. */
export function removeUpTo(db: DatabaseSync, seq: number): number {
  const removeFinding = db.prepare('DELETE FROM findings WHERE fingerprint = ? AND seq = ? AND detector = ?');
  // Told by the rows themselves: the findings are ordered by fingerprint, and looking through all of them would take longer.
  const withFindings = db.prepare('SELECT seq, text FROM entries WHERE seq <= ? AND facet IN (SELECT id FROM facets WHERE detectors IS NOT NULL)');
  for (const row of withFindings.all(seq)) {
    const keys = findingKeys(JSON.parse(row['text'] as string) as AuditRecord);
    for (const { detector, fingerprint } of keys) removeFinding.run(fingerprint, row['seq'] as number, detector);
  }
  const removed = Number(db.prepare('DELETE FROM entries WHERE seq <= ?').run(seq).changes);
  db.prepare('DELETE FROM times WHERE block < ?').run(blockOf(seq + 1));
  // A host or a model must not outlive the last row that names it.
  db.exec('DELETE FROM facets WHERE NOT EXISTS (SELECT 1 FROM entries WHERE facet = facets.id)');
  db.prepare(`DELETE FROM checkpoints WHERE json_extract(text, '$.seq') <= ?`).run(seq);
  return removed;
}
