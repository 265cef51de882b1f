// One queue of waiting calls, shared fairly.
import type { Priority } from '../contract/routing.ts';
import type { Clock } from './plan.ts';

export interface QueueEntry<T> {
  readonly share: string;
  readonly priority: Priority;
  /** Tokens by estimate. */
  readonly cost: number;
  /** On the monotonic clock. */
  readonly expiresAt: number;
  readonly item: T;
}

export class FairQueue<T> {
  readonly size = 0;
  constructor(options: { limit: number; shares: Readonly<Record<string, number>>; clock: Clock }) {
    void options;
  }
  enter(entry: QueueEntry<T>): boolean {
    void entry;
    return false;
  }
  next(fits?: (item: T, cost: number) => boolean): T | undefined {
    void fits;
    return undefined;
  }
  leave(item: T): void {
    void item;
  }
  expired(now: number): T[] {
    void now;
    return [];
  }
  waitEstimateMs(): number {
    return 0;
  }
  shareSizes(): ReadonlyMap<string, number> {
    return new Map();
  }
}
