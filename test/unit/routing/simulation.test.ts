import { describe, expect, it } from 'vitest';
import { strategies } from '../../simulation/contenders.ts';
import { measure, trialBudget } from '../../simulation/figures.ts';
import { goalsOf } from '../../simulation/goals.ts';
import { scenarioNames } from '../../simulation/scenarios.ts';
import { runScenario } from '../../simulation/suite.ts';

const missedIn = (goals: ReturnType<typeof goalsOf>) => goals.filter(({ holds }) => !holds).map(({ text, found }) => `${text}: ${found}`);

describe('the simulation of routing', () => {
  it('reaches every goal in every scenario', async () => {
    const rows = [];
    for (const name of scenarioNames) rows.push(...(await runScenario(name, { calls: 20_000, seed: 1 })));
    const goals = goalsOf(rows);
    expect(missedIn(goals)).toEqual([]);
    expect(goals).toHaveLength(13);
  });

  it.each([2, 3, 4, 5, 6])('loses fewer than one call in 10,000 to outages, and keeps first tokens short, with seed %i', async (seed) => {
    const compared = new Set(['adaptive', 'latency', 'weighted', 'cascade', 'north alone', 'east alone', 'south alone', 'oracle: best']);
    const rows = await runScenario('outages', { calls: 20_000, seed, only: (contender) => compared.has(contender) });
    expect(missedIn(goalsOf(rows))).toEqual([]);
  });

  it('gives the same figures for the same seed, and others for another', async () => {
    const figures = async (seed: number) => {
      const { tookMs, ...rest } = await measure({ scenario: 'outages', contender: 'adaptive', make: strategies.adaptive, calls: 2_000, seed });
      return tookMs > 0 && rest;
    };
    const first = await figures(7);
    expect(await figures(7)).toEqual(first);
    expect(await figures(8)).not.toEqual(first);
  });

  it('allows as many trials in an outage as fit between the shortest rests, and one of the model', () => {
    // Rests of 0.8, 1.6, 3.2, 6.4, 12.8, 24, 24 … seconds at the least.
    expect([0, 799, 800, 2_400, 5_600, 60_000].map(trialBudget)).toEqual([1, 1, 2, 3, 4, 7]);
  });
});
