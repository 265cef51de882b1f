// What the lines of budgets say, and when they warn.
import { describe, expect, it } from 'vitest';
import { budgetLines, budgetName, tightestBudget } from '../../../../renderer/views/targets/budget-limits.ts';
import type { BudgetStatus } from '../../../../src/contract/budget.ts';

const now = new Date(2026, 10, 23, 8, 0).getTime();
const budget = (more: Partial<BudgetStatus> = {}): BudgetStatus => ({
  budget: 'team',
  account: '',
  usd: undefined,
  requests: undefined,
  tokens: undefined,
  freeAt: undefined,
  ...more,
});
const spent = (used: number, reserved = 0, limit = 10): BudgetStatus => budget({ usd: { used, reserved, limit, per: 'day', window: 'calendar' } });

describe('the lines of a budget', () => {
  it('counts what is reserved as used, and says how much it is', () => {
    expect(budgetLines(spent(4, 1), now)).toMatchObject([{ share: 0.5, text: '$4.00 of $10.00 today, $1.00 reserved', tone: undefined, usedUp: undefined }]);
  });

  it.each([
    [8.9, undefined],
    [9, 'warn'],
    [9.99, 'warn'],
    [10, 'bad'],
    [12, 'bad'],
  ])('at $%d of $10 has the tone %s', (used, tone) => {
    expect(budgetLines(spent(used), now)[0]?.tone).toBe(tone);
  });

  it('says until when a limit is used up, and nothing of the sort about one that is not', () => {
    const freeAt = new Date(2026, 10, 23, 8, 0, 42).getTime();
    const lines = budgetLines(budget({ requests: { used: 60, limit: 60 }, tokens: { used: 1_200, limit: 9_000 }, freeAt }), now);
    expect(lines.map(({ text, usedUp }) => [text, usedUp])).toEqual([
      ['60 of 60 requests a minute', 'Used up until 08:00:42'],
      ['1,200 of 9,000 tokens a minute', undefined],
    ]);
  });

  it('waits for calls under way where no moment is known', () => {
    expect(budgetLines(spent(8, 2), now)[0]?.usedUp).toBe('Used up until calls under way end');
  });

  it('takes a limit of nothing as used up', () => expect(budgetLines(spent(0, 0, 0), now)).toMatchObject([{ share: 1, tone: 'bad' }]));

  it('names the account where there is one for each', () => {
    expect([budgetName(budget()), budgetName(budget({ account: 'codex' }))]).toEqual(['team', 'team · codex']);
  });
});

describe('the fullest budget', () => {
  it('is the one of money with the largest share', () => {
    const budgets = [budget({ budget: 'rate', requests: { used: 60, limit: 60 } }), spent(2), { ...spent(7), budget: 'each-app' }, spent(3)];
    expect(tightestBudget(budgets, now)).toMatchObject({ name: 'each-app', line: { share: 0.7 } });
  });

  it('is none where no budget counts money', () => {
    expect(tightestBudget([budget({ requests: { used: 1, limit: 60 } })], now)).toBeUndefined();
  });
});
