import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../../src/routing/retry-budget.ts';

function budgetOf(share: number) {
  const time = { now: 1_000_000 };
  const clock = { now: () => time.now, wall: () => time.now, after: () => () => undefined };
  return { time, budget: new RetryBudget({ share, clock }) };
}
function granted(budget: RetryBudget, asked: number): number {
  let count = 0;
  for (let attempt = 0; attempt < asked; attempt++) if (budget.tryRetry()) count++;
  return count;
}

describe('the retry budget', () => {
  it('lets a quiet machine fail over: ten are free', () => {
    expect(granted(budgetOf(0).budget, 50)).toBe(10);
  });

  it('grants a share of the calls beside', () => {
    const { budget } = budgetOf(0.25);
    for (let call = 0; call < 100; call++) budget.call();
    expect(granted(budget, 1_000)).toBe(35);
  });

  it('is whole again after ten seconds, and saves nothing up', () => {
    const { time, budget } = budgetOf(0.5);
    for (let call = 0; call < 100; call++) budget.call();
    expect(granted(budget, 1_000)).toBe(60);
    time.now += 11_000;
    expect(granted(budget, 1_000)).toBe(10);
    time.now += 3_600_000;
    expect(granted(budget, 1_000)).toBe(10);
  });

  it('never grants more within any ten seconds than its share of the calls around them and the free ones', () => {
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 4_000 }), calls: fc.integer({ min: 0, max: 40 }), retries: fc.integer({ min: 0, max: 40 }) }),
      { maxLength: 60, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const { time, budget } = budgetOf(0.25);
        const events: { at: number; calls: number; retries: number }[] = [];
        for (const { wait, calls, retries } of list) {
          time.now += wait;
          for (let call = 0; call < calls; call++) budget.call();
          events.push({ at: time.now, calls, retries: granted(budget, retries) });
          // the calls of an attempt lie up to 11 seconds before it
          const sum = (length: number, field: 'calls' | 'retries') =>
            events.reduce((total, event) => (event.at > time.now - length ? total + event[field] : total), 0);
          expect(sum(10_000, 'retries')).toBeLessThanOrEqual(10 + 0.25 * sum(21_000, 'calls'));
        }
      }),
    );
  });
});
