// Admits calls while the budgets of this device have room, sets an estimate aside for each, and books what it came to.
import type { BudgetedCall, BudgetSettings, BudgetStatus, VirtualKeySettings } from '../contract/budget.ts';
import { nanoPerDollar } from './account.ts';
import type { Account, Amount, Objection } from './account.ts';
import { AnswerSizes } from './answer-sizes.ts';
import type { KeptAccount } from './budget-file.ts';
import { Keeper, periodOf } from './keeper.ts';
import { refusalText } from './refusal-text.ts';
import { factsOf, keyPrefix, Scope } from './scope.ts';

export interface BudgetsOptions {
  /** The data folder; it has to be there. */
  readonly dir: string;
  readonly budgets: readonly BudgetSettings[];
  readonly virtualKeys: readonly VirtualKeySettings[];
  /** US dollars per million tokens, for a call with so much input. */
  readonly priceOf: (
    provider: string,
    model: string,
    inputTokens: number,
  ) => { readonly input: number; readonly output: number; readonly cacheWrite?: number | undefined } | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What a person should know of the file that remembers what was spent; undefined when all is well again. */
  readonly concern: (text: string | undefined) => void;
}

/** What a call came to. Undefined figures are not known: the estimate stands for them. */
export interface Bill {
  readonly usd: number | undefined;
  /** Input and output. */
  readonly tokens: number | undefined;
  /** From which longest answers are guessed; without it, what is beyond the estimated input. */
  readonly outputTokens?: number | undefined;
}

/** Room set aside for one call. The first of the two holds, each later one does nothing. */
export interface Reservation {
  settle(bill: Bill): void;
  /** Nothing was billed. The request itself stays counted. */
  release(): void;
}

export type Admission =
  | { readonly ok: true; readonly reservation: Reservation }
  | {
      readonly ok: false;
      readonly code: 'budget-exceeded' | 'rate-limited';
      readonly budget: string;
      readonly account: string;
      readonly message: string;
      /** Whole seconds until a call like this would be admitted; where it waits for calls under way, how long calls usually take. */
      readonly retryAfter: number;
    };

/**
 * Never waits and never throws for a call. Spent money survives restarts; windows of a minute begin anew. A call that was under way
 * when the agent was killed counts by its estimate, as its provider may well bill it.
 */
export function openBudgets(options: BudgetsOptions): Budgets {
  return new Budgets(options);
}

/** Combinations of facts whose accounts are remembered. */
const factsKept = 5_000;
const accountsBeforeLook = 2_000;

export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #scopes: readonly Scope[];
  readonly #keyScopes: ReadonlyMap<string, Scope>;
  readonly #sizes = new AnswerSizes();
  readonly #keeper: Keeper;
  readonly #found = new Map<string, readonly Account[]>();
  /** Moving mean of how long calls take, milliseconds. */
  #usualMs = 5_000;
  #lookAt = accountsBeforeLook;

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#scopes = options.budgets.map((settings) => new Scope(settings));
    this.#keyScopes = new Map(
      options.virtualKeys.flatMap(({ id, limits }) =>
        limits === undefined ? [] : [[id, new Scope({ id: `${keyPrefix}${id}`, for: {}, each: 'together', ...limits })] as const],
      ),
    );
    this.#keeper = new Keeper({
      dir: options.dir,
      now: options.now,
      restore: (kept) => this.#restore(kept),
      all: () => this.#all(),
      concern: options.concern,
    });
    this.#keeper.flush();
  }

  /** The largest share used of any budget of money that holds for the call: 0 to 1 and above; 0 where none does. */
  usedShare(call: BudgetedCall): number {
    const now = this.#options.now();
    let largest = 0;
    for (const account of this.#accountsOf(call, now)) largest = Math.max(largest, account.usedShare(now));
    return largest;
  }

  admit(call: BudgetedCall): Admission {
    const now = this.#options.now();
    const accounts = this.#accountsOf(call, now);
    const { amount, isPriced } = this.#estimate(call, now);
    if (!accounts.every((account) => account.fits(now, amount))) return this.#refuse(accounts, amount, now);
    for (const account of accounts) {
      account.reserve(now, amount, isPriced);
      this.#keep(account, now);
    }
    return { ok: true, reservation: this.#reservation(call, accounts, amount, now) };
  }

  /** The fullest first; accounts of which nothing is used are left out, but for those that stand for all calls. */
  status(): readonly BudgetStatus[] {
    const now = this.#options.now();
    return [...this.#all()]
      .filter((account) => account.isUsed(now) || (account.name === '' && !account.limits.id.startsWith(keyPrefix)))
      .sort((a, b) => b.usedShare(now) - a.usedShare(now))
      .map((account) => account.status(now));
  }

  /** Keeps what is left to keep. Calls still under way are kept with their estimates. */
  close(): void {
    this.#keeper.close();
  }

  #accountsOf(call: BudgetedCall, now: number): readonly Account[] {
    const facts = factsOf(call);
    const known = this.#found.get(facts);
    if (known !== undefined) return known;
    this.#tidy(now);
    const ofKey = call.virtualKey === undefined ? undefined : this.#keyScopes.get(call.virtualKey);
    const scopes = ofKey === undefined ? this.#scopes : [...this.#scopes, ofKey];
    const accounts = scopes.map((scope) => scope.accountOf(call)).filter((account) => account !== undefined);
    this.#found.set(facts, accounts);
    return accounts;
  }

  #tidy(now: number): void {
    const count = this.#scopes.reduce((sum, { size }) => sum + size, 0);
    if (this.#found.size < factsKept && count < this.#lookAt) return;
    this.#found.clear();
    for (const scope of this.#scopes) scope.forgetIdle(now);
    this.#lookAt = Math.max(accountsBeforeLook, 2 * this.#scopes.reduce((sum, { size }) => sum + size, 0));
  }

  #estimate(call: BudgetedCall, now: number): { readonly amount: Amount; readonly isPriced: boolean } {
    const { provider, model, estimatedTokens: input } = call;
    const output = call.maxOutputTokens ?? this.#sizes.upperEstimate(model, now);
    const price = provider === undefined || model === undefined ? undefined : this.#options.priceOf(provider, model, input);
    const usd = price === undefined ? 0 : (input * Math.max(price.input, price.cacheWrite ?? 0) + output * price.output) / 1_000_000;
    return { amount: { tokens: input + output, nano: Math.ceil(usd * nanoPerDollar) }, isPriced: price !== undefined };
  }

  #reservation(call: BudgetedCall, accounts: readonly Account[], amount: Amount, since: number): Reservation {
    let isOpen = true;
    const finish = (spent: Amount): void => {
      isOpen = false;
      const now = this.#options.now();
      this.#usualMs += (Math.max(0, now - since) - this.#usualMs) / 16;
      for (const account of accounts) {
        account.finish(now, amount, spent);
        this.#keep(account, now);
      }
    };
    return {
      settle: ({ usd, tokens, outputTokens }) => {
        if (!isOpen) return;
        const answer = outputTokens ?? (tokens === undefined ? undefined : tokens - call.estimatedTokens);
        if (answer !== undefined) this.#sizes.saw(call.model, answer, this.#options.now());
        finish({ tokens: tokens ?? amount.tokens, nano: usd === undefined ? amount.nano : Math.round(usd * nanoPerDollar) });
      },
      release: () => {
        if (isOpen) finish({ tokens: 0, nano: 0 });
      },
    };
  }

  #keep(account: Account, now: number): void {
    if (account.spending === undefined) return;
    if (account.isTight(now)) this.#keeper.changedAtOnce(account);
    else this.#keeper.changed(account);
  }

  #refuse(accounts: readonly Account[], amount: Amount, now: number): Admission {
    const soon = now + this.#usualMs;
    const until = ({ freeAt }: Objection): number => freeAt ?? soon;
    const [worst] = accounts.flatMap((account) => account.objections(now, amount)).sort((a, b) => until(b) - until(a));
    if (worst === undefined) throw new Error('A call was refused to which no account objects.');
    const { account, limit } = worst;
    if (account.spending?.checkClock(now) === true) this.#keeper.changed(account);
    const retryAfter = Math.max(1, Math.ceil((until(worst) - now) / 1000));
    return {
      ok: false,
      code: limit === 'usd' ? 'budget-exceeded' : 'rate-limited',
      budget: account.limits.id,
      account: account.name,
      message: refusalText(worst, retryAfter, now),
      retryAfter,
    };
  }

  #restore(kept: readonly KeptAccount[]): void {
    const scopes = new Map([...this.#scopes, ...this.#keyScopes.values()].map((scope) => [scope.limits.id, scope]));
    for (const { budget, account: name, period, at, reserved, behindSince, slots } of kept) {
      const scope = scopes.get(budget);
      if (scope === undefined || scope.limits.usd === undefined || periodOf(scope.limits) !== period) continue;
      const account = scope.account(name);
      account.spending?.restore(slots, behindSince);
      account.spending?.add(at, reserved);
      this.#keeper.changed(account);
    }
  }

  *#all(): Iterable<Account> {
    for (const scope of this.#scopes) yield* scope.accounts;
    for (const scope of this.#keyScopes.values()) yield* scope.accounts;
  }
}
