import { describe, expect, it } from 'vitest';
import { strategies } from '../../simulation/contenders.ts';
import { measure, trialBudget } from '../../simulation/figures.ts';
import type { Figures } from '../../simulation/figures.ts';
import { goalsOf } from '../../simulation/goals.ts';
import { scenarioNames } from '../../simulation/scenarios.ts';
import type { ScenarioName } from '../../simulation/scenarios.ts';
import { runScenario } from '../../simulation/suite.ts';

const missedIn = (rows: readonly Figures[]) => goalsOf(rows).flatMap(({ text, found, holds }) => (holds ? [] : [`${text}: ${found}`]));
const unjudged = (contender: string) => contender.startsWith('bare') || contender.includes('hedged') || contender === 'oracle: turns';

describe('the simulation of routing', () => {
  it.each<[ScenarioName, number]>([
    ['healthy', 25_000],
    ['walls', 15_000],
    ['burst', 25_000],
    ['membership', 25_000],
    ['prices', 15_000],
    ['blackout', 15_000],
    ['cuts', 15_000],
  ])('reaches its goals when it is about %s', async (name, calls) => {
    const rows = await runScenario(name, { calls, seed: 1, only: (contender) => name === 'walls' || !unjudged(contender) });
    expect(missedIn(rows)).toEqual([]);
  });

  it.each([1, 2, 3])('reaches every goal of outages, with seed %i', async (seed) => {
    const rows = await runScenario('outages', { calls: 40_000, seed, only: (contender) => !unjudged(contender) });
    expect(missedIn(rows)).toEqual([]);
    expect(goalsOf(rows)).toHaveLength(5);
  });

  it('has goals for all that it is about', async () => {
    const rows: Figures[] = [];
    for (const name of scenarioNames) rows.push(...(await runScenario(name, { calls: 1_000, seed: 1 })));
    expect(goalsOf(rows)).toHaveLength(11);
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

  it('allows as many trials in an outage as fit between the shortest rests', () => {
    // Rests of 0.8, 1.6, 3.2, 6.4, 12.8, 24, 24 … seconds at the least.
    expect([0, 799, 800, 2_400, 5_600, 60_000].map(trialBudget)).toEqual([0, 0, 1, 2, 3, 6]);
  });
});
