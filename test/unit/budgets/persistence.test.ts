import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { admitted, day, open, spend, temporaryFolder, worth } from './fixture.ts';
import type { Bench } from './fixture.ts';

const budget = { id: 'b', usd: 10 };
const used = ({ budgets }: Bench): number | undefined => budgets.status()[0]?.usd?.used;

describe('what was spent', () => {
  it('is there again after a restart, for every account and window', () => {
    const dir = temporaryFolder();
    const settings = {
      dir,
      budgets: [budget, { id: 'each', each: 'user' as const, usd: 5, per: 'week' as const, window: 'rolling' as const }],
      virtualKeys: [{ id: 'ci', limits: { usd: 3 } }],
    };
    const first = open(settings);
    spend(first.budgets, 1, { virtualKey: 'ci' });
    spend(first.budgets, 2, { user: 'ben' });
    const before = first.budgets.status();
    first.budgets.close();
    const second = open(settings);
    expect(second.budgets.status()).toEqual(before);
    expect(second.concerns).toEqual([]);
    second.clock.now += 8 * day;
    expect(second.budgets.status().map(({ budget: id, usd }) => [id, usd?.used])).toEqual([['b', 0]]);
  });

  it('is kept in a file that only its owner can read, without anything being closed', async () => {
    const dir = temporaryFolder();
    const bench = open({ dir, budgets: [budget] });
    spend(bench.budgets, 2);
    await expect.poll(() => keptNano(dir)).toBe(2_000_000_000);
    for (const name of readdirSync(dir)) expect([name, statSync(join(dir, name)).mode & 0o077]).toEqual([name, 0]);
  });

  it('is written before the call goes on where hardly any money is left', () => {
    const dir = temporaryFolder();
    const bench = open({ dir, budgets: [budget] });
    spend(bench.budgets, 9.5);
    expect(keptNano(dir)).toBe(9_500_000_000);
    admitted(bench.budgets.admit(worth(0.25)));
    expect(keptReserved(dir)).toBe(250_000_000);
  });

  it('counts the estimate of a call that was under way at the end, once', () => {
    const dir = temporaryFolder();
    const first = open({ dir, budgets: [budget] });
    spend(first.budgets, 1);
    admitted(first.budgets.admit(worth(2)));
    first.budgets.close();
    for (let restart = 0; restart < 3; restart += 1) {
      const next = open({ dir, budgets: [budget] });
      expect(next.budgets.status()[0]?.usd).toMatchObject({ used: 3, reserved: 0 });
      next.budgets.close();
    }
  });

  it('of a call that ends after the close is its estimate', () => {
    const dir = temporaryFolder();
    const first = open({ dir, budgets: [budget] });
    const reservation = admitted(first.budgets.admit(worth(9.5)));
    first.budgets.close();
    reservation.settle({ usd: 1, tokens: 1 });
    expect(used(open({ dir, budgets: [budget] }))).toBe(9.5);
  });

  it('begins anew with the budget’s period, and comes back with it', () => {
    const dir = temporaryFolder();
    const first = open({ dir, budgets: [budget] });
    spend(first.budgets, 1);
    first.budgets.close();
    const daily = open({ dir, budgets: [{ ...budget, per: 'day' }] });
    expect(used(daily)).toBe(0);
    daily.budgets.close();
    expect(used(open({ dir, budgets: [budget] }))).toBe(1);
  });

  it('leaves the file once nobody asks for it any more', () => {
    const dir = temporaryFolder();
    const first = open({ dir, budgets: [{ ...budget, each: 'user' }] });
    spend(first.budgets, 1);
    first.budgets.close();
    open({ dir, budgets: [], at: first.clock.now + 300 * day }).budgets.close();
    expect(keptNano(dir)).toBe(1_000_000_000);
    open({ dir, budgets: [], at: first.clock.now + 500 * day }).budgets.close();
    expect(keptNano(dir)).toBe(0);
  });

  it('survives a kill: nothing settled is lost but for the last moment, and nothing counts twice', async () => {
    const dir = temporaryFolder();
    const module = new URL('../../../src/budgets/budgets.ts', import.meta.url).href;
    const program = `
      import { openBudgets } from ${JSON.stringify(module)};
      import { setTimeout as sleep } from 'node:timers/promises';
      const budgets = openBudgets({
        dir: ${JSON.stringify(dir)}, virtualKeys: [], now: Date.now, concern: console.error, priceOf: () => ({ input: 1, output: 1 }),
        budgets: [{ id: 'b', for: {}, each: 'together', usd: 1000, per: 'month', window: 'rolling' }],
      });
      for (let count = 1; ; count += 1) {
        const { reservation } = budgets.admit({ model: 'm', provider: 'p', estimatedTokens: 0, maxOutputTokens: 20_000 });
        await sleep(1);
        reservation.settle({ usd: 0.01, tokens: 1 });
        console.log(count, Date.now());
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const told: { count: number; at: number }[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trim().split('\n')) told.push({ count: Number(line.split(' ')[0]), at: Number(line.split(' ')[1]) });
    });
    await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(300);
    child.kill('SIGKILL');
    await once(child, 'close');
    const kept = used(open({ dir, budgets: [{ id: 'b', usd: 1000, per: 'month', window: 'rolling' }], at: Date.now() })) ?? 0;
    // Batches are written every 200 ms; the machine may be busy, so two seconds are allowed.
    const last = told.at(-1) ?? { count: 0, at: 0 };
    const surely = told.findLast(({ at }) => at < last.at - 2_000)?.count ?? 1;
    expect(kept).toBeGreaterThanOrEqual(0.01 * surely - 1e-9);
    expect(kept).toBeLessThanOrEqual(0.01 * last.count + 0.01 + 0.02 + 1e-9);
  });
});

describe('a file that cannot be used', () => {
  it('is set aside where it is damaged, and the loss is told for as long as the agent runs', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'budgets.db'), 'no database at all, but quite some text. '.repeat(100));
    const bench = open({ dir, budgets: [budget] });
    expect(bench.concerns).toEqual([
      expect.stringMatching(/^The record of what was spent was damaged .* set aside as .*budgets-damaged-.*\.db: budgets began anew\.$/),
    ]);
    const aside = readdirSync(dir).find((name) => name.startsWith('budgets-damaged-'));
    expect(readFileSync(join(dir, aside ?? ''), 'utf8')).toMatch(/^no database at all/);
    spend(bench.budgets, 2);
    await expect.poll(() => keptNano(dir)).toBe(2_000_000_000);
    expect(bench.concerns).toHaveLength(1);
  });

  it('is written anew from memory where it breaks while the agent runs', async () => {
    const dir = temporaryFolder();
    const bench = open({ dir, budgets: [{ ...budget, each: 'user' }] });
    spend(bench.budgets, 1, { user: 'ben' });
    await expect.poll(() => keptNano(dir)).toBe(1_000_000_000);
    const other = new DatabaseSync(join(dir, 'budgets.db'), { defensive: false });
    other.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 999 WHERE name = 'accounts'; PRAGMA schema_version = 77`);
    other.close();
    spend(bench.budgets, 2, { user: 'anna' });
    await expect.poll(() => bench.concerns.at(-1), { timeout: 20_000 }).toMatch(/set aside as .*: what counts is written anew, nothing is lost\.$/);
    bench.budgets.close();
    expect(keptNano(dir)).toBe(3_000_000_000);
  });

  it('is set aside where an account in it makes no sense, or another version made it', () => {
    for (const harm of [`UPDATE accounts SET slots = '[[1,2,3,-4]]'`, `UPDATE accounts SET slots = '[1'`, 'PRAGMA user_version = 99']) {
      const dir = temporaryFolder();
      const first = open({ dir, budgets: [budget] });
      spend(first.budgets, 1);
      first.budgets.close();
      const db = new DatabaseSync(join(dir, 'budgets.db'));
      db.exec(harm);
      db.close();
      const second = open({ dir, budgets: [budget] });
      expect(second.concerns).toEqual([expect.stringContaining('set aside')]);
      expect(used(second)).toBe(0);
    }
  });

  it('because of the folder stops no call; what it holds is added once it can be read', async () => {
    const dir = temporaryFolder();
    const first = open({ dir, budgets: [budget] });
    spend(first.budgets, 1);
    first.budgets.close();
    // Something else stands where the file is wanted.
    const path = join(dir, 'budgets.db');
    renameSync(path, join(dir, 'elsewhere.db'));
    mkdirSync(path);
    const second = open({ dir, budgets: [budget] });
    expect(second.concerns).toEqual([expect.stringContaining('cannot be kept on disk')]);
    spend(second.budgets, 2);
    expect(used(second)).toBe(2);
    rmdirSync(path);
    renameSync(join(dir, 'elsewhere.db'), path);
    await expect.poll(() => second.concerns.at(-1), { timeout: 20_000, interval: 200 }).toBeUndefined();
    expect(used(second)).toBe(3);
    second.budgets.close();
    expect(keptNano(dir)).toBe(3_000_000_000);
  });

  it('because it cannot be written is told, stops no call, and is written when it can be', async () => {
    const dir = temporaryFolder();
    const bench = open({ dir, budgets: [budget] });
    const other = new DatabaseSync(join(dir, 'budgets.db'));
    onTestFinished(() => other.close());
    other.exec('BEGIN EXCLUSIVE');
    spend(bench.budgets, 9.5);
    expect(bench.concerns).toEqual([expect.stringMatching(/cannot be kept on disk \(.*locked.*\)/)]);
    spend(bench.budgets, 0.25);
    expect([used(bench), keptNano(dir)]).toEqual([9.75, 0]);
    other.exec('COMMIT');
    await expect.poll(() => bench.concerns, { timeout: 20_000, interval: 200 }).toEqual([expect.any(String), undefined]);
    expect(keptNano(dir)).toBe(9_750_000_000);
  });
});

function rows(dir: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(join(dir, 'budgets.db'), { readOnly: true });
  try {
    return db.prepare('SELECT reserved, slots FROM accounts').all();
  } finally {
    db.close();
  }
}

function keptNano(dir: string): number {
  return rows(dir)
    .flatMap(({ slots }) => JSON.parse(slots as string) as number[][])
    .reduce((sum, slot) => sum + (slot[3] ?? Number.NaN), 0);
}

function keptReserved(dir: string): number {
  return rows(dir).reduce((sum, { reserved }) => sum + (reserved as number), 0);
}
