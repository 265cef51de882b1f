// Which apps the table shows and in what order: filter, search, sort and the figures above it, as pure functions.
import { coverageSteps } from '../../../src/contract/coverage.ts';
import type { AppDecision, AppRow } from '../../../src/contract/usage.ts';
import { t } from '../../strings/en.ts';

export const appFilters = ['all', 'pending', 'approved', 'denied'] as const;
export type AppFilter = (typeof appFilters)[number];

export const appColumns = ['name', 'seen', 'calls', 'blocked', 'spend', 'coverage', 'decision'] as const;
export type AppColumn = (typeof appColumns)[number];

export interface AppSort {
  readonly column: AppColumn;
  readonly descending: boolean;
}

export interface AppCounts {
  readonly all: number;
  readonly pending: number;
  readonly approved: number;
  readonly denied: number;
  readonly unknown: number;
}

/** Undecided apps first: they are what a person comes here for. */
const decisionRank: Readonly<Record<AppDecision, number>> = { pending: 0, denied: 1, approved: 2 };

const byName = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

/** What each column is ordered by. Absent values stand last, whichever way the column is sorted. */
const keys: Readonly<Record<Exclude<AppColumn, 'name'>, (row: AppRow) => number | undefined>> = {
  seen: (row) => row.lastSeen,
  calls: (row) => row.exchanges,
  blocked: (row) => row.blocked,
  spend: (row) => row.costUsd,
  coverage: (row) => coverageSteps.filter((step) => row.coverage[step].state === 'yes').length,
  decision: (row) => decisionRank[row.decision],
};

export function countApps(rows: readonly AppRow[]): AppCounts {
  const of = (decision: AppDecision): number => rows.filter((row) => row.decision === decision).length;
  return { all: rows.length, pending: of('pending'), approved: of('approved'), denied: of('denied'), unknown: rows.filter((row) => !row.known).length };
}

/** Apps of the filter in which every word of the search stands somewhere: name, id or folder. */
export function filterApps(rows: readonly AppRow[], filter: AppFilter, search: string): readonly AppRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (filter !== 'all' && row.decision !== filter) return false;
    const text = `${row.name} ${row.id} ${row.installedAt ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function sortApps(rows: readonly AppRow[], { column, descending }: AppSort): readonly AppRow[] {
  const sign = descending ? -1 : 1;
  if (column === 'name') return [...rows].sort((a, b) => sign * byName.compare(a.name, b.name));
  const key = keys[column];
  return [...rows].sort((a, b) => {
    const left = key(a);
    const right = key(b);
    if (left === right) return byName.compare(a.name, b.name);
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return sign * (left - right);
  });
}

/** The sort after a click on a column's head: figures begin with the largest, words with the first letter; a second click turns it round. */
export function nextSort(current: AppSort, column: AppColumn): AppSort {
  if (current.column === column) return { column, descending: !current.descending };
  return { column, descending: column !== 'name' && column !== 'decision' };
}

/** The list with one row replaced by what the agent answered. */
export function withDecided(rows: readonly AppRow[], decided: AppRow): readonly AppRow[] {
  return rows.map((row) => (row.id === decided.id ? decided : row));
}

/** The five marks of a row in words. */
export function coverageWords({ name, coverage }: AppRow): string {
  const { steps, states, marks } = t.apps.coverage;
  return marks(name, coverageSteps.map((step) => `${steps[step].toLowerCase()} ${states[coverage[step].state]}`).join(', '));
}
