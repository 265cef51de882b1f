// A simulated target: how fast it answers, when it is out or browning out, what it charges, and when it says 429.
import type { RawHeaders } from '../../src/contract/exchange.ts';
import type { Target } from '../../src/contract/target.ts';
import type { Chance } from './chance.ts';
import { RateWall } from './rate-wall.ts';
import type { Wall } from './rate-wall.ts';
import type { Call } from './traffic.ts';

/** `refuses`: no connection, at once. `hangs`: no connection, and nobody says so. `brown-out`: 30 % of answers are 5xx, all take five times as long. `cuts`: connections refused, and streams under way cut. */
export type SpellKind = 'refuses' | 'hangs' | 'brown-out' | 'cuts';

export interface Spell {
  readonly kind: SpellKind;
  readonly from: number;
  readonly to: number;
}

export interface Facts {
  readonly contextTokens: number;
  readonly tools: boolean;
  /** US dollars per million tokens. */
  readonly input: number;
  readonly output: number;
}

export interface SiteSettings {
  readonly target: Target;
  /** Median, milliseconds. */
  readonly firstTokenMs: number;
  /** Standard deviation of its logarithm. */
  readonly spread: number;
  readonly perTokenMs: number;
  /** First token and time per token swing by this share, once in so many milliseconds. */
  readonly swing: { readonly share: number; readonly everyMs: number; readonly phase: number };
  /** Share of calls that end as a 5xx on a good day, and that find no connection. */
  readonly errors: { readonly status: number; readonly connect: number };
  readonly facts: Facts;
  readonly spells: readonly Spell[];
  /** One wall per key; of targets without keys the first counts. */
  readonly walls?: readonly Wall[];
  readonly keys?: readonly { readonly label: string; readonly weight: number }[];
}

export type Reply =
  | { readonly kind: 'no-connection'; readonly afterMs: number }
  | { readonly kind: 'status'; readonly status: number; readonly headers: RawHeaders; readonly afterMs: number }
  | {
      readonly kind: 'answer';
      readonly headers: RawHeaders;
      readonly firstTokenMs: number;
      readonly durationMs: number;
      /** The stream ends early, without its end. */
      readonly isCut: boolean;
    };

/** The agent's own connect timeout, the default of `network.connectTimeoutMs`. */
const connectTimeoutMs = 10_000;
const roundTripMs = 40;
const brownOut = { slower: 5, errors: 0.3 };

export class Site {
  readonly settings: SiteSettings;
  readonly #chance: Chance;
  readonly #walls = new Map<string, RateWall>();

  constructor(settings: SiteSettings, chance: Chance) {
    this.settings = settings;
    this.#chance = chance;
    settings.walls?.forEach((wall, i) => this.#walls.set(settings.keys?.[i]?.label ?? '', new RateWall(wall)));
  }

  get id(): string {
    return this.settings.target.id;
  }

  spellAt(now: number): Spell | undefined {
    for (const spell of this.settings.spells) if (now >= spell.from && now < spell.to) return spell;
    return undefined;
  }

  /** Nobody can connect. */
  isOut(now: number): boolean {
    const kind = this.spellAt(now)?.kind;
    return kind !== undefined && kind !== 'brown-out';
  }

  /** How much slower than its median it is now. */
  paceAt(now: number): number {
    const { share, everyMs, phase } = this.settings.swing;
    return (1 + share * Math.sin((2 * Math.PI * now) / everyMs + phase)) * (this.spellAt(now)?.kind === 'brown-out' ? brownOut.slower : 1);
  }

  /** What the call costs here, US dollars. */
  priceOf(call: Call): number {
    const { input, output } = this.settings.facts;
    return (call.inputTokens * input + call.outputTokens * output) / 1_000_000;
  }

  /** What an active probe finds. */
  probe(now: number): { readonly ok: boolean; readonly milliseconds: number } {
    const spell = this.spellAt(now);
    if (spell && spell.kind !== 'brown-out') return { ok: false, milliseconds: spell.kind === 'hangs' ? connectTimeoutMs : roundTripMs };
    return { ok: !(spell && this.#chance.happens(brownOut.errors)), milliseconds: 2 * roundTripMs };
  }

  reply(call: Call, key: string | undefined, now: number, wallTime: number): Reply {
    const spell = this.spellAt(now);
    if (spell && spell.kind !== 'brown-out') return { kind: 'no-connection', afterMs: spell.kind === 'hangs' ? connectTimeoutMs : roundTripMs };
    const { firstTokenMs, spread, perTokenMs, errors } = this.settings;
    if (this.#chance.happens(errors.connect)) return { kind: 'no-connection', afterMs: roundTripMs };
    const wall = this.#walls.get(key ?? '')?.take(now, wallTime);
    if (wall?.taken === false) return { kind: 'status', status: 429, headers: wall.headers, afterMs: roundTripMs };
    const headers = wall?.headers ?? [];
    const pace = this.paceAt(now);
    const first = this.#chance.logNormal(firstTokenMs, spread) * pace;
    if (this.#chance.happens(spell ? brownOut.errors : errors.status)) return { kind: 'status', status: 503, headers, afterMs: first };
    const durationMs = first + call.outputTokens * perTokenMs * pace;
    const cutAt = this.settings.spells.find(({ kind, from }) => kind === 'cuts' && from > now && from < now + durationMs)?.from;
    if (cutAt === undefined) return { kind: 'answer', headers, firstTokenMs: first, durationMs, isCut: false };
    if (cutAt < now + first) return { kind: 'no-connection', afterMs: cutAt - now };
    return { kind: 'answer', headers, firstTokenMs: first, durationMs: cutAt - now, isCut: true };
  }
}
