// The figures of today for the tray: read once from the log at start, then counted as rows come.
import type { AuditRecord } from '../contract/audit.ts';
import type { UsageTotals } from '../contract/usage.ts';
import type { ReadingThread } from './reading-thread.ts';
import { added, noUsage } from './usage.ts';

/** A log that cannot be read begins at nothing: the figures are a convenience, the log says itself what is wrong with it. */
export async function usageOfToday(reading: Pick<ReadingThread, 'ask'>): Promise<TodayUsage> {
  try {
    return new TodayUsage((await reading.ask({ kind: 'summary', since: midnight() })).totals);
  } catch {
    return new TodayUsage(noUsage);
  }
}

/** The figures since local midnight, counted as rows come; the next day begins them anew, also when the clock jumps. */
export class TodayUsage {
  readonly #now: () => Date;
  #day: string;
  #totals: UsageTotals;

  /** `before`: what the log holds of today already. */
  constructor(before: UsageTotals, now: () => Date = () => new Date()) {
    this.#now = now;
    this.#day = now().toDateString();
    this.#totals = before;
  }

  add(record: AuditRecord): void {
    this.#totals = added(this.totals, record);
  }

  get totals(): UsageTotals {
    const day = this.#now().toDateString();
    if (day !== this.#day) {
      this.#day = day;
      this.#totals = noUsage;
    }
    return this.#totals;
  }
}

/** Local midnight before this moment, milliseconds since 1970. */
function midnight(now: Date = new Date()): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
}
