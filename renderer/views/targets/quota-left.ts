// What is left of a target's own limits, as lines to show.
import type { QuotaLeft } from '../../../src/contract/routing.ts';
import { formatNumber } from '../../format.ts';
import type { Tone } from '../../parts/tone.ts';
import { t } from '../../strings/en.ts';

export interface QuotaLine {
  /** `requests` or `tokens`. */
  readonly what: string;
  readonly text: string;
  /** What is left of the limit, 0 to 1; absent where the limit is not known. */
  readonly share: number | undefined;
  /** `warn` below a tenth, `bad` when nothing is left. */
  readonly tone: Tone | undefined;
}

export function quotaLines(quota: QuotaLeft | undefined): readonly QuotaLine[] {
  const { requests, tokens } = t.targets.now;
  return [...line(quota?.requests, quota?.requestsLimit, requests), ...line(quota?.tokens, quota?.tokensLimit, tokens)];
}

function line(left: number | undefined, limit: number | undefined, what: string): readonly QuotaLine[] {
  if (left === undefined) return [];
  const share = limit === undefined || limit === 0 ? undefined : left / limit;
  const text = t.targets.now.quotaOf(formatNumber(left), limit === undefined ? undefined : formatNumber(limit), what);
  return [{ what, text, share, tone: left <= 0 ? 'bad' : share !== undefined && share < 0.1 ? 'warn' : undefined }];
}

/** Milliseconds since 1970 until which the target rests; absent when it does not, or not any more. */
export function restingUntil(quota: QuotaLeft | undefined, now: number): number | undefined {
  const until = quota?.restingUntil;
  return until !== undefined && until > now ? until : undefined;
}
