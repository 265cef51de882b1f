// The figures of one run that the table shows and the goals are held against.
import type { Moves } from './homes.ts';
import { ends } from './ledger.ts';
import type { End } from './ledger.ts';
import { run } from './run.ts';
import type { MakeChooser } from './run.ts';
import type { ScenarioName } from './scenarios.ts';
import { weightOf } from './contenders.ts';

export interface Figures {
  readonly scenario: ScenarioName;
  readonly contender: string;
  readonly calls: number;
  readonly ends: Readonly<Record<End, number>>;
  /** Share of calls, 0 to 1. */
  readonly success: number;
  /** Milliseconds from the call to its first token, of the calls that succeeded. */
  readonly firstToken: { readonly mean: number; readonly p50: number; readonly p95: number; readonly p99: number };
  /** US dollars per 1,000 calls. */
  readonly cost: number;
  readonly attemptsPerCall: number;
  readonly mostAttempts: number;
  /** 429s met, per 1,000 calls. */
  readonly refusals: number;
  /** Calls per 1,000 in a row, at worst, against the weights. */
  readonly shareError: number;
  /** After the change of membership; NaN where there is none. */
  readonly moves: Moves;
  /** Calls sent where they do not fit. */
  readonly misplaced: number;
  /** Picks of targets that were out. */
  readonly outPicks: {
    /** Before the target counted as failed: the most in one outage. */
    readonly unaware: number;
    /** Trials of a failed target: the most in one outage, as a share of what the rests between trials allow. */
    readonly ofBudget: number;
    /** Of a failed target, without being a trial; all outages together. */
    readonly blind: number;
    /** Active probes of targets that were out; all outages together. */
    readonly probes: number;
  };
  /** Of the real clock. */
  readonly tookMs: number;
}

/** What has failed rests for 1 s, then twice as long each time up to 30 s, give or take a fifth; one call tries it after each rest. */
const rest = { firstMs: 1_000, longestMs: 30_000, least: 0.8 };

/** The probe budget: the most trials of a target that fit into an outage. */
export function trialBudget(outageMs: number): number {
  let trials = 0;
  for (let at = 0, restMs = rest.firstMs; at + restMs * rest.least <= outageMs; restMs = Math.min(rest.longestMs, restMs * 2)) {
    at += restMs * rest.least;
    trials += 1;
  }
  return trials;
}

export async function measure(options: { scenario: ScenarioName; contender: string; make: MakeChooser; calls: number; seed: number }): Promise<Figures> {
  const { scenario, ledger, probesOut, tookMs } = await run(options);
  const { outages } = ledger;
  return {
    scenario: scenario.name,
    contender: options.contender,
    calls: ledger.calls,
    ends: Object.fromEntries(ends.map((end) => [end, ledger.count(end)])) as Record<End, number>,
    success: ledger.successRate,
    firstToken: ledger.firstTokens(),
    cost: (ledger.cost / ledger.calls) * 1_000,
    attemptsPerCall: ledger.attempts / ledger.calls,
    mostAttempts: ledger.mostAttempts,
    refusals: (ledger.refusals / ledger.calls) * 1_000,
    shareError: ledger.shareError(new Map(scenario.sites.map(({ target }, i) => [target.id, weightOf(i)]))),
    moves: ledger.homes.moves(scenario.leaves),
    misplaced: ledger.misplaced,
    outPicks: {
      unaware: Math.max(0, ...outages.map(({ unaware }) => unaware)),
      ofBudget: Math.max(0, ...outages.map(({ trials, spell }) => trials / trialBudget(spell.to - spell.from))),
      blind: outages.reduce((sum, { blind }) => sum + blind, 0),
      probes: probesOut,
    },
    tookMs,
  };
}
