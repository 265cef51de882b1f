// Reads an exchange as what a gateway would call requests: one leg for each run of attempts at the same target.
import type { AuditRecord } from '../contract/audit.ts';
import type { Attempt } from '../contract/exchange.ts';

export interface Leg {
  /** 0 for the first target, 1 for the one that was turned to next, … */
  readonly index: number;
  /** In order; the last one tells how the leg ended. */
  readonly attempts: readonly [Attempt, ...Attempt[]];
  readonly last: Attempt;
  readonly ok: boolean;
  /** Of the leg whose answer was used: to the end of the exchange. Waiting for a person is left out. */
  readonly seconds: number;
}

const noLegs: readonly Leg[] = [];

/** Attempts that lost a race against another one belong to no leg: they neither failed nor were they used. */
export function legsOf(record: AuditRecord): readonly Leg[] {
  const { attempts } = record;
  if (!attempts) return noLegs;
  const runs: [Attempt, ...Attempt[]][] = [];
  for (const attempt of attempts) {
    if (attempt.error === 'slower') continue;
    const run = runs.at(-1);
    if (run?.[0].target === attempt.target) run.push(attempt);
    else runs.push([attempt]);
  }
  let earlier = record.asked?.waitedMs ?? 0;
  return runs.map((run, index) => {
    const last = run.at(-1) ?? run[0];
    const own = run.reduce((sum, attempt) => sum + attempt.milliseconds, 0);
    const whole = index === runs.length - 1 ? Math.max(own, record.durationMs - earlier) : own;
    earlier += own;
    return { index, attempts: run, last, ok: resultOf(last) === 'ok', seconds: whole / 1000 };
  });
}

/** How an attempt ended: `ok`, the stable code of what went wrong, or the status of a refusal. */
export function resultOf(attempt: Attempt): string {
  return attempt.error ?? (attempt.status !== undefined && attempt.status >= 400 ? String(attempt.status) : 'ok');
}

/** Whether a record is an inference call: a request in a dialect, whatever became of it. */
export function isInference(record: AuditRecord): boolean {
  return record.kind === 'exchange' && record.dialect !== undefined && record.dialect !== 'native';
}
