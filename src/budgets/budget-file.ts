// The file that remembers what accounts have spent: its table, how it is opened, and what becomes of a damaged one.
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { KeptSlot } from './spending.ts';

export interface KeptAccount {
  readonly budget: string;
  readonly account: string;
  /** `calendar month`, `rolling day` …: a budget whose period is changed begins anew. */
  readonly period: string;
  /** When it was written, milliseconds since 1970. */
  readonly at: number;
  /** Estimates of the calls that were under way, nano-dollars. */
  readonly reserved: number;
  readonly behindSince: number | undefined;
  readonly slots: readonly KeptSlot[];
}

const version = 1;
const schema = `
  CREATE TABLE accounts (
    budget TEXT NOT NULL, account TEXT NOT NULL, period TEXT NOT NULL,
    at INTEGER NOT NULL, reserved INTEGER NOT NULL, behind_since INTEGER, slots TEXT NOT NULL,
    PRIMARY KEY (budget, account, period)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${version};
`;

/** Long after the period of every kind, so that only what nobody asks for any more is forgotten. */
const forgottenAfterMs = 400 * 86_400_000;

const budgetFile = (dir: string): string => join(dir, 'budgets.db');

/** A file that is not ours, or not whole. */
class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/** SQLite's codes for a damaged file, and for one that is no database. */
const damageCodes: readonly number[] = [11, 26];

export function isDamage(error: unknown): boolean {
  return (
    error instanceof UnusableFile ||
    (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && damageCodes.includes(error.errcode & 0xff))
  );
}

/** Moves a file that cannot be used out of the way, with all that belongs to it. Gives its new name. */
export function setAside(dir: string, now: number): string {
  const aside = join(dir, `budgets-damaged-${new Date(now).toISOString().replace(/[:.]/g, '-')}.db`);
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(budgetFile(dir) + suffix)) renameSync(budgetFile(dir) + suffix, aside + suffix);
  return aside;
}

export class BudgetFile {
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #read: StatementSync;

  /** Throws SQLite's and the system's own errors; `isDamage` tells those after which it has to be set aside. */
  constructor(dir: string) {
    // Made here and not by SQLite, which would let every user of the machine read it; its side files take over the mode.
    closeSync(openSync(budgetFile(dir), 'a', 0o600));
    this.#db = new DatabaseSync(budgetFile(dir), { timeout: 100 });
    try {
      // NORMAL: what was written survives the end of the agent in any form; a power cut may take the last moment.
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576;');
      const found = this.#db.prepare('PRAGMA user_version').get()?.['user_version'];
      if (found === 0) this.#db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
      else if (found !== version) throw new UnusableFile(`The file is of version ${String(found)}, this Heimdall knows version ${version}.`);
      if (this.#db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw new UnusableFile('The file is damaged.');
      this.#put = this.#db.prepare('INSERT OR REPLACE INTO accounts (budget, account, period, at, reserved, behind_since, slots) VALUES (?, ?, ?, ?, ?, ?, ?)');
      this.#remove = this.#db.prepare('DELETE FROM accounts WHERE budget = ? AND account = ? AND period = ?');
      this.#read = this.#db.prepare('SELECT budget, account, period, at, reserved, behind_since, slots FROM accounts');
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  read(now: number): readonly KeptAccount[] {
    const all = this.#read.all().map(readRow);
    const old = all.filter(({ at, slots }) => at < now - forgottenAfterMs && slots.every(([, , until]) => until < now - forgottenAfterMs));
    for (const { budget, account, period } of old) this.#remove.run(budget, account, period);
    return all.filter((row) => !old.includes(row));
  }

  /** All or none. */
  write(accounts: readonly KeptAccount[]): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { budget, account, period, at, reserved, behindSince, slots } of accounts) {
        if (reserved === 0 && slots.length === 0) this.#remove.run(budget, account, period);
        else this.#put.run(budget, account, period, at, reserved, behindSince ?? null, JSON.stringify(slots));
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}

function readRow(row: Record<string, unknown>): KeptAccount {
  const slots = parsed(row['slots']);
  if (!Array.isArray(slots) || !slots.every(isSlot)) throw new UnusableFile('An account of the file cannot be read.');
  return {
    budget: row['budget'] as string,
    account: row['account'] as string,
    period: row['period'] as string,
    at: row['at'] as number,
    reserved: row['reserved'] as number,
    behindSince: (row['behind_since'] as number | null) ?? undefined,
    slots,
  };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch (cause) {
    throw new UnusableFile('An account of the file cannot be read.', { cause });
  }
}

function isSlot(value: unknown): value is KeptSlot {
  return Array.isArray(value) && value.length === 4 && value.every((part) => Number.isSafeInteger(part) && part >= 0);
}
