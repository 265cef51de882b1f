import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PipelineClock } from '../../../src/telemetry/pipeline-times.ts';

const spans = (recognise: number, read = 0, evaluate = 0, plan = 0, record = 0) => ({ recognise, read, evaluate, plan, record });

test('before the first exchange every figure is zero', () => {
  expect(new PipelineClock().snapshot()).toEqual({ count: 0, mean: 0, p50: 0, p99: 0, spans: spans(0) });
});

test('the mean is the sum of the means of the spans, in microseconds', () => {
  const clock = new PipelineClock();
  clock.add(spans(1000, 2000, 3000, 4000, 5000));
  clock.add(spans(3000, 2000, 1000, 0, 0));
  expect(clock.snapshot()).toMatchObject({ count: 2, mean: 10.5, spans: spans(2, 2, 2, 2, 2.5) });
});

test('the percentiles are within a thousandth of the true ones', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1000, max: 10_000_000 }), { minLength: 1, maxLength: 200 }), (sums) => {
      const clock = new PipelineClock();
      for (const sum of sums) clock.add(spans(sum));
      const sorted = sums.toSorted((a, b) => a - b);
      const exact = (sorted[Math.ceil(sorted.length / 2) - 1] ?? 0) / 1000;
      expect(Math.abs(clock.snapshot().p50 - exact)).toBeLessThanOrEqual(exact / 500);
    }),
  );
});

test('a span of a broken clock is left out', () => {
  const clock = new PipelineClock();
  clock.add(spans(-5));
  clock.add(spans(Number.NaN));
  clock.add(spans(0));
  expect(clock.snapshot().count).toBe(1);
});
