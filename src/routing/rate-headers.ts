// Reads what the headers of an answer say of rate limits, in the forms of many providers, into one.
import type { RawHeaders } from '../contract/exchange.ts';

/** Every wait read from a header ends here, whatever it says: an absurd date must not take a target out for ever. */
export const longestWaitMs = 3_600_000;

/** One limit as the provider states it. Counts are whole and not negative. */
export interface RateWindow {
  /** Of a bounded set; equal names in later answers speak of the same limit. */
  readonly name: string;
  readonly unit: 'requests' | 'tokens' | 'output-tokens';
  readonly limit: number | undefined;
  readonly remaining: number;
  /** Milliseconds from now until the limit is whole again, at most `longestWaitMs`. */
  readonly resetMs: number | undefined;
  /** The provider is known to fill up bit by bit (OpenAI, Groq, Anthropic) rather than all at once at the reset. */
  readonly fills: boolean;
}

export interface RateHeaders {
  readonly windows: readonly RateWindow[];
  /** How long the target asks to be left alone, 0 to `longestWaitMs`. */
  readonly retryAfterMs: number | undefined;
}

interface Draft {
  unit: RateWindow['unit'];
  limit?: number | undefined;
  remaining?: number | undefined;
  resetMs?: number | undefined;
  fills: boolean;
}

const nothing: RateHeaders = { windows: [], retryAfterMs: undefined };
/** Begins the names of drafts that stem from a policy. */
const policy = 'policy:';
const named = /^(?:x-|anthropic-)?(?:ratelimit|tokenlimit)-/;

/**
 * Reads, in one pass:
 * - `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` of OpenAI, Groq, Azure and others, also with a period (`-minute`, `-day`) as Mistral and Cerebras write it;
 * - `x-ratelimit-{limit,remaining,reset}` of OpenRouter and GitHub, with `x-tokenlimit-…` of Together;
 * - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`;
 * - `ratelimit-{limit,remaining,reset}`, `ratelimit` and `ratelimit-policy` of the IETF drafts;
 * - `retry-after`, `retry-after-ms`, `x-ms-retry-after-ms`.
 *
 * Resets may be durations (`1m26.4s`, `250ms`), seconds, seconds or milliseconds since 1970, RFC 3339 or HTTP dates. Dates are
 * measured against the answer's own `date` where it has one, otherwise against `wallNow` (milliseconds since 1970).
 * What cannot be understood counts as absent. Never throws.
 */
export function readRateHeaders(headers: RawHeaders, wallNow: number): RateHeaders {
  const found = pick(headers);
  if (found === undefined) return nothing;
  const now = found.date === undefined ? wallNow : (dateOf(found.date) ?? wallNow);
  const drafts = new Map<string, Draft>();
  for (const [name, value] of found.rates) readRate(name, value, now, drafts);
  const { milliseconds, retryAfter } = found;
  return { windows: windowsOf(drafts), retryAfterMs: waitOf(milliseconds, now, 1) ?? waitOf(retryAfter, now, 1000) };
}

interface Found {
  rates: (readonly [name: string, value: string])[];
  date: string | undefined;
  retryAfter: string | undefined;
  milliseconds: string | undefined;
}

/** The headers of interest, names in lower case; undefined where there are none, as in most answers. */
function pick(headers: RawHeaders): Found | undefined {
  let found: Found | undefined;
  let date: string | undefined;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const written = headers[at] ?? '';
    const first = written.charCodeAt(0) | 0x20;
    // a, d, r, x: most names end here, before anything is copied
    if (first !== 0x61 && first !== 0x64 && first !== 0x72 && first !== 0x78) continue;
    const name = written.toLowerCase();
    const value = (headers[at + 1] ?? '').trim().slice(0, 500);
    if (name === 'date') date = value;
    else if (name === 'retry-after') (found ??= empty()).retryAfter = value;
    else if (name === 'retry-after-ms' || name === 'x-ms-retry-after-ms') (found ??= empty()).milliseconds = value;
    else if (name === 'ratelimit' || named.test(name)) (found ??= empty()).rates.push([name, value]);
  }
  if (found !== undefined) found.date = date;
  return found;
}

const empty = (): Found => ({ rates: [], date: undefined, retryAfter: undefined, milliseconds: undefined });

function readRate(name: string, value: string, now: number, drafts: Map<string, Draft>): void {
  if (name === 'ratelimit' || name === 'ratelimit-policy') {
    readItems(value, now, drafts);
    return;
  }
  const words = name.split('-');
  const family = words[0] === 'x' || words[0] === 'anthropic' ? words.shift() : '';
  const isOfTokens = words.shift() === 'tokenlimit';
  const key = { field: '', unit: isOfTokens ? 'tokens' : '', kind: '', period: '' };
  for (const word of words) {
    const part = parts.get(word);
    if (part === undefined) return;
    key[part[0]] = part[1];
  }
  if (key.field === '') return;
  const draft = draftOf(
    drafts,
    `${family}:${key.kind}:${key.unit}:${key.period}`,
    key.unit !== 'tokens' ? 'requests' : key.kind === 'output' ? 'output-tokens' : 'tokens',
  );
  if (key.field === 'reset') {
    draft.resetMs = waitOf(value, now, 1000);
    draft.fills = family === 'anthropic' || /^[0-9.]+[a-z]/.test(value);
  } else if (key.field === 'limit') draft.limit = countOf(value);
  else draft.remaining = countOf(value);
}

/** What the words of a header's name say. A name with another word speaks of something else, such as images. */
const parts = new Map<string, readonly ['field' | 'unit' | 'kind' | 'period', string]>([
  ...['limit', 'remaining', 'reset'].map((word) => [word, ['field', word]] as const),
  ...['second', 'minute', 'hour', 'day', 'month'].map((word) => [word, ['period', word]] as const),
  ...['input', 'output', 'project'].map((word) => [word, ['kind', word]] as const),
  ['requests', ['unit', 'requests']],
  ['req', ['unit', 'requests']],
  ['tokens', ['unit', 'tokens']],
]);

const requests = '"requests"';
const item = /("[^"]*"|[a-z*][a-z0-9_.*-]*)((?:;[a-z]+=(?:"[^"]*"|[^;,"]*))*)(?:=([0-9]+))?/g;

/** `"default";r=50;t=30` and `"default";q=100;w=60` of the later drafts, `limit=100, remaining=50, reset=30` of an earlier one. Only policies that count requests. */
function readItems(value: string, now: number, drafts: Map<string, Draft>): void {
  for (const [, name = '', parameters = '', plain] of value.toLowerCase().replaceAll(' ', '').matchAll(item)) {
    if (plain !== undefined) {
      readRate(`ratelimit-${name}`, plain, now, drafts);
      continue;
    }
    const given = new Map(parameters.split(';').map((parameter) => parameter.split('=', 2) as [string, string | undefined]));
    if ((given.get('qu') ?? requests) !== requests) continue;
    const draft = draftOf(drafts, `${policy}${name}`, 'requests');
    draft.limit ??= countOf(given.get('q'));
    draft.remaining ??= countOf(given.get('r'));
    draft.resetMs ??= waitOf(given.get('t'), now, 1000);
  }
}

/** Policies have names of the provider's own making, which could fill the memory: the one with the least left stands for all. */
function windowsOf(drafts: ReadonlyMap<string, Draft>): RateWindow[] {
  const windows: RateWindow[] = [];
  let tightest: RateWindow | undefined;
  for (const [name, { unit, limit, remaining, resetMs, fills }] of drafts) {
    if (remaining === undefined) continue;
    if (!name.startsWith(policy)) windows.push({ name, unit, limit, remaining, resetMs, fills });
    else if (tightest === undefined || remaining < tightest.remaining) tightest = { name: policy, unit, limit, remaining, resetMs, fills };
  }
  if (tightest !== undefined) windows.push(tightest);
  return windows;
}

function draftOf(drafts: Map<string, Draft>, name: string, unit: RateWindow['unit']): Draft {
  let draft = drafts.get(name);
  if (draft === undefined) drafts.set(name, (draft = { unit, fills: false }));
  return draft;
}

/** A count; lists (`100, 100;w=60`) begin with the one that counts. */
function countOf(value: string | undefined): number | undefined {
  const text = /^([0-9]{1,15})(?:\.[0-9]*)?\s*(?:[,;]|$)/.exec(value ?? '')?.[1];
  return text === undefined ? undefined : Number(text);
}

/** Milliseconds from now. A plain number counts in `unitMs`, unless it is so large that it must be a date. */
function waitOf(value: string | undefined, now: number, unitMs: number): number | undefined {
  if (value === undefined || value === '') return undefined;
  const wait = /^[0-9]+(?:\.[0-9]*)?$/.test(value) ? plainWait(Number(value), now, unitMs) : (durationOf(value) ?? untilDate(value, now));
  return wait === undefined ? undefined : Math.min(Math.max(0, wait), longestWaitMs);
}

/** Three years in seconds lie below 1e8; the dates since 1973 lie above it, those in milliseconds above 1e11. */
function plainWait(value: number, now: number, unitMs: number): number {
  if (unitMs === 1 || value < 1e8) return value * unitMs;
  return (value < 1e11 ? value * 1000 : value) - now;
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `1.5ms`, `1d2h`. */
function durationOf(value: string): number | undefined {
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h|d))+$/.test(value)) return undefined;
  let wait = 0;
  for (const [, amount, unit = ''] of value.matchAll(/([0-9.]+)([a-z]+)/g)) wait += Number(amount) * (units[unit] ?? 0);
  return wait;
}

function untilDate(value: string, now: number): number | undefined {
  const date = dateOf(value);
  return date === undefined ? undefined : date - now;
}

/** RFC 3339 or an HTTP date; `Date.parse` alone would take almost anything. */
function dateOf(value: string): number | undefined {
  if (!/^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T|[A-Z][a-z]{2,8},? )/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}
