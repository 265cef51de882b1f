// What the choice of a target costs: each strategy over fifty targets with limits, and the budgets of a thousand virtual keys, in process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBudgets } from '../../src/budgets/budgets.ts';
import type { Budgets } from '../../src/budgets/budgets.ts';
import { BudgetSettings, VirtualKeySettings } from '../../src/contract/budget.ts';
import { RouteSettings, RoutingSettings, strategyNames } from '../../src/contract/routing.ts';
import type { RoutedCall, StrategyName } from '../../src/contract/routing.ts';
import type { Target } from '../../src/contract/target.ts';
import { Balancer } from '../../src/routing/balancer.ts';

const targetCount = 50;
const keyCount = 1_000;
const callsPerRound = 20_000;
const rounds = 7;
const warmUpRounds = 2;

/** Microseconds of CPU per call, each of the best round but the mean. */
export interface ChoiceRow {
  readonly strategy: StrategyName;
  /** `plan` and `next`: the choice itself. */
  readonly choose: number;
  /** All that routing does for a call, the choice included. */
  readonly routing: number;
  /** `admit` and `settle`. */
  readonly budget: number;
  readonly least: number;
  readonly mean: number;
}

const limits = { requestsPerMinute: 10_000_000, tokensPerMinute: 1_000_000_000, inFlight: 1_000, queue: 100 };
const targets = Array.from({ length: targetCount }, (_, i): Target => {
  const id = `gateway-${i}`;
  return { id, kind: 'gateway', url: new URL(`https://${id}.example`), virtualKey: undefined, wire: 'bifrost', headers: [], limits };
});

const calls = Array.from({ length: keyCount }, (_, i): RoutedCall => {
  const session = `session-${i}`;
  return {
    app: 'bench',
    user: 'user',
    team: 'team',
    virtualKey: `key-${i}`,
    host: 'api.openai.com',
    product: 'openai',
    dialect: 'openai-chat',
    provider: 'openai',
    model: 'gpt-4o-mini',
    stream: true,
    estimatedTokens: 500,
    maxOutputTokens: 500,
    tools: false,
    vision: false,
    json: false,
    task: 'chat',
    priority: 'interactive',
    header: () => undefined,
    session,
    conversation: () => session,
    at: 0,
    budgetUsed: 0,
    patienceMs: 30_000,
  };
});

function balancerFor(strategy: StrategyName): Balancer {
  return new Balancer({
    targets,
    routes: [RouteSettings.parse({ id: strategy, use: { strategy, of: targets.map(({ id }) => id) } })],
    routing: RoutingSettings.parse({}),
    clock: { now: () => performance.now(), wall: () => Date.now(), after: () => () => undefined },
    random: Math.random,
    canServe: () => undefined,
    modelFacts: () => ({ contextTokens: 128_000, tools: true, inputPrice: 0.15, outputPrice: 0.6 }),
    keysOf: () => [],
  });
}

function budgetsIn(dir: string): Budgets {
  return openBudgets({
    dir,
    budgets: [
      BudgetSettings.parse({ id: 'everybody', usd: 1_000_000 }),
      BudgetSettings.parse({ id: 'team', for: { team: 'team' }, usd: 1_000_000, per: 'day', window: 'rolling' }),
      BudgetSettings.parse({ id: 'user', each: 'user', tokensPerMinute: 1_000_000_000 }),
    ],
    virtualKeys: calls.map((_, i) => VirtualKeySettings.parse({ id: `key-${i}`, limits: { requestsPerMinute: 1_000_000, usd: 10_000 } })),
    priceOf: () => ({ input: 0.15, output: 0.6 }),
    now: Date.now,
    concern: () => undefined,
  });
}

/** CPU time of this thread: what else the machine does counts for nothing. */
function micros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

interface Spent {
  readonly choose: number;
  readonly routing: number;
  readonly budget: number;
  readonly all: number;
}

/** One part after the other, so that the clock is read once a round and not once a call. */
function round(balancer: Balancer, budgets: Budgets): Spent {
  const began = micros();
  for (let i = 0; i < callsPerRound; i++) {
    const call = calls[i % keyCount];
    if (call) bill(budgets, call);
  }
  const billed = micros();
  for (let i = 0; i < callsPerRound; i++) {
    const call = calls[i % keyCount];
    if (call) route(balancer, call);
  }
  const routed = micros();
  const per = (from: number, to: number): number => (to - from) / callsPerRound;
  return { choose: chooseMicros(balancer), budget: per(began, billed), routing: per(billed, routed), all: per(began, routed) };
}

function bill(budgets: Budgets, call: RoutedCall): void {
  const admission = budgets.admit(call);
  if (!admission.ok) throw new Error(admission.message);
  admission.reservation.settle({ usd: 0.0001, tokens: 600, outputTokens: 100 });
}

function route(balancer: Balancer, call: RoutedCall): void {
  const plan = balancer.plan(call);
  const next = plan.next();
  if (next instanceof Promise || next.kind === 'none') throw new Error('the bench leaves room for every call');
  const { pick } = next;
  plan.answered(pick, 200, []);
  plan.firstToken(pick, 400);
  plan.ended(pick, { result: 'ok', status: 200, durationMs: 1_000, firstTokenMs: 400, inputTokens: 500, outputTokens: 100 });
  plan.close();
}

/** `plan` and `next` alone, by the wall clock: CPU time is counted in steps that are too large for so few. What belongs to an attempt comes after it has stopped. */
function chooseMicros(balancer: Balancer): number {
  const begun = [];
  const from = performance.now();
  for (const call of calls) {
    const plan = balancer.plan(call);
    begun.push({ plan, next: plan.next() });
  }
  const each = ((performance.now() - from) * 1_000) / keyCount;
  for (const { plan, next } of begun) {
    if (!(next instanceof Promise) && next.kind === 'pick') plan.ended(next.pick, { result: 'ok', durationMs: 1_000, firstTokenMs: 400 });
    plan.close();
  }
  return each;
}

/** Strategies take turns in each round, so that drift of the machine meets all alike. */
export function measureChoice(): ChoiceRow[] {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-choice-'));
  const budgets = budgetsIn(dir);
  try {
    const balancers = strategyNames.map((strategy) => ({ strategy, balancer: balancerFor(strategy), spent: [] as Spent[] }));
    for (let i = 0; i < warmUpRounds + rounds; i++) {
      for (const { balancer, spent } of balancers) {
        const one = round(balancer, budgets);
        if (i >= warmUpRounds) spent.push(one);
      }
    }
    return balancers.map(({ strategy, spent }) => {
      const least = (figure: keyof Spent): number => Math.min(...spent.map((one) => one[figure]));
      const mean = spent.reduce((sum, { all }) => sum + all, 0) / spent.length;
      return { strategy, choose: least('choose'), routing: least('routing'), budget: least('budget'), least: least('all'), mean };
    });
  } finally {
    budgets.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const goalMicros = 5;
const columns = ['strategy', 'choice µs', 'routing µs', 'budget µs', 'total µs', 'mean µs', '× round-robin'] as const;

export function choiceText(rows: readonly ChoiceRow[]): string {
  const base = rows.find(({ strategy }) => strategy === 'round-robin')?.least ?? Number.NaN;
  const lines = rows.map((row) => [
    row.strategy,
    ...[row.choose, row.routing, row.budget, row.least, row.mean, row.least / base].map((value) => value.toFixed(2)),
  ]);
  const cells = [[...columns], ...lines];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const table = cells.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
  const slow = rows.filter(({ mean }) => mean >= goalMicros).map(({ strategy }) => strategy);
  const verdict = slow.length === 0 ? 'ok' : `missed: ${slow.join(', ')}`;
  return [
    `The choice: ${targetCount} targets with limits, ${keyCount.toLocaleString('en')} virtual keys, three budgets`,
    '',
    ...table,
    '',
    `CPU time of the thread. choice: plan and next; routing: all calls on the plan; budget: admit and settle; total: the best of ${rounds} rounds; mean: of all rounds.`,
    `strategy, health, quota and budget in a mean of less than ${goalMicros} µs   ${verdict}`,
  ].join('\n');
}
