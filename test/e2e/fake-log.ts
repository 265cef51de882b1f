// The fake agent's audit log: generated rows below, emitted rows on top; counts, pages and figures agree with each other.
import type { AuditFilter, AuditMatch, AuditRecord, AuditRow } from '../../src/contract/audit.ts';
import type { UsageBucket, UsageShare, UsageSummary, UsageTotals } from '../../src/contract/usage.ts';
import { ageOf, recordOf, rowOf, seqOfId } from './fake-rows.ts';
import type { RowFlavour } from './fake-rows.ts';

/** A filter looks through this many of the newest rows, no further. */
const mostScanned = 50_000;

export class FakeLog {
  readonly #generated: number;
  readonly #anchor: number;
  readonly #emitted: AuditRow[] = [];
  readonly #passing = new Map<string, readonly number[]>();

  constructor(generated: number, anchor: number) {
    this.#generated = generated;
    this.#anchor = anchor;
  }

  get size(): number {
    return this.#generated + this.#emitted.length;
  }

  at(seq: number): AuditRow | undefined {
    if (!Number.isInteger(seq) || seq < 1 || seq > this.size) return undefined;
    if (seq > this.#generated) return this.#emitted[seq - this.#generated - 1];
    return rowOf(seq, recordOf(seq, this.#anchor - ageOf(this.#generated - seq)));
  }

  byId(id: string): AuditRow | undefined {
    const row = this.at(seqOfId(id));
    return row?.record.id === id ? row : undefined;
  }

  /** Rows that begin now, one of each flavour given. */
  append(flavours: readonly (RowFlavour | undefined)[]): AuditRow[] {
    const rows = flavours.map((flavour, i) => {
      const seq = this.size + i + 1;
      return rowOf(seq, recordOf(seq, Date.now(), flavour));
    });
    this.#emitted.push(...rows);
    this.#passing.clear();
    return rows;
  }

  count(match: AuditMatch): { rows: number; newest: number } {
    if (isEmpty(match)) return { rows: this.size, newest: this.size };
    const seqs = this.#seqs(match);
    return { rows: seqs.length, newest: seqs[0] ?? 0 };
  }

  page(match: AuditMatch, upTo: number, offset: number, limit: number): AuditRow[] {
    if (isEmpty(match)) return this.#rows(Array.from({ length: limit }, (_, i) => Math.min(upTo, this.size) - offset - i));
    return this.#rows(
      this.#seqs(match)
        .filter((seq) => seq <= upTo)
        .slice(offset, offset + limit),
    );
  }

  query({ before, after, limit = 50, ...match }: AuditFilter): AuditRow[] {
    const inside = (seq: number) => (before === undefined || seq < before) && (after === undefined || seq > after);
    if (isEmpty(match)) return this.page({}, (before ?? this.size + 1) - 1, 0, limit).filter(({ seq }) => inside(seq));
    return this.#rows(this.#seqs(match).filter(inside).slice(0, limit));
  }

  /** Oldest first, from behind `after`. */
  following(match: AuditMatch, after: number, limit: number): AuditRow[] {
    if (isEmpty(match)) return this.#rows(Array.from({ length: limit }, (_, i) => after + 1 + i));
    return this.#rows(
      this.#seqs(match)
        .filter((seq) => seq > after)
        .reverse()
        .slice(0, limit),
    );
  }

  /** Rows since then, newest first, at most as many as a filter looks through. */
  since(moment: number): AuditRow[] {
    const rows: AuditRow[] = [];
    for (let seq = this.size; seq > 0 && rows.length < mostScanned; seq -= 1) {
      const row = this.at(seq);
      if (row === undefined || row.record.startedAt < moment) break;
      rows.push(row);
    }
    return rows;
  }

  summary(since: number): UsageSummary {
    const rows = this.since(since);
    return {
      since,
      totals: totalsOf(rows),
      apps: sharesOf(rows, ({ record }) => record.peer?.app),
      models: sharesOf(rows, ({ record }) => record.model),
      providers: sharesOf(rows, ({ record }) => record.provider),
      targets: sharesOf(rows, ({ record }) => record.target),
    };
  }

  series(since: number, bucketMs: number): UsageBucket[] {
    const now = Date.now();
    const first = Math.max(Math.floor(since / bucketMs), Math.floor(now / bucketMs) - 999);
    const buckets = Array.from({ length: Math.floor(now / bucketMs) - first + 1 }, (): AuditRow[] => []);
    for (const row of this.since(first * bucketMs)) {
      if (row.record.kind === 'exchange') buckets[Math.floor(row.record.startedAt / bucketMs) - first]?.push(row);
    }
    return buckets.map((rows, i) => {
      const { exchanges, blocked, redacted, failed } = totalsOf(rows);
      const durations = rows.map(({ record }) => record.durationMs).sort((a, b) => a - b);
      const at = (share: number) => durations[Math.min(durations.length - 1, Math.floor(durations.length * share))];
      return { at: (first + i) * bucketMs, exchanges, blocked, redacted, failed, p50Ms: at(0.5), p95Ms: at(0.95) };
    });
  }

  #rows(seqs: readonly number[]): AuditRow[] {
    return seqs.map((seq) => this.at(seq)).filter((row) => row !== undefined);
  }

  /** Newest first; looked for once per filter. */
  #seqs(match: AuditMatch): readonly number[] {
    const key = JSON.stringify(match);
    const known = this.#passing.get(key);
    if (known !== undefined) return known;
    const seqs: number[] = [];
    const lowest = Math.max(1, this.size - mostScanned + 1);
    for (let seq = this.size; seq >= lowest; seq -= 1) {
      const row = this.at(seq);
      if (row !== undefined && passes(row, match)) seqs.push(seq);
    }
    this.#passing.set(key, seqs);
    return seqs;
  }
}

const isEmpty = (match: AuditMatch) => Object.values(match).every((value) => value === undefined);

function passes({ record }: AuditRow, match: AuditMatch): boolean {
  const { peer, host, model, provider, decision, outcome, target, kind, startedAt, findings = [] } = record;
  const is: Readonly<Record<string, string | undefined>> = { app: peer?.app, host, model, provider, decision, outcome, target, kind };
  const { since, until, detector, fingerprint, text, ...named } = match;
  const tests: readonly boolean[] = [
    Object.entries(named).every(([name, wanted]) => wanted === undefined || is[name] === wanted),
    since === undefined || startedAt >= since,
    until === undefined || startedAt <= until,
    detector === undefined || findings.some((finding) => finding.detector === detector),
    fingerprint === undefined || findings.some(({ fingerprints }) => fingerprints.includes(fingerprint)),
    text === undefined || hasWords(record, text),
  ];
  return tests.every(Boolean);
}

function hasWords({ peer, host, path, model, rule, target, error, note, product, findings = [] }: AuditRecord, text: string): boolean {
  const words = [peer?.app, host, path, model, rule, target, error?.message, note, product, ...findings.map(({ detector }) => detector)];
  const facts = words.join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => facts.includes(word));
}

function totalsOf(rows: readonly AuditRow[]): UsageTotals {
  const count = (test: (row: AuditRow) => boolean) => rows.reduce((sum, row) => sum + (test(row) ? 1 : 0), 0);
  const sum = (value: (row: AuditRow) => number | undefined) => rows.reduce((total, row) => total + (value(row) ?? 0), 0);
  return {
    exchanges: count(({ record }) => record.kind === 'exchange'),
    tunnels: count(({ record }) => record.kind === 'tunnel'),
    blocked: count(({ record }) => record.decision === 'block'),
    redacted: count(({ record }) => record.decision === 'redact'),
    failed: count(({ record }) => record.outcome === 'failed-open' || record.outcome === 'failed-closed'),
    costUsd: sum(({ record }) => record.costUsd),
    inputTokens: sum(({ record }) => record.usage?.inputTokens),
    outputTokens: sum(({ record }) => record.usage?.outputTokens),
  };
}

function sharesOf(rows: readonly AuditRow[], nameOf: (row: AuditRow) => string | undefined): UsageShare[] {
  const groups = new Map<string, AuditRow[]>();
  for (const row of rows) {
    const name = row.record.kind === 'exchange' ? nameOf(row) : undefined;
    if (name === undefined) continue;
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push(row);
  }
  return [...groups]
    .map(([name, group]) => {
      const { exchanges, blocked, redacted, costUsd, inputTokens, outputTokens } = totalsOf(group);
      return { name, exchanges, blocked, redacted, costUsd, tokens: inputTokens + outputTokens };
    })
    .sort((a, b) => b.exchanges - a.exchanges)
    .slice(0, 10);
}
