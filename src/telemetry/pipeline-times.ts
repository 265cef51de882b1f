// Times of the pipeline's own work: one histogram of the sums, one mean per span.
import { createHistogram } from 'node:perf_hooks';
import type { PipelineTimes } from '../contract/status.ts';

/** Nanoseconds spent in each stage of one exchange; a stage that did not run is 0. */
export interface PipelineSpans {
  readonly recognise: number;
  readonly read: number;
  readonly evaluate: number;
  readonly plan: number;
  readonly record: number;
}

/** Adding costs some 40 ns; the histogram keeps three digits of each value in fixed memory. */
export class PipelineClock {
  readonly #sums = createHistogram();
  #count = 0;
  #recognise = 0;
  #read = 0;
  #evaluate = 0;
  #plan = 0;
  #record = 0;

  add(spans: PipelineSpans): void {
    const sum = spans.recognise + spans.read + spans.evaluate + spans.plan + spans.record;
    if (!(sum >= 0 && sum < Number.MAX_SAFE_INTEGER)) return; // a broken clock must not break an exchange
    this.#count += 1;
    this.#recognise += spans.recognise;
    this.#read += spans.read;
    this.#evaluate += spans.evaluate;
    this.#plan += spans.plan;
    this.#record += spans.record;
    this.#sums.record(Math.max(1, Math.round(sum))); // the histogram starts at 1
  }

  /** Microseconds. All zero before the first exchange. */
  snapshot(): PipelineTimes {
    const count = this.#count;
    const mean = (nanoseconds: number): number => (count === 0 ? 0 : nanoseconds / count / 1000);
    const spans = {
      recognise: mean(this.#recognise),
      read: mean(this.#read),
      evaluate: mean(this.#evaluate),
      plan: mean(this.#plan),
      record: mean(this.#record),
    };
    return {
      count,
      mean: spans.recognise + spans.read + spans.evaluate + spans.plan + spans.record,
      p50: count === 0 ? 0 : this.#sums.percentile(50) / 1000,
      p99: count === 0 ? 0 : this.#sums.percentile(99) / 1000,
      spans,
    };
  }
}
