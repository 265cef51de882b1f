// What a person chose to see, and the match the agent is asked for.
import type { AuditMatch, AuditRecord } from '../../../src/contract/audit.ts';
import type { Outcome } from '../../../src/contract/exchange.ts';

export const decisions = ['allow', 'redact', 'block'] as const satisfies readonly AuditRecord['decision'][];
export const outcomes = [
  'forwarded',
  'redacted',
  'refused',
  'native',
  'tunnelled',
  'failed-open',
  'failed-closed',
  'client-aborted',
] as const satisfies readonly Outcome[];
export const kinds = ['exchange', 'tunnel', 'handshake', 'refused', 'note'] as const satisfies readonly AuditRecord['kind'][];

export const filterFields = ['app', 'host', 'model', 'provider', 'target', 'decision', 'outcome', 'kind', 'detector', 'fingerprint'] as const;
export type FilterField = (typeof filterFields)[number];

export const presets = { '15m': 15, '1h': 60, '24h': 24 * 60, '7d': 7 * 24 * 60, '30d': 30 * 24 * 60 } as const;
export type Preset = keyof typeof presets;

/** `any`, a stretch up to now, or two moments (milliseconds since 1970). */
export type TimeRange =
  | { readonly kind: 'any' }
  | { readonly kind: 'last'; readonly preset: Preset }
  | { readonly kind: 'between'; readonly since: number | undefined; readonly until: number | undefined };

export interface ActivityFilter {
  readonly text: string;
  readonly values: Readonly<Partial<Record<FilterField, string>>>;
  readonly time: TimeRange;
}

export const emptyFilter: ActivityFilter = { text: '', values: {}, time: { kind: 'any' } };
const longestText = 200;

/** The match for the agent; stretches up to now begin where `now` says. */
export function matchOf(filter: ActivityFilter, now: number): AuditMatch {
  const { decision, kind, ...values } = filter.values;
  const text = filter.text.trim().slice(0, longestText);
  return {
    ...values,
    ...given(
      'decision',
      decisions.find((known) => known === decision),
    ),
    ...given(
      'kind',
      kinds.find((known) => known === kind),
    ),
    ...timesOf(filter.time, now),
    ...(text === '' ? {} : { text }),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const found: Partial<Record<K, V>> = {};
  if (value !== undefined) found[key] = value;
  return found;
}

function timesOf(time: TimeRange, now: number): Pick<AuditMatch, 'since' | 'until'> {
  switch (time.kind) {
    case 'any':
      return {};
    case 'last':
      return { since: now - presets[time.preset] * 60_000 };
    case 'between':
      return { ...given('since', time.since), ...given('until', time.until) };
  }
}

export function isEmpty(filter: ActivityFilter): boolean {
  return activeParts(filter).length === 0;
}

export type FilterPart = FilterField | 'text' | 'time';

/** The parts that narrow the list, in the order the chips stand. */
export function activeParts(filter: ActivityFilter): readonly FilterPart[] {
  return [
    ...(filter.text.trim() === '' ? [] : (['text'] as const)),
    ...filterFields.filter((field) => filter.values[field] !== undefined),
    ...(filter.time.kind === 'any' ? [] : (['time'] as const)),
  ];
}

export function withValue(filter: ActivityFilter, field: FilterField, value: string | undefined): ActivityFilter {
  const values = Object.fromEntries(Object.entries(filter.values).filter(([name]) => name !== field));
  return { ...filter, values: value === undefined || value === '' ? values : { ...values, [field]: value } };
}

export function without(filter: ActivityFilter, part: FilterPart): ActivityFilter {
  if (part === 'text') return { ...filter, text: '' };
  if (part === 'time') return { ...filter, time: { kind: 'any' } };
  return withValue(filter, part, undefined);
}

/** The filter as it stands in a link. */
export function toSearch(filter: ActivityFilter): URLSearchParams {
  const search = new URLSearchParams();
  if (filter.text.trim() !== '') search.set('text', filter.text.trim());
  for (const field of filterFields) {
    const value = filter.values[field];
    if (value !== undefined) search.set(field, value);
  }
  if (filter.time.kind === 'last') search.set('last', filter.time.preset);
  if (filter.time.kind === 'between' && filter.time.since !== undefined) search.set('since', String(filter.time.since));
  if (filter.time.kind === 'between' && filter.time.until !== undefined) search.set('until', String(filter.time.until));
  return search;
}

/** Reads a link; what is not understood in it is left out. */
export function fromSearch(search: URLSearchParams): ActivityFilter {
  const known: Partial<Record<FilterField, readonly string[]>> = { decision: decisions, outcome: outcomes, kind: kinds };
  let filter: ActivityFilter = { ...emptyFilter, text: (search.get('text') ?? '').slice(0, longestText), time: timeFrom(search) };
  for (const field of filterFields) {
    const value = search.get(field);
    if (value !== null && (known[field]?.includes(value) ?? true)) filter = withValue(filter, field, value);
  }
  return filter;
}

function timeFrom(search: URLSearchParams): TimeRange {
  const last = search.get('last');
  if (last !== null && isPreset(last)) return { kind: 'last', preset: last };
  const [since, until] = [momentFrom(search.get('since')), momentFrom(search.get('until'))];
  return since === undefined && until === undefined ? { kind: 'any' } : { kind: 'between', since, until };
}

const isPreset = (name: string): name is Preset => Object.hasOwn(presets, name);

function momentFrom(text: string | null): number | undefined {
  const moment = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(moment) ? moment : undefined;
}
