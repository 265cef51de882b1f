import { afterEach, describe, expect, it } from 'vitest';
import { openAudit } from '../../../src/audit/log.ts';
import { AuditReading } from '../../../src/audit/reading.ts';
import { TodayUsage } from '../../../src/audit/usage-today.ts';
import { noUsage } from '../../../src/audit/usage.ts';
import type { AuditMatch } from '../../../src/contract/audit.ts';
import { newFolder, openWriter, record, removeFolders, tamper, texts } from './audit-folder.fixture.ts';

afterEach(() => removeFolders());

const day = 86_400_000;
const now = Date.parse('2026-11-22T12:00:00Z');

/** Rows 2 to 3,001 (row 1 begins the chain): every tenth is blocked, every third is of codex, costs are known. */
function folder(count = 3000): string {
  const dir = newFolder();
  const writer = openWriter(dir);
  const rows = Array.from({ length: count }, (_, index) =>
    record(`id-${index}`, {
      startedAt: now - (count - index) * 1000,
      peer: { pid: 1, executable: '/usr/bin/x', app: index % 3 === 0 ? 'codex' : 'claude-code' },
      decision: index % 10 === 0 ? 'block' : 'allow',
      outcome: index % 10 === 0 ? 'refused' : 'forwarded',
      rule: index === 1234 ? 'No-Customer-Data' : undefined,
      findings: [{ detector: 'email', count: 1, fingerprints: ['deadbeefdeadbeef'] }],
      costUsd: 0.01,
      usage: { inputTokens: 10, outputTokens: 5 },
    }),
  );
  writer.append(texts(...rows));
  writer.close();
  return dir;
}

describe('reading much of the log', () => {
  it('knows the length of everything, and reads any offset of it', () => {
    const reading = new AuditReading(folder());
    expect(reading.count({})).toEqual({ rows: 3001, newest: 3001 });
    expect(reading.page({}, 3001, 0, 2).map(({ seq }) => seq)).toEqual([3001, 3000]);
    expect(reading.page({}, 3001, 2999, 10).map(({ seq }) => seq)).toEqual([2, 1]);
    expect(reading.page({}, 3001, 9999, 10)).toEqual([]);
    reading.forget();
  });

  const matches: readonly AuditMatch[] = [
    { app: 'codex' },
    { decision: 'block', app: 'codex' },
    { since: now - 100_000, until: now - 50_000 },
    { detector: 'email', app: 'claude-code' },
    { fingerprint: 'deadbeefdeadbeef' },
    { text: 'codex' },
    { text: 'customer' },
  ];
  it.each(matches)('pages through %o as a whole reading of the log does', (match) => {
    const reading = new AuditReading(folder());
    const everything = reading.page({}, 3001, 0, 3001).map(({ seq, record: each }) => ({ seq, each }));
    const passes = everything.filter(({ each }) => {
      if (match.app !== undefined && each.peer?.app !== match.app) return false;
      if (match.decision !== undefined && each.decision !== match.decision) return false;
      if (match.since !== undefined && each.startedAt < match.since) return false;
      if (match.until !== undefined && each.startedAt > match.until) return false;
      if ((match.fingerprint ?? match.detector) !== undefined && each.findings === undefined) return false;
      if (match.text === 'codex') return each.peer?.app === 'codex';
      return match.text === undefined || each.rule !== undefined;
    });
    const { rows, newest } = reading.count(match);
    expect(rows).toBe(passes.length);
    const paged: number[] = [];
    for (let offset = 0; offset < rows; offset += 97) paged.push(...reading.page(match, newest, offset, 97).map(({ seq }) => seq));
    expect(paged).toEqual(passes.map(({ seq }) => seq));
    const following: number[] = [];
    for (let after = 0; ; after = following.at(-1) ?? 0) {
      const piece = reading.following(match, after, 500);
      following.push(...piece.map(({ seq }) => seq));
      if (piece.length < 500) break;
    }
    expect(following).toEqual(paged.toReversed());
    reading.forget();
  });

  it('finds words in facts, in any case, and never in fingerprints, hashes or names of fields', () => {
    const reading = new AuditReading(folder(100));
    expect(reading.count({ text: 'CODEX anthropic.com' }).rows).toBe(34);
    expect(reading.count({ text: 'deadbeef' }).rows).toBe(0);
    expect(reading.count({ text: 'fingerprints' }).rows).toBe(0);
    expect(reading.count({ text: 'codex nowhere' }).rows).toBe(0);
    reading.forget();
  });

  it('finds paths of Windows and words in any alphabet, and asks both of detector and value', () => {
    const dir = newFolder();
    const writer = openWriter(dir);
    const finding = (detector: string, print: string) => ({ detector, count: 1, fingerprints: [print] });
    writer.append(
      texts(
        record('windows', {
          peer: { pid: 7, executable: 'C:\\Program Files\\Codex\\codex.exe', app: 'codex' },
          findings: [finding('email', 'aa'), finding('jwt', 'bb')],
        }),
        record('words', { note: 'Die ÜBERSICHT' }),
      ),
    );
    writer.close();
    const reading = new AuditReading(dir);
    expect(reading.count({ text: 'files\\codex' }).rows).toBe(1);
    expect(reading.count({ text: 'übersicht' }).rows).toBe(1);
    expect(reading.count({ detector: 'email', fingerprint: 'bb' }).rows).toBe(0);
    expect(reading.count({ detector: 'jwt', fingerprint: 'bb' }).rows).toBe(1);
    reading.forget();
  });

  it('forgets rows that retention has removed since', () => {
    const dir = newFolder();
    const writer = openWriter(dir); // stays open, as in a running agent
    writer.append(texts(...Array.from({ length: 300 }, (_, index) => record(`id-${index}`, { host: index % 3 === 0 ? 'a.example' : 'b.example' }))));
    const reading = new AuditReading(dir);
    const match = { host: 'a.example' };
    expect(reading.count(match).rows).toBe(100);
    tamper(dir, (db) => db.exec('DELETE FROM entries WHERE seq <= 151'));
    expect(reading.count(match).rows).toBe(50);
    expect(reading.count({}).rows).toBe(150);
    expect(reading.page(match, 301, 45, 100)).toHaveLength(5);
    writer.close();
    reading.forget();
  });

  it('finds one row by its id', () => {
    const reading = new AuditReading(folder(100));
    expect(reading.row('id-42')?.record.id).toBe('id-42');
    expect(reading.row('id-4')?.record.id).toBe('id-4');
    expect(reading.row('nobody')).toBeNull();
    reading.forget();
  });

  it('adds figures up, and only those since the moment asked for', () => {
    const reading = new AuditReading(folder());
    const summary = reading.summary(now - 1000 * 1000);
    expect(summary.totals).toMatchObject({ exchanges: 1000, blocked: 100, inputTokens: 10_000, outputTokens: 5000 });
    expect(summary.totals.costUsd).toBeCloseTo(10);
    expect(summary.apps.map(({ name, exchanges }) => [name, exchanges])).toEqual([
      ['claude-code', 667],
      ['codex', 333],
    ]);
    reading.forget();
  });

  it('gives a bucket for every step, empty ones included', () => {
    const reading = new AuditReading(folder(120));
    const buckets = reading.series(now - 300_000, 60_000, now - 1);
    expect(buckets.map(({ exchanges }) => exchanges)).toEqual([0, 0, 0, 60, 60]);
    expect(buckets[3]).toMatchObject({ blocked: 6, p50Ms: 12.345, p95Ms: 12.345 });
    expect(buckets[0]).toMatchObject({ p50Ms: undefined });
    reading.forget();
  });

  it('names the values of each column, most used first', () => {
    const reading = new AuditReading(folder(100));
    expect(reading.values()).toMatchObject({ app: ['claude-code', 'codex'], target: ['gateway-1'] });
    reading.forget();
  });

  it('sees the rows that come while it is open, and stays at the moment a list was begun', async () => {
    const log = await openAudit({ dir: newFolder(), retentionDays: 90 });
    log.append(record('first', { host: 'a.example' }));
    await log.flush();
    const match = { host: 'a.example' };
    const { rows, newest } = await log.reading.ask({ kind: 'count', match });
    expect(rows).toBe(1);
    log.append(record('second', { host: 'a.example' }));
    await log.flush();
    const page = await log.reading.ask({ kind: 'page', match, upTo: newest, offset: 0, limit: 10 });
    expect(page.map((row) => row.record.id)).toEqual(['first']);
    expect((await log.reading.ask({ kind: 'count', match })).rows).toBe(2);
    expect((await log.reading.ask({ kind: 'summary', since: 0 })).totals.exchanges).toBe(2);
    await log.close();
  });

  it('answers a question about a log that cannot be read with the reason', async () => {
    const reading = new AuditReading(newFolder());
    expect(() => reading.count({})).toThrow();
    return Promise.resolve();
  });
});

describe('the figures of today', () => {
  it('go on from what the log holds, and begin anew with the next day', () => {
    let clock = new Date(2026, 10, 22, 23, 59);
    const today = new TodayUsage({ ...noUsage, exchanges: 5 }, () => clock);
    today.add(record('a', { costUsd: 0.5 }));
    expect(today.totals).toMatchObject({ exchanges: 6, costUsd: 0.5 });
    clock = new Date(clock.getTime() + 120_000);
    expect(today.totals.exchanges).toBe(0);
    today.add(record('b', { decision: 'block' }));
    expect(today.totals).toMatchObject({ exchanges: 1, blocked: 1 });
    clock = new Date(clock.getTime() - day);
    expect(today.totals.exchanges).toBe(0);
  });
});
