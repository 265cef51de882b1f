// Reads the values of rate headers: counts, waits and dates, as providers write them.

/** Every wait read from a header ends here, whatever it says: an absurd date must not take a target out for ever. */
export const longestWaitMs = 3_600_000;

/** A count; lists (`100, 100;w=60`) begin with the one that counts. */
export function countOf(value: string | undefined): number | undefined {
  const text = /^([0-9]{1,15})(?:\.[0-9]*)?\s*(?:[,;]|$)/.exec(value ?? '')?.[1];
  return text === undefined ? undefined : Number(text);
}

/** Milliseconds from `now`, 0 to `longestWaitMs`; undefined where the value makes no sense. A plain number counts in `unitMs`, unless it is so large that it must be a date. */
export function waitOf(value: string | undefined, now: number, unitMs: number): number | undefined {
  if (value === undefined || value === '') return undefined;
  const wait = /^[0-9]+(?:\.[0-9]*)?$/.test(value) ? plainWait(Number(value), now, unitMs) : (durationOf(value) ?? untilDate(value, now));
  return wait === undefined ? undefined : Math.min(Math.max(0, wait), longestWaitMs);
}

/** Three years in seconds lie below 1e8; the dates since 1973 lie above it, those in milliseconds above 1e11. */
function plainWait(value: number, now: number, unitMs: number): number {
  if (unitMs === 1 || value < 1e8) return value * unitMs;
  return (value < 1e11 ? value * 1000 : value) - now;
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `1.5ms`, `1d2h`. */
function durationOf(value: string): number | undefined {
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h|d))+$/.test(value)) return undefined;
  let wait = 0;
  for (const [, amount, unit = ''] of value.matchAll(/([0-9.]+)([a-z]+)/g)) wait += Number(amount) * (units[unit] ?? 0);
  return wait;
}

function untilDate(value: string, now: number): number | undefined {
  const date = dateOf(value);
  return date === undefined ? undefined : date - now;
}

/** Milliseconds since 1970. RFC 3339 or an HTTP date; `Date.parse` alone would take almost anything. */
export function dateOf(value: string): number | undefined {
  if (!/^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T|[A-Z][a-z]{2,8},? )/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}
