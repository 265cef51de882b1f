// Buckets of the agent as the columns a chart draws: pure, so it is tested without a canvas.
import type { UsageBucket } from '../../../src/contract/usage.ts';

export const minuteMs = 60_000;
export const shownMinutes = 60;

/** Where the chart begins so that the current minute is its last. */
export const chartSince = (now: number) => Math.floor(now / minuteMs) * minuteMs - (shownMinutes - 1) * minuteMs;

export interface ChartColumns {
  /** Seconds since 1970, one per minute. */
  readonly times: number[];
  readonly calls: number[];
  /** Height of the mark: on top of the minute's bar; null where nothing was blocked. */
  readonly marks: (number | null)[];
  /** Median milliseconds; null where no call ended. */
  readonly medians: (number | null)[];
}

export function chartColumns(buckets: readonly UsageBucket[]): ChartColumns {
  return {
    times: buckets.map(({ at }) => at / 1000),
    calls: buckets.map(({ exchanges }) => exchanges),
    marks: buckets.map(({ exchanges, blocked }) => (blocked > 0 ? exchanges : null)),
    medians: buckets.map(({ p50Ms }) => p50Ms ?? null),
  };
}

export interface HourTotals {
  readonly calls: number;
  readonly blocked: number;
}

export function hourTotals(buckets: readonly UsageBucket[]): HourTotals {
  return buckets.reduce((sum, bucket) => ({ calls: sum.calls + bucket.exchanges, blocked: sum.blocked + bucket.blocked }), { calls: 0, blocked: 0 });
}
