// How targets and budgets stand, as figures: read when somebody asks, kept nowhere.
import type { BudgetStatus } from '../contract/budget.ts';
import type { HealthState } from '../contract/routing.ts';
import type { TargetStatus } from '../contract/status.ts';
import type { Labels } from './series.ts';

export interface GaugeShape {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly rows: () => readonly (readonly [labels: Labels, value: number])[];
}

const healthStates: readonly HealthState[] = ['healthy', 'degraded', 'failed', 'recovering'];

export function targetGauges(targets: () => readonly TargetStatus[]): readonly GaugeShape[] {
  const perTarget = (name: string, help: string, value: (target: TargetStatus) => number | undefined): GaugeShape => ({
    name,
    help,
    labels: ['target', 'target_kind'],
    rows: () => present(targets().map((target) => [{ target: target.id, target_kind: target.kind }, value(target)])),
  });
  const perQuota = (
    name: string,
    help: string,
    value: (quota: NonNullable<TargetStatus['quota']>) => Record<'requests' | 'tokens', number | undefined>,
  ): GaugeShape => ({
    name,
    help,
    labels: ['target', 'unit'],
    rows: () =>
      present(targets().flatMap(({ id, quota }) => (quota ? Object.entries(value(quota)).map(([unit, left]) => [{ target: id, unit }, left] as const) : []))),
  });
  return [
    { name: 'bifrost_active_requests', help: 'Calls under way at targets.', labels: [], rows: () => [[{}, sum(targets(), (target) => target.inFlight)]] },
    {
      name: 'heimdall_target_state',
      help: '1 for the state a target is in, 0 for the others.',
      labels: ['target', 'target_kind', 'state'],
      rows: () =>
        targets().flatMap(({ id, kind, health }) => healthStates.map((state) => [{ target: id, target_kind: kind, state }, Number(health === state)] as const)),
    },
    perTarget('heimdall_target_up', 'Whether the target can be reached; absent before anything is known.', ({ state }) =>
      state === 'unknown' ? undefined : Number(state === 'up'),
    ),
    perTarget('heimdall_target_drained', 'Whether a person has taken the target out.', ({ drained }) => Number(drained)),
    perTarget('heimdall_target_share', 'Share of the calls of the last five minutes, 0 to 1.', ({ share }) => share),
    perTarget('heimdall_target_latency_seconds', 'Moving mean of the time to the head of an answer.', ({ latencyMs }) =>
      latencyMs === undefined ? undefined : latencyMs / 1000,
    ),
    perTarget('heimdall_target_in_flight', 'Calls under way at the target.', ({ inFlight }) => inFlight),
    perTarget('heimdall_target_waiting', 'Calls that wait for a place at the target.', ({ waiting }) => waiting),
    perTarget('heimdall_target_resting_until_seconds', 'Until when the target asked to be left alone, seconds since 1970.', ({ quota }) =>
      quota?.restingUntil === undefined ? undefined : quota.restingUntil / 1000,
    ),
    perQuota('heimdall_target_quota_left', 'What is left of the current window.', ({ requests, tokens }) => ({ requests, tokens })),
    perQuota('heimdall_target_quota_limit', 'What the window allows.', ({ requestsLimit, tokensLimit }) => ({ requests: requestsLimit, tokens: tokensLimit })),
  ];
}

const units = ['usd', 'requests', 'tokens'] as const;

/** By budget, never by account: accounts are named after people, apps and keys. */
export function budgetGauges(budgets: () => readonly BudgetStatus[]): readonly GaugeShape[] {
  const perBudget = (name: string, help: string, value: (accounts: readonly { used: number; limit: number }[]) => number): GaugeShape => ({
    name,
    help,
    labels: ['budget', 'unit'],
    rows: () => {
      const all = budgets();
      const ids = [...new Set(all.map(({ budget }) => budget))];
      return present(
        ids.flatMap((budget) =>
          units.map((unit) => {
            const accounts = all.filter((status) => status.budget === budget).flatMap((status) => status[unit] ?? []);
            return [{ budget, unit }, accounts.length === 0 ? undefined : value(accounts)] as const;
          }),
        ),
      );
    },
  });
  return [
    perBudget('heimdall_budget_used', 'Used by all accounts of the budget together.', (accounts) => sum(accounts, ({ used }) => used)),
    perBudget('heimdall_budget_limit', 'What one account may use.', (accounts) => Math.max(...accounts.map(({ limit }) => limit))),
    perBudget('heimdall_budget_used_ratio', 'Share used of the account that has used most; 1 is all of it.', (accounts) =>
      Math.max(...accounts.map(({ used, limit }) => (limit > 0 ? used / limit : 1))),
    ),
    perBudget('heimdall_budget_accounts', 'Accounts of the budget.', (accounts) => accounts.length),
  ];
}

type Row<V> = readonly [labels: Labels, value: V];

function present(rows: readonly Row<number | undefined>[]): readonly Row<number>[] {
  return rows.flatMap(([labels, value]) => (value === undefined ? [] : [[labels, value] as const]));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
