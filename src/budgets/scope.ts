// Which calls a budget counts, and to which of its accounts.
import type { BudgetedCall, BudgetSettings } from '../contract/budget.ts';
import { compileNames } from '../contract/names.ts';
import { Account } from './account.ts';
import type { Limits } from './account.ts';

type Fact = keyof BudgetSettings['for'];

const facts = ['virtualKey', 'app', 'user', 'team', 'model', 'provider'] as const satisfies readonly Fact[];

export class Scope {
  readonly limits: Limits;
  readonly #each: BudgetSettings['each'];
  readonly #conditions: readonly { readonly fact: Fact; readonly matches: (value: string) => boolean }[];
  readonly #accounts = new Map<string, Account>();

  constructor({ for: whose, each, ...limits }: BudgetSettings) {
    this.limits = limits;
    this.#each = each;
    this.#conditions = facts.flatMap((fact) => (whose[fact] === undefined ? [] : [{ fact, matches: compileNames(whose[fact]) }]));
    // Shown from the start, used or not.
    if (each === 'together' && !limits.id.startsWith(keyPrefix)) this.account('');
  }

  /** Undefined where it does not count the call: a condition does not hold, or the call lacks the fact that accounts are told apart by. */
  accountOf(call: BudgetedCall): Account | undefined {
    const holds = this.#conditions.every(({ fact, matches }) => {
      const value = call[fact];
      return value !== undefined && value !== '' && matches(value.toLowerCase());
    });
    if (!holds) return undefined;
    if (this.#each === 'together') return this.account('');
    const name = call[this.#each]?.toLowerCase() ?? '';
    return name === '' ? undefined : this.account(name);
  }

  account(name: string): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const made = new Account(this.limits, name);
    this.#accounts.set(name, made);
    return made;
  }

  get accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** Clients can invent models without end: accounts of which nothing is left are forgotten. */
  forgetIdle(now: number): void {
    for (const [name, account] of this.#accounts) if (name !== '' && account.isIdle(now)) this.#accounts.delete(name);
  }
}

/** Budgets of virtual keys have ids that no budget of the settings can have. */
export const keyPrefix = 'key:';

/** What identifies a call's accounts: equal texts, equal accounts. */
export function factsOf({ virtualKey = '', app = '', user = '', team = '', model = '', provider = '' }: BudgetedCall): string {
  return `${virtualKey}\n${app}\n${user}\n${team}\n${model}\n${provider}`;
}
