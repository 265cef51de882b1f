// The values a filter offers, and the few of them that a search leaves.
import { t } from '../../strings/en.ts';
import { decisions, kinds, outcomes, withValue } from './filter.ts';
import type { ActivityFilter } from './filter.ts';

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly group?: string | undefined;
}

const mostShown = 100;
const words = t.activity;

export function optionsOf(values: readonly string[] | undefined): readonly Option[] {
  return (values ?? []).filter((value) => value !== '').map((value) => ({ value, label: value }));
}

/** Options whose label holds every word of the search. */
export function optionsFor(options: readonly Option[], search: string): { readonly shown: readonly Option[]; readonly left: number } {
  const wanted = search.toLowerCase().split(/\s+/);
  const found = options.filter(({ label }) => wanted.every((word) => label.toLowerCase().includes(word)));
  return { shown: found.slice(0, mostShown), left: Math.max(0, found.length - mostShown) };
}

/** Decision, outcome and kind of row, as one list. */
export const resultOptions: readonly Option[] = [
  ...decisions.map((value) => ({ value: `decision:${value}`, label: words.decisions[value], group: words.filters.names.decision })),
  ...outcomes.map((value) => ({ value: `outcome:${value}`, label: words.outcomes[value], group: words.filters.names.outcome })),
  ...kinds.map((value) => ({ value: `kind:${value}`, label: words.kinds[value], group: words.filters.names.kind })),
];

const resultFields = ['decision', 'outcome', 'kind'] as const;

export function resultOf({ values }: ActivityFilter): string | undefined {
  const field = resultFields.find((name) => values[name] !== undefined);
  return field === undefined ? undefined : `${field}:${values[field] ?? ''}`;
}

/** One of the three at a time: choosing another takes the place of the one before. */
export function withResult(filter: ActivityFilter, result: string | undefined): ActivityFilter {
  const [chosen, value] = result?.split(':') ?? [];
  return resultFields.reduce((before, field) => withValue(before, field, field === chosen ? value : undefined), filter);
}

/** How a chip names a value. */
export function labelOf(filter: ActivityFilter, field: keyof ActivityFilter['values']): string {
  const value = filter.values[field] ?? '';
  const isResult = resultFields.some((name) => name === field);
  return isResult ? (resultOptions.find((option) => option.value === `${field}:${value}`)?.label ?? value) : value;
}
