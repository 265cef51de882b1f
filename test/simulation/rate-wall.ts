// The rate limit of a simulated provider: how it counts, and in which headers it says so.
import type { RawHeaders } from '../../src/contract/exchange.ts';

/** `bucket` fills steadily and speaks OpenAI's headers; `minute` begins anew each minute and speaks Anthropic's; `curt` counts like `minute` and says Retry-After with its 429, nothing else. */
export type WallStyle = 'bucket' | 'minute' | 'curt';

export interface Wall {
  readonly style: WallStyle;
  readonly requestsPerMinute: number;
}

const minute = 60_000;

export class RateWall {
  readonly #wall: Wall;
  #left: number;
  #at = 0;

  constructor(wall: Wall) {
    this.#wall = wall;
    this.#left = wall.requestsPerMinute;
  }

  /** @param now milliseconds of the simulation; @param wallTime milliseconds since 1970 */
  take(now: number, wallTime: number): { readonly taken: boolean; readonly headers: RawHeaders } {
    const { style, requestsPerMinute: limit } = this.#wall;
    if (style === 'bucket') this.#left = Math.min(limit, this.#left + ((now - this.#at) * limit) / minute);
    else if (Math.floor(now / minute) !== Math.floor(this.#at / minute)) this.#left = limit;
    this.#at = now;
    const taken = this.#left >= 1;
    if (taken) this.#left -= 1;
    const untilNext = style === 'bucket' ? ((1 - this.#left) * minute) / limit : minute - (now % minute);
    return { taken, headers: this.#headers(taken, Math.max(1, Math.ceil(untilNext)), wallTime) };
  }

  #headers(taken: boolean, waitMs: number, wallTime: number): RawHeaders {
    const { style, requestsPerMinute: limit } = this.#wall;
    const left = String(Math.floor(this.#left));
    const seconds = String(Math.ceil(waitMs / 1000));
    switch (style) {
      case 'bucket': {
        const fullMs = Math.ceil(((limit - this.#left) * minute) / limit);
        const reset = fullMs < 1000 ? `${fullMs}ms` : `${(fullMs / 1000).toFixed(3)}s`;
        const state = ['x-ratelimit-limit-requests', String(limit), 'x-ratelimit-remaining-requests', left, 'x-ratelimit-reset-requests', reset];
        return taken ? state : [...state, 'retry-after-ms', String(waitMs), 'retry-after', seconds];
      }
      case 'minute': {
        const reset = new Date(wallTime + waitMs).toISOString();
        const state = [
          'anthropic-ratelimit-requests-limit',
          String(limit),
          'anthropic-ratelimit-requests-remaining',
          left,
          'anthropic-ratelimit-requests-reset',
          reset,
        ];
        return taken ? state : [...state, 'retry-after', seconds];
      }
      case 'curt':
        return taken ? [] : ['retry-after', seconds];
    }
  }
}
