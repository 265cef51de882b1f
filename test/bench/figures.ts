// From windows to figures: rows per scenario and subject, ratios between subjects.
import type { LoadFigures, SubjectFigures } from './protocol.ts';

export type SubjectName = 'direct' | 'pipe' | 'heimdall' | 'mockttp';
export type ScenarioName = 'answer-1' | 'answer-16' | 'stream-4';

/** One measured window. */
export interface Sample {
  readonly load: LoadFigures;
  readonly before: SubjectFigures;
  readonly after: SubjectFigures;
}

export interface Row {
  readonly scenario: ScenarioName;
  readonly subject: SubjectName;
  /** Requests per second; events per second where the scenario streams. */
  readonly rps: number;
  /** CPU of the subject's process (of the origin's, for `direct`) per request, or per event, microseconds. */
  readonly cpuMicros: number;
  /** Duration of a request, or time from the sending of an event to its arrival, microseconds. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly rssMb: number;
}

export interface Ratios {
  readonly cpuVsOrigin: number;
  readonly cpuVsMockttp: number;
  readonly addedP50Micros: number;
  readonly streamDelayP50Micros: number;
  readonly pipelineMeanMicros: number;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Medians over the rounds, so that one disturbed window does not count. */
export function rowOf(scenario: ScenarioName, subject: SubjectName, samples: readonly Sample[]): Row {
  const units = (sample: Sample): number => (scenario === 'stream-4' ? sample.load.events : sample.load.requests);
  const over = (figure: (sample: Sample) => number): number => median(samples.map(figure));
  return {
    scenario,
    subject,
    rps: over((sample) => (units(sample) / sample.load.elapsedMs) * 1_000),
    cpuMicros: over((sample) => (sample.after.cpuMicros - sample.before.cpuMicros) / units(sample)),
    p50Micros: over((sample) => quantile(sample.load.micros, 0.5)),
    p99Micros: over((sample) => quantile(sample.load.micros, 0.99)),
    rssMb: over((sample) => sample.after.rssMb),
  };
}

/** Mean of the agent's own spans over each window, median of the windows, microseconds. */
export function pipelineMeanOf(samples: readonly Sample[]): number {
  return median(
    samples.map(({ before, after }) => {
      if (before.pipeline === undefined || after.pipeline === undefined) return Number.NaN;
      const sum = after.pipeline.mean * after.pipeline.count - before.pipeline.mean * before.pipeline.count;
      return sum / (after.pipeline.count - before.pipeline.count);
    }),
  );
}

export function ratiosOf(rows: readonly Row[], pipelineMeanMicros: number): Ratios {
  const figure = (scenario: ScenarioName, subject: SubjectName, name: 'cpuMicros' | 'p50Micros'): number =>
    rows.find((row) => row.scenario === scenario && row.subject === subject)?.[name] ?? Number.NaN;
  return {
    cpuVsOrigin: figure('answer-16', 'heimdall', 'cpuMicros') / figure('answer-16', 'direct', 'cpuMicros'),
    cpuVsMockttp: figure('answer-16', 'mockttp', 'cpuMicros') / figure('answer-16', 'heimdall', 'cpuMicros'),
    addedP50Micros: figure('answer-1', 'heimdall', 'p50Micros') - figure('answer-1', 'direct', 'p50Micros'),
    streamDelayP50Micros: figure('stream-4', 'heimdall', 'p50Micros') - figure('stream-4', 'direct', 'p50Micros'),
    pipelineMeanMicros,
  };
}
