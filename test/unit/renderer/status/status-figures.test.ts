// The pure parts of the Status view: which pauses are offered, what the chart draws, where warnings lead.
import { describe, expect, it } from 'vitest';
import type { UsageBucket } from '../../../../src/contract/usage.ts';
import { healthWarnings } from '../../../../src/telemetry/health-warnings.ts';
import { chartColumns, chartSince, hourTotals, minuteMs, shownMinutes } from '../../../../renderer/views/status/chart-columns.ts';
import { pauseOffers } from '../../../../renderer/views/status/pause-choices.ts';
import { fixPageOf } from '../../../../renderer/views/status/warning-fixes.ts';

const bucket = (at: number, exchanges: number, blocked: number, p50Ms?: number): UsageBucket => ({
  at,
  exchanges,
  blocked,
  redacted: 0,
  failed: 0,
  p50Ms,
  p95Ms: p50Ms,
});

describe('the pauses on offer', () => {
  const evening = new Date(2026, 10, 22, 21, 30).getTime();

  it('ends "until tomorrow" at local midnight', () => {
    expect(pauseOffers(evening, 1440)).toEqual([
      { choice: 'quarter', minutes: 15 },
      { choice: 'hour', minutes: 60 },
      { choice: 'tomorrow', minutes: 150 },
    ]);
  });

  it('offers none that is longer than policy allows', () => {
    expect(pauseOffers(evening, 60).map(({ choice }) => choice)).toEqual(['quarter', 'hour']);
    expect(pauseOffers(evening, 10)).toEqual([]);
  });
});

describe('the chart of the last hour', () => {
  it('begins so that the current minute is its last', () => {
    const now = Date.UTC(2026, 10, 22, 12, 30, 41);
    expect(chartSince(now) + (shownMinutes - 1) * minuteMs).toBe(Date.UTC(2026, 10, 22, 12, 30));
  });

  it('sets a mark on the bar of a minute in which something was blocked, and no time where no call ended', () => {
    const { times, calls, marks, medians } = chartColumns([bucket(60_000, 7, 2, 310), bucket(120_000, 4, 0)]);
    expect({ times, calls, marks, medians }).toEqual({ times: [60, 120], calls: [7, 4], marks: [7, null], medians: [310, null] });
  });

  it('sums the hour for those who do not see it', () => {
    expect(hourTotals([bucket(0, 7, 2), bucket(60_000, 4, 1)])).toEqual({ calls: 11, blocked: 3 });
  });
});

describe('the way from a warning to its fix', () => {
  it('is known for every warning the agent can raise', () => {
    expect(Object.keys(healthWarnings).filter((code) => fixPageOf(code) === undefined)).toEqual([]);
  });

  it('is absent for a warning this window has never heard of', () => {
    expect(fixPageOf('from-a-newer-agent')).toBeUndefined();
  });
});
