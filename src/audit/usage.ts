// Figures over spans of time, kept up to date by the rows that came since they were asked for last.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../contract/audit.ts';
import type { UsageBucket, UsageShare, UsageSummary, UsageTotals } from '../contract/usage.ts';
import { blockOf, rowsPerBlock } from './chain.ts';

export const noUsage: UsageTotals = { exchanges: 0, tunnels: 0, blocked: 0, redacted: 0, failed: 0, costUsd: 0, inputTokens: 0, outputTokens: 0 };

/** What one row adds. */
export function added(totals: UsageTotals, record: AuditRecord): UsageTotals {
  return {
    exchanges: totals.exchanges + Number(record.kind === 'exchange'),
    tunnels: totals.tunnels + Number(record.kind === 'tunnel'),
    blocked: totals.blocked + Number(record.decision === 'block'),
    redacted: totals.redacted + Number(record.outcome === 'redacted'),
    failed: totals.failed + Number(isFailure(record)),
    costUsd: totals.costUsd + (record.costUsd ?? 0),
    inputTokens: totals.inputTokens + (record.usage?.inputTokens ?? 0),
    outputTokens: totals.outputTokens + (record.usage?.outputTokens ?? 0),
  };
}

const isFailure = ({ outcome }: AuditRecord): boolean => outcome === 'failed-closed' || outcome === 'failed-open';

type Shares = Map<string, { name: string; exchanges: number; blocked: number; redacted: number; costUsd: number; tokens: number }>;

/** The summary since one moment. */
export class RunningSummary {
  readonly since: number;
  #totals: UsageTotals = noUsage;
  readonly #apps: Shares = new Map();
  readonly #models: Shares = new Map();
  readonly #providers: Shares = new Map();
  readonly #targets: Shares = new Map();
  #readTo = 0;

  constructor(since: number) {
    this.since = since;
  }

  /** Rows that retention removed since the last time stay counted: they did pass in this span. */
  update(db: DatabaseSync): UsageSummary {
    for (const { seq, record } of recordsSince(db, this.since, this.#readTo)) {
      this.#readTo = seq;
      this.#totals = added(this.#totals, record);
      if (record.kind !== 'exchange') continue;
      enter(this.#apps, record.peer?.app, record);
      enter(this.#models, record.model, record);
      enter(this.#providers, record.provider, record);
      enter(this.#targets, record.target, record);
    }
    const { since } = this;
    return { since, totals: this.#totals, apps: top(this.#apps), models: top(this.#models), providers: top(this.#providers), targets: top(this.#targets) };
  }
}

function enter(shares: Shares, name: string | undefined, record: AuditRecord): void {
  if (name === undefined || name === '') return;
  const share = shares.get(name) ?? { name, exchanges: 0, blocked: 0, redacted: 0, costUsd: 0, tokens: 0 };
  shares.set(name, share);
  share.exchanges += 1;
  share.blocked += Number(record.decision === 'block');
  share.redacted += Number(record.outcome === 'redacted');
  share.costUsd += record.costUsd ?? 0;
  share.tokens += (record.usage?.inputTokens ?? 0) + (record.usage?.outputTokens ?? 0);
}

const mostShares = 10;
const top = (shares: Shares): readonly UsageShare[] =>
  [...shares.values()].sort((a, b) => b.exchanges - a.exchanges || (a.name < b.name ? -1 : 1)).slice(0, mostShares);

const mostBuckets = 1000;

/** Buckets of `bucketMs` from `since` until `now`, empty ones included. */
export function usageSeries(db: DatabaseSync, since: number, bucketMs: number, now: number): readonly UsageBucket[] {
  const last = Math.floor(now / bucketMs);
  const first = Math.max(Math.floor(since / bucketMs), last - mostBuckets + 1);
  const records: AuditRecord[][] = Array.from({ length: Math.max(0, last - first + 1) }, () => []);
  for (const { record } of recordsSince(db, first * bucketMs, 0)) {
    if (record.kind === 'exchange') records[Math.floor(record.startedAt / bucketMs) - first]?.push(record);
  }
  return records.map((inside, index) => bucketOf((first + index) * bucketMs, inside));
}

function bucketOf(at: number, records: readonly AuditRecord[]): UsageBucket {
  const durations = records.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const quantile = (share: number): number | undefined => durations[Math.min(durations.length - 1, Math.floor(durations.length * share))];
  return {
    at,
    exchanges: records.length,
    blocked: records.filter(({ decision }) => decision === 'block').length,
    redacted: records.filter(({ outcome }) => outcome === 'redacted').length,
    failed: records.filter(isFailure).length,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
  };
}

/** Where rows not older than `since` may begin, going by the times kept per block of rows. */
export function firstSeqSince(db: DatabaseSync, since: number): number {
  const block = db.prepare('SELECT min(block) AS block FROM times WHERE latest >= ?').get(since)?.['block'];
  return typeof block === 'number' ? block * rowsPerBlock : Number.MAX_SAFE_INTEGER;
}

/** Rows behind `seq` that are not older than `since`. Only blocks that hold such times are read: one odd clock long ago costs one block. */
function* recordsSince(db: DatabaseSync, since: number, seq: number): Generator<{ seq: number; record: AuditRecord }> {
  const sql = `SELECT e.seq, e.text FROM times t CROSS JOIN entries e ON e.seq BETWEEN t.block * ${rowsPerBlock} AND t.block * ${rowsPerBlock} + ${rowsPerBlock - 1}
    WHERE t.block >= ? AND t.latest >= ? AND e.seq > ? AND e.started_at >= ? ORDER BY t.block, e.seq`;
  for (const row of db.prepare(sql).iterate(blockOf(seq + 1), Math.trunc(since), seq, Math.trunc(since))) {
    yield { seq: row['seq'] as number, record: JSON.parse(row['text'] as string) as AuditRecord };
  }
}
