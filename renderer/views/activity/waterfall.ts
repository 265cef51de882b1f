// The times of one exchange as bars: only what the record holds, and what it does not hold is said.
import type { AuditRecord } from '../../../src/contract/audit.ts';

export interface TimeBar {
  readonly kind: 'whole' | 'asked' | 'attempt' | 'answer';
  /** The target, for attempts. */
  readonly name: string | undefined;
  /** For attempts that were not used. */
  readonly failed: boolean;
  /** Milliseconds from the start of the exchange. */
  readonly start: number;
  readonly length: number;
  /** The record holds how long this took, not when it began: it is drawn as early as it can have been. */
  readonly isPlaced: boolean;
}

export interface Waterfall {
  /** Milliseconds the axis spans. */
  readonly span: number;
  readonly bars: readonly TimeBar[];
  readonly firstToken: number | undefined;
  /** Some bar is drawn where it may have begun, not where it did. */
  readonly hasPlaced: boolean;
  readonly ticks: readonly number[];
}

/** Undefined where the record holds no duration. */
export function waterfallOf(record: AuditRecord): Waterfall | undefined {
  const whole = record.durationMs;
  if (whole <= 0) return undefined;
  const bars: TimeBar[] = [{ kind: 'whole', name: undefined, failed: false, start: 0, length: whole, isPlaced: false }];
  let earliest = 0;
  const place = (kind: 'asked' | 'attempt', milliseconds: number, name?: string, failed = false): void => {
    const length = Math.min(milliseconds, whole);
    const start = Math.min(earliest, whole - length);
    bars.push({ kind, name, failed, start, length, isPlaced: true });
    earliest = start + length;
  };
  if (record.asked !== undefined) place('asked', record.asked.waitedMs);
  for (const attempt of record.attempts ?? []) place('attempt', attempt.milliseconds, attempt.target, attempt.error !== undefined);
  const firstToken = record.firstTokenMs === undefined ? undefined : Math.min(record.firstTokenMs, whole);
  if (firstToken !== undefined) bars.push({ kind: 'answer', name: undefined, failed: false, start: firstToken, length: whole - firstToken, isPlaced: false });
  return { span: whole, bars, firstToken, hasPlaced: bars.some((bar) => bar.isPlaced), ticks: ticksOf(whole) };
}

/** Three to six round moments on the axis, 0 included. */
function ticksOf(span: number): number[] {
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}
