// Knows how many requests and tokens a target takes now, by settings and by the provider's own headers.
import type { RawHeaders } from '../contract/exchange.ts';
import type { QuotaLeft, TargetLimits } from '../contract/routing.ts';
import type { Clock } from './plan.ts';

export class Quota {
  constructor(options: { limits: TargetLimits | undefined; clock: Clock }) {
    void options;
  }
  waitFor(tokens: number): number {
    return 0 * tokens;
  }
  take(tokens: number): void {
    void tokens;
  }
  settle(estimated: number, actual: number): void {
    void [estimated, actual];
  }
  observe(status: number, headers: RawHeaders): void {
    void [status, headers];
  }
  left(): QuotaLeft {
    return { requests: undefined, requestsLimit: undefined, tokens: undefined, tokensLimit: undefined, restingUntil: undefined };
  }
  used(): number {
    return 0;
  }
}
