// The limits of budgets as lines to show: how much is used, whether that is much, and until when.
import type { BudgetStatus } from '../../../src/contract/budget.ts';
import { formatMoney, formatNumber, formatWhen } from '../../format.ts';
import type { Tone } from '../../parts/tone.ts';
import { t } from '../../strings/en.ts';

export interface BudgetLine {
  /** Such as `today` or `tokens a minute`. */
  readonly what: string;
  /** 0 to 1 and above: used and reserved, of the limit. */
  readonly share: number;
  readonly text: string;
  /** `warn` from nine tenths on, `bad` when nothing is left. */
  readonly tone: Tone | undefined;
  /** Until when it is used up; absent while something is left. */
  readonly usedUp: string | undefined;
}

export const budgetName = ({ budget, account }: BudgetStatus): string => (account === '' ? budget : `${budget} · ${account}`);

export function budgetLines({ usd, requests, tokens, freeAt }: BudgetStatus, now: number): readonly BudgetLine[] {
  const words = t.targets.budgets;
  const line = (what: string, used: number, limit: number, text: string): BudgetLine => {
    const share = limit === 0 ? 1 : used / limit;
    const usedUp = share < 1 ? undefined : words.usedUp(freeAt === undefined ? undefined : formatWhen(freeAt, now));
    return { what, share, text, tone: share >= 1 ? 'bad' : share >= 0.9 ? 'warn' : undefined, usedUp };
  };
  const count = (what: string, limit: { readonly used: number; readonly limit: number } | undefined): readonly BudgetLine[] =>
    limit === undefined ? [] : [line(what, limit.used, limit.limit, words.of(formatNumber(limit.used), formatNumber(limit.limit), what))];
  const money = usd === undefined ? [] : [line(periodOf(usd), usd.used + usd.reserved, usd.limit, moneyText(usd))];
  return [...money, ...count(words.requests, requests), ...count(words.tokens, tokens)];
}

type Money = NonNullable<BudgetStatus['usd']>;

const periodOf = ({ per, window }: Money): string => t.targets.budgets.per[window][per];

function moneyText(usd: Money): string {
  const text = t.targets.budgets.of(formatMoney(usd.used), formatMoney(usd.limit), periodOf(usd));
  return usd.reserved > 0 ? `${text}, ${t.targets.budgets.reserved(formatMoney(usd.reserved))}` : text;
}

/** The account of money of which the largest share is gone. */
export function tightestBudget(budgets: readonly BudgetStatus[], now: number): { readonly name: string; readonly line: BudgetLine } | undefined {
  return budgets
    .flatMap((budget) => {
      const [line] = budget.usd === undefined ? [] : budgetLines(budget, now);
      return line === undefined ? [] : [{ name: budgetName(budget), line }];
    })
    .sort((a, b) => b.line.share - a.line.share)[0];
}
