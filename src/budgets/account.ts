// One account of one budget: what is used and reserved of each of its limits, and whether a further call fits.
import type { BudgetSettings, BudgetStatus } from '../contract/budget.ts';
import { MinuteWindow } from './minute-window.ts';
import { Spending } from './spending.ts';

export const nanoPerDollar = 1_000_000_000;

export type Limits = Omit<BudgetSettings, 'for' | 'each'>;

/** An upper estimate of a call, or what it came to. */
export interface Amount {
  readonly tokens: number;
  /** Nano-dollars, whole. */
  readonly nano: number;
}

/** Why a call does not fit. */
export interface Objection {
  readonly account: Account;
  readonly limit: 'requests' | 'tokens' | 'usd';
  /** Milliseconds since 1970; undefined: as soon as calls under way have ended. */
  readonly freeAt: number | undefined;
}

export class Account {
  readonly limits: Limits;
  /** The value of the fact the budget is told apart by; empty where there is one account for all. */
  readonly name: string;
  readonly spending: Spending | undefined;
  readonly #limitNano: number;
  readonly #requests: MinuteWindow | undefined;
  readonly #tokens: MinuteWindow | undefined;
  #reservedNano = 0;
  #reservedTokens = 0;
  #open = 0;
  #unpriced = 0;

  constructor(limits: Limits, name: string) {
    this.limits = limits;
    this.name = name;
    this.#limitNano = Math.round((limits.usd ?? 0) * nanoPerDollar);
    this.spending = limits.usd === undefined ? undefined : new Spending(limits.per, limits.window);
    this.#requests = limits.requestsPerMinute === undefined ? undefined : new MinuteWindow();
    this.#tokens = limits.tokensPerMinute === undefined ? undefined : new MinuteWindow();
  }

  /** Share of the money that is used, calls under way not counted: 0 to 1 and above. */
  usedShare(now: number): number {
    return this.spending === undefined ? 0 : shareOf(this.spending.used(now), this.#limitNano);
  }

  /** Hardly any money is left: every change is to be kept at once. */
  isTight(now: number): boolean {
    return this.spending !== undefined && this.spending.used(now) + this.#reservedNano > 0.9 * this.#limitNano;
  }

  get reservedNano(): number {
    return this.#reservedNano;
  }

  /** Something counts now, or is under way. */
  isUsed(now: number): boolean {
    return this.#open > 0 || [this.spending, this.#requests, this.#tokens].some((counter) => counter !== undefined && counter.used(now) > 0);
  }

  /** Nothing is used, and no money is remembered: it can be forgotten and made again. */
  isIdle(now: number): boolean {
    return !this.isUsed(now) && (this.spending?.kept.length ?? 0) === 0;
  }

  fits(now: number, amount: Amount): boolean {
    return !this.#isOutOfMoney(now, amount) && !this.#isOutOfTokens(now, amount) && !this.#isOutOfRequests(now);
  }

  /** Everything that stands in the way of the call. */
  objections(now: number, amount: Amount): readonly Objection[] {
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.limits;
    const found: Objection[] = [];
    if (this.#isOutOfMoney(now, amount)) found.push({ account: this, limit: 'usd', freeAt: freeAt(this.spending, now, this.#limitNano) });
    if (this.#isOutOfTokens(now, amount)) found.push({ account: this, limit: 'tokens', freeAt: freeAt(this.#tokens, now, tokensPerMinute) });
    if (this.#isOutOfRequests(now)) found.push({ account: this, limit: 'requests', freeAt: freeAt(this.#requests, now, requestsPerMinute) });
    return found;
  }

  /** Sets the estimate aside until the call has ended. The request itself counts from now on, whatever becomes of it. */
  reserve(now: number, { tokens, nano }: Amount, isPriced: boolean): void {
    this.#requests?.add(now, 1);
    this.#reservedTokens += tokens;
    this.#reservedNano += nano;
    this.#open += 1;
    if (!isPriced) this.#unpriced += 1;
  }

  /** The call has ended: `spent` takes the place of what was set aside. */
  finish(now: number, reserved: Amount, spent: Amount): void {
    this.#reservedTokens -= reserved.tokens;
    this.#reservedNano -= reserved.nano;
    this.#open -= 1;
    this.#tokens?.add(now, spent.tokens);
    this.spending?.add(now, spent.nano);
  }

  status(now: number): BudgetStatus {
    const { id, usd, per, window, requestsPerMinute, tokensPerMinute } = this.limits;
    const spent = this.spending?.used(now) ?? 0;
    return {
      budget: id,
      account: this.name,
      usd:
        usd === undefined
          ? undefined
          : { used: spent / nanoPerDollar, reserved: this.#reservedNano / nanoPerDollar, limit: usd, per, window, unpriced: this.#unpriced },
      requests: requestsPerMinute === undefined ? undefined : { used: this.#requests?.used(now) ?? 0, limit: requestsPerMinute },
      tokens: tokensPerMinute === undefined ? undefined : { used: (this.#tokens?.used(now) ?? 0) + this.#reservedTokens, limit: tokensPerMinute },
      freeAt: latest(this.objections(now, nothing).map((objection) => objection.freeAt)),
    };
  }

  #isOutOfMoney(now: number, { nano }: Amount): boolean {
    return this.spending !== undefined && isFull(this.spending.used(now), this.#reservedNano, nano, this.#limitNano);
  }

  #isOutOfTokens(now: number, { tokens }: Amount): boolean {
    return this.#tokens !== undefined && isFull(this.#tokens.used(now), this.#reservedTokens, tokens, this.limits.tokensPerMinute ?? Infinity);
  }

  #isOutOfRequests(now: number): boolean {
    return this.#requests !== undefined && this.#requests.used(now) >= (this.limits.requestsPerMinute ?? Infinity);
  }
}

/** Undefined where it is calls under way that fill it. */
function freeAt(counter: Spending | MinuteWindow | undefined, now: number, limit: number): number | undefined {
  return counter !== undefined && counter.used(now) >= limit ? counter.freeAt(now, limit) : undefined;
}

/** A call that is alone may pass the line, once; beside others it has to fit. */
function isFull(used: number, reserved: number, mine: number, limit: number): boolean {
  return used + reserved >= limit || (reserved > 0 && used + reserved + mine > limit);
}

const nothing: Amount = { tokens: 0, nano: 0 };

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function shareOf(used: number, limit: number): number {
  return limit === 0 ? 1 : used / limit;
}
