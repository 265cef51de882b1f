// What the simulation has to show, and whether it does.
import type { Figures } from './figures.ts';
import { retryShare } from './contenders.ts';
import type { Strategy } from './contenders.ts';
import { aloneName } from './suite.ts';
import type { ScenarioName } from './scenarios.ts';
import { threeIds } from './scenarios.ts';

export interface Goal {
  readonly text: string;
  readonly found: string;
  readonly holds: boolean;
}

/** Every way of choosing that a route may name, and the nested one. */
const judged: readonly Strategy[] = ['weighted', 'latency', 'least-busy', 'cost', 'hash', 'cascade', 'adaptive', 'nested', 'round-robin', 'random'];

const percent = (share: number, digits = 3): string => `${(share * 100).toFixed(digits)} %`;

/** The goals that these runs allow to judge. */
export function goalsOf(rows: readonly Figures[]): Goal[] {
  const at = (scenario: ScenarioName, contender: string): Figures | undefined => rows.find((row) => row.scenario === scenario && row.contender === contender);
  const among = (scenario: ScenarioName): Figures[] => judged.flatMap((name) => at(scenario, name) ?? []);
  return [
    ...outageGoals(among('outages'), (contender) => at('outages', contender)),
    ...failedPicks(rows.filter(({ contender }) => (judged as readonly string[]).includes(contender))),
    ...shareGoal(at('healthy', 'weighted')),
    ...moveGoal(at('membership', 'hash')),
    ...priceGoals(at('prices', 'cost'), at('prices', 'oracle: price')),
    ...wallGoals(among('walls'), at('walls', 'bare round-robin')),
    ...burstGoals(among('burst')),
    ...stormGoals(among('blackout')),
  ];
}

function outageGoals(rows: readonly Figures[], named: (contender: string) => Figures | undefined): Goal[] {
  if (rows.length === 0) return [];
  const worst = rows.reduce((a, b) => (a.success <= b.success ? a : b));
  const single = threeIds.flatMap((id) => named(aloneName(id)) ?? []);
  const goals: Goal[] = [
    {
      text: 'outages: every strategy succeeds in at least 99.99 % of calls',
      found: `least: ${worst.contender} ${percent(worst.success)}`,
      holds: worst.success >= 0.9999,
    },
  ];
  if (single.length > 0) {
    const best = single.reduce((a, b) => (a.success >= b.success ? a : b));
    goals.push({
      text: '… where each target alone gives 99.5 % or less',
      found: single.map(({ contender, success }) => `${contender} ${percent(success, 2)}`).join(', '),
      holds: best.success <= 0.995,
    });
    // The best at success is the one that is neither out nor browning out. No strategy is bound to a target that is ill, so all are held to it.
    const slowest = rows.reduce((a, b) => (a.firstToken.p99 >= b.firstToken.p99 ? a : b));
    const ratio = slowest.firstToken.p99 / best.firstToken.p99;
    goals.push({
      text: "outages: every strategy has a p99 first token within 1.3 times the healthy target's",
      found: `most: ${slowest.contender} ${ratio.toFixed(2)} times`,
      holds: ratio <= 1.3,
    });
  }
  const [adaptive, oracle] = [named('adaptive'), named('oracle: best')];
  if (adaptive && oracle) {
    const ratio = adaptive.firstToken.mean / oracle.firstToken.mean;
    goals.push({
      text: 'outages: adaptive is within 5 % of the oracle, by mean first token and by success',
      found: `${adaptive.firstToken.mean.toFixed(0)} ms against ${oracle.firstToken.mean.toFixed(0)} ms (${ratio.toFixed(3)} times), ${percent(adaptive.success)} against ${percent(oracle.success)}`,
      holds: ratio <= 1.05 && adaptive.success >= 0.95 * oracle.success,
    });
  }
  return goals;
}

function failedPicks(rows: readonly Figures[]): Goal[] {
  const hit = rows.filter(({ outPicks }) => outPicks.unaware + outPicks.ofBudget > 0);
  if (hit.length === 0) return [];
  const blind = hit.reduce((sum, { outPicks }) => sum + outPicks.blind, 0);
  const most = Math.max(...hit.map(({ outPicks }) => outPicks.ofBudget));
  return [
    {
      text: 'no strategy picks a failed target more than its probe budget',
      found: `${blind} beside trials; trials at most ${percent(most, 0)} of the budget`,
      holds: blind === 0 && most <= 1,
    },
  ];
}

function shareGoal(row: Figures | undefined): Goal[] {
  if (!row) return [];
  return [{ text: 'weighted: shares are exact over any 1,000 calls', found: `off by ${row.shareError.toFixed(1)} calls at most`, holds: row.shareError <= 1 }];
}

function moveGoal(row: Figures | undefined): Goal[] {
  if (!row) return [];
  const { moved, needless } = row.moves;
  return [
    {
      text: 'hash: when one of ten targets leaves, only its own sessions move, about a tenth',
      found: `${percent(moved, 1)} moved, ${percent(needless, 1)} without need`,
      // Arcs of a ring and homes of 200 sessions scatter: a tenth may be an eighth.
      holds: needless === 0 && moved <= 0.125,
    },
  ];
}

function priceGoals(row: Figures | undefined, oracle: Figures | undefined): Goal[] {
  if (!row || !oracle) return [];
  const ratio = row.cost / oracle.cost;
  return [
    {
      text: 'cost: within 5 % of the cheapest that fits, nothing sent where it does not fit',
      found: `$ ${row.cost.toFixed(2)} against ${oracle.cost.toFixed(2)}, ${row.misplaced} misplaced`,
      holds: ratio <= 1.05 && row.misplaced === 0,
    },
  ];
}

function wallGoals(rows: readonly Figures[], bare: Figures | undefined): Goal[] {
  if (rows.length === 0 || !bare) return [];
  const worst = rows.reduce((a, b) => (a.success <= b.success ? a : b));
  return [
    {
      text: '429 walls: every strategy succeeds in at least 99.9 % of calls',
      found: `least: ${worst.contender} ${percent(worst.success)}`,
      holds: worst.success >= 0.999,
    },
  ];
}

/** What is shed is answered at once with 429 and a time; what fails is lost. */
function burstGoals(rows: readonly Figures[]): Goal[] {
  if (rows.length === 0) return [];
  const lost = ({ ends, calls }: Figures): number => (calls - ends.ok - ends.overloaded) / calls;
  const worst = rows.reduce((a, b) => (lost(a) >= lost(b) ? a : b));
  return [
    {
      text: 'burst: at least 99.95 % are answered, or refused with a time to come back',
      found: `lost: ${worst.contender} ${percent(lost(worst))}`,
      holds: lost(worst) <= 0.0005,
    },
  ];
}

/** Some further attempts are free in every ten seconds: at 20 calls a second no more than 5 % on top. */
function stormGoals(rows: readonly Figures[]): Goal[] {
  if (rows.length === 0) return [];
  const worst = rows.reduce((a, b) => (a.attemptsPerCall >= b.attemptsPerCall ? a : b));
  return [
    {
      text: 'blackout: further attempts stay within the retry budget',
      found: `most: ${worst.contender} ${worst.attemptsPerCall.toFixed(3)} attempts per call`,
      holds: worst.attemptsPerCall <= 1 + retryShare + 0.05,
    },
  ];
}
