// The calls of a simulation: when they come, and what they ask for.
import type { RoutedCall } from '../../src/contract/routing.ts';
import type { Chance } from './chance.ts';

export interface Call {
  /** Milliseconds of the simulation. */
  readonly at: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly routed: RoutedCall;
}

export interface TrafficSettings {
  readonly perSecond: number;
  /** At these times as many times more calls come. */
  readonly burst?: { readonly times: number; readonly everyMs: number; readonly forMs: number };
  readonly sessions: number;
  /** Median of the request; long ones are four times that and more. */
  readonly inputTokens: number;
  /** Shares of calls that offer tools, and that are batch work. */
  readonly tools: number;
  readonly batch: number;
}

const apps = ['claude-code', 'cursor', 'chat', 'nightly'] as const;

export class Traffic {
  readonly #settings: TrafficSettings;
  readonly #chance: Chance;
  readonly #epoch: number;

  constructor(settings: TrafficSettings, chance: Chance, epoch: number) {
    this.#settings = settings;
    this.#chance = chance;
    this.#epoch = epoch;
  }

  /** Poisson arrivals: milliseconds from this call to the next. */
  gapAfter(now: number): number {
    const { perSecond, burst } = this.#settings;
    const peak = perSecond * (burst?.times ?? 1);
    let at = now;
    do at += this.#chance.exponential(1000 / peak);
    while (!this.#chance.happens(this.#rateAt(at) / peak));
    return at - now;
  }

  call(at: number): Call {
    const chance = this.#chance;
    const { sessions, inputTokens: median, tools, batch } = this.#settings;
    const session = `session-${chance.whole(sessions)}`;
    const inputTokens = Math.min(500_000, Math.ceil(chance.logNormal(median, 1)));
    const outputTokens = Math.min(4_000, Math.ceil(chance.logNormal(150, 0.8)));
    const hasTools = chance.happens(tools);
    const isBatch = chance.happens(batch);
    const routed: RoutedCall = {
      app: isBatch ? 'nightly' : apps[chance.whole(3)],
      user: 'user',
      team: undefined,
      virtualKey: undefined,
      host: 'api.openai.com',
      product: 'openai',
      dialect: 'openai-chat',
      provider: undefined,
      model: 'model',
      stream: true,
      estimatedTokens: inputTokens,
      maxOutputTokens: 4_000,
      tools: hasTools,
      vision: false,
      json: false,
      task: isBatch ? 'batch' : hasTools ? 'agent' : 'chat',
      priority: isBatch ? 'batch' : 'interactive',
      header: () => undefined,
      session,
      conversation: () => session,
      at: this.#epoch + at,
      budgetUsed: 0,
      patienceMs: 30_000,
    };
    return { at, inputTokens, outputTokens, routed };
  }

  #rateAt(at: number): number {
    const { perSecond, burst } = this.#settings;
    return burst && at % burst.everyMs > burst.everyMs - burst.forMs ? perSecond * burst.times : perSecond;
  }
}
