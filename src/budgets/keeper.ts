// Keeps what accounts have spent on disk, off the way of calls: in batches, and at once where hardly any money is left.
import { messageOf } from '../contract/errors.ts';
import type { Account, Limits } from './account.ts';
import { BudgetFile, isDamage, setAside } from './budget-file.ts';
import type { KeptAccount } from './budget-file.ts';

const batchMs = 200;
/** From one try at a file that cannot be used to the next. */
const retryMs = 5_000;

export interface KeeperOptions {
  readonly dir: string;
  readonly now: () => number;
  /** What an earlier run has kept, once it can be read. */
  readonly restore: (kept: readonly KeptAccount[]) => void;
  /** All that is to be kept, where a new file has to begin. */
  readonly all: () => Iterable<Account>;
  readonly concern: (text: string | undefined) => void;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #changed = new Set<Account>();
  #file: BudgetFile | undefined;
  /** What earlier runs kept is in memory, or known to be lost. */
  #isRead = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  /** Stands until the agent ends: a person has to know that limits began anew. */
  #damage: string | undefined;
  #trouble: string | undefined;
  #told: string | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** The first flush reads what was kept. */
  changed(account: Account): void {
    if (this.#isClosed) return;
    this.#changed.add(account);
    this.#timer ??= setTimeout(() => this.flush(), this.#trouble === undefined ? batchMs : retryMs).unref();
  }

  /** Writes before the call goes on; while the disk refuses, the next try is left to the timer. */
  changedAtOnce(account: Account): void {
    this.changed(account);
    if (this.#trouble === undefined && !this.#isClosed) this.flush();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#file ??= this.#open();
      if (this.#changed.size > 0) this.#file.write([...this.#changed].map((account) => keptOf(account, this.#options.now())));
      this.#changed.clear();
      this.#tell(undefined);
    } catch (error) {
      if (isDamage(error)) this.#damaged();
      else this.#tell(`What was spent cannot be kept on disk (${messageOf(error)}): calls go on and are counted, but the count would not survive a restart.`);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.flush(), isDamage(error) ? batchMs : retryMs).unref();
    }
  }

  /** What changes afterwards is not kept. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): BudgetFile {
    const { dir, now, restore } = this.#options;
    let file: BudgetFile | undefined;
    try {
      file = new BudgetFile(dir);
      if (!this.#isRead) restore(file.read(now()));
    } catch (error) {
      file?.close();
      if (!isDamage(error)) throw error;
      const outcome = this.#isRead ? 'what counts is written anew, nothing is lost' : 'budgets began anew';
      this.#damage = `The record of what was spent was damaged (${messageOf(error)}) and was set aside as ${setAside(dir, now())}: ${outcome}.`;
      file = new BudgetFile(dir);
    }
    this.#isRead = true;
    return file;
  }

  /** Found while running: all that counts is still in memory, and the file is opened anew with the next try. */
  #damaged(): void {
    this.#file?.close();
    this.#file = undefined;
    for (const account of this.#options.all()) this.#changed.add(account);
  }

  #tell(trouble: string | undefined): void {
    this.#trouble = trouble;
    const parts = [this.#damage, trouble].filter((part) => part !== undefined);
    const text = parts.length === 0 ? undefined : parts.join(' ');
    if (text !== this.#told) this.#options.concern(text);
    this.#told = text;
  }
}

function keptOf({ limits, name, reservedNano, spending }: Account, now: number): KeptAccount {
  spending?.checkClock(now);
  return {
    budget: limits.id,
    account: name,
    period: periodOf(limits),
    at: now,
    reserved: reservedNano,
    behindSince: spending?.behindSince,
    slots: spending?.kept ?? [],
  };
}

export function periodOf({ window, per }: Limits): string {
  return `${window} ${per}`;
}
