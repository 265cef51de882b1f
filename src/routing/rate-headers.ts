// Reads what the headers of an answer say of rate limits, in the forms of many providers, into one.
import type { RawHeaders } from '../contract/exchange.ts';
import { countOf, dateOf, waitOf } from './rate-values.ts';

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

interface RateHeaders {
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
  const meaning = meaningOf(name);
  if (meaning === undefined) return;
  const draft = draftOf(drafts, meaning.window, meaning.unit);
  if (meaning.field === 'reset') {
    draft.resetMs = waitOf(value, now, 1000);
    draft.fills = meaning.fills || /^[0-9.]+[a-z]/.test(value);
  } else draft[meaning.field] = countOf(value);
}

/** What a header's name says: which window, and what of it. */
interface Meaning {
  readonly window: string;
  readonly unit: RateWindow['unit'];
  readonly field: 'limit' | 'remaining' | 'reset';
  readonly fills: boolean;
}

/** Providers have few names and send them with every answer; strangers may send any. */
const meanings = new Map<string, Meaning>();
const mostMeanings = 200;

function meaningOf(name: string): Meaning | undefined {
  const known = meanings.get(name);
  if (known !== undefined) return known;
  const meaning = meaningOfWords(name.split('-'));
  if (meaning !== undefined && meanings.size < mostMeanings) meanings.set(name, meaning);
  return meaning;
}

function meaningOfWords(words: string[]): Meaning | undefined {
  const family = words[0] === 'x' || words[0] === 'anthropic' ? words.shift() : '';
  const isOfTokens = words.shift() === 'tokenlimit';
  const said: Partial<Record<Part, string>> = isOfTokens ? { unit: 'tokens' } : {};
  for (const word of words) {
    const part = parts.get(word);
    if (part === undefined) return undefined;
    said[part[0]] = part[1];
  }
  const { field, unit, kind = '', period = '' } = said;
  if (field !== 'limit' && field !== 'remaining' && field !== 'reset') return undefined;
  const counted = unit !== 'tokens' ? 'requests' : kind === 'output' ? 'output-tokens' : 'tokens';
  return { window: `${family}:${kind}:${unit ?? ''}:${period}`, unit: counted, field, fills: family === 'anthropic' };
}

type Part = 'field' | 'unit' | 'kind' | 'period';

/** What the words of a header's name say. A name with another word speaks of something else, such as images. */
const parts = new Map<string, readonly [Part, string]>([
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
