// Reads what an answer's headers say of rate limits into one form.
import type { RawHeaders } from '../contract/exchange.ts';

/** One window as the provider states it. Counts are whole and not negative, waits are milliseconds from now. */
export interface RateWindow {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetMs: number | undefined;
}

export interface RateHeaders {
  readonly requests: RateWindow | undefined;
  readonly tokens: RateWindow | undefined;
  /** Milliseconds to leave the target alone. */
  readonly retryAfterMs: number | undefined;
}

export function readRateHeaders(headers: RawHeaders, wallNow: number): RateHeaders {
  void [headers, wallNow];
  return { requests: undefined, tokens: undefined, retryAfterMs: undefined };
}
