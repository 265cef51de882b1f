import { describe, expect, it } from 'vitest';
import { pipelineMeanOf, quantile, ratiosOf, rowOf } from './figures.ts';
import type { Row, Sample } from './figures.ts';

const sample = (requests: number, cpuMicros: number, micros: readonly number[], pipeline?: [number, number][]): Sample => {
  const [first, last] = pipeline ?? [];
  return {
    load: { requests, events: requests * 20, elapsedMs: 500, micros },
    before: { cpuMicros: 1_000, rssMb: 80, ...(first && { pipeline: { count: first[0], mean: first[1] } }) },
    after: { cpuMicros: 1_000 + cpuMicros, rssMb: 90, ...(last && { pipeline: { count: last[0], mean: last[1] } }) },
  };
};

describe('the figures of the bench', () => {
  it('takes the median of the rounds, so that one disturbed window does not count', () => {
    const row = rowOf('answer-1', 'pipe', [sample(100, 5_000, [10]), sample(100, 900_000, [9_000]), sample(100, 6_000, [20])]);
    expect(row).toEqual({ scenario: 'answer-1', subject: 'pipe', rps: 200, cpuMicros: 60, p50Micros: 20, p99Micros: 20, rssMb: 90 });
  });

  it('counts events where the scenario streams', () => {
    expect(rowOf('stream-4', 'pipe', [sample(10, 20_000, [5])])).toMatchObject({ rps: 400, cpuMicros: 100 });
  });

  it('reads quantiles from values in any order', () => {
    expect(quantile([5, 1, 3], 0.5)).toBe(3);
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('takes the pipeline’s mean of the windows alone, not of the warm-up before them', () => {
    expect(
      pipelineMeanOf([
        sample(
          100,
          1,
          [1],
          [
            [1_000, 50],
            [1_100, 46.363_636_363_636_36],
          ],
        ),
      ]),
    ).toBeCloseTo(10, 6);
    expect(pipelineMeanOf([sample(100, 1, [1])])).toBeNaN();
  });

  it('compares the subjects where the goals are set', () => {
    const row = (scenario: Row['scenario'], subject: Row['subject'], cpuMicros: number, p50Micros: number): Row => ({
      scenario,
      subject,
      rps: 1,
      cpuMicros,
      p50Micros,
      p99Micros: 1,
      rssMb: 1,
    });
    const rows = [row('answer-16', 'direct', 50, 1), row('answer-16', 'heimdall', 90, 1), row('answer-16', 'mockttp', 450, 1)];
    rows.push(row('answer-1', 'direct', 1, 100), row('answer-1', 'heimdall', 1, 300), row('stream-4', 'direct', 1, 150), row('stream-4', 'heimdall', 1, 400));
    expect(ratiosOf(rows, 9)).toEqual({ cpuVsOrigin: 1.8, cpuVsMockttp: 5, addedP50Micros: 200, streamDelayP50Micros: 250, pipelineMeanMicros: 9 });
  });
});
