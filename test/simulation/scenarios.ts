// The worlds in which strategies are tried: targets, their bad hours, and the traffic.
import type { TargetLimits } from '../../src/contract/routing.ts';
import type { Target } from '../../src/contract/target.ts';
import type { Chance } from './chance.ts';
import type { Facts, SiteSettings, Spell, SpellKind } from './site.ts';
import type { TrafficSettings } from './traffic.ts';

export const scenarioNames = ['healthy', 'outages', 'walls', 'burst', 'membership', 'prices', 'blackout', 'cuts'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Scenario {
  readonly name: ScenarioName;
  /** One line for people. */
  readonly what: string;
  readonly sites: readonly SiteSettings[];
  readonly traffic: TrafficSettings;
  readonly durationMs: number;
  /** In the middle of the run this target leaves. */
  readonly leaves?: string;
}

const second = 1_000;
const minute = 60 * second;
const usualTraffic: TrafficSettings = { perSecond: 20, sessions: 500, inputTokens: 2_000, tools: 0.3, batch: 0.2 };
const usualFacts: Facts = { contextTokens: 1_000_000, tools: true, input: 2.5, output: 10 };

function gateway(id: string, limits?: TargetLimits): Target {
  return { id, kind: 'gateway', url: new URL(`https://${id}.example`), virtualKey: undefined, wire: 'bifrost', headers: [], limits };
}

function provider(id: string, name: string): Target {
  return { id, kind: 'provider', provider: name, url: undefined, keys: undefined, models: undefined };
}

/** A target on a good day: half a percent of calls fail, first tokens spread as providers' do, and their pace swings through the hour. */
function site(target: Target, firstTokenMs: number, chance: Chance, rest: Partial<SiteSettings> = {}): SiteSettings {
  return {
    target,
    firstTokenMs,
    spread: 0.35,
    perTokenMs: 15,
    swing: { share: 0.15, everyMs: (20 + chance.whole(20)) * minute, phase: chance.next() * 2 * Math.PI },
    errors: { status: 0.003, connect: 0.003 },
    facts: usualFacts,
    spells: [],
    ...rest,
  };
}

const threeMedians = [400, 450, 520] as const;
export const threeIds = ['north', 'east', 'south'] as const;

function three(chance: Chance, rest: (i: number) => Partial<SiteSettings> = () => ({}), limits?: TargetLimits): SiteSettings[] {
  return threeIds.map((id, i) => site(gateway(id, limits), threeMedians[i] ?? 0, chance, rest(i)));
}

/** One spell in each of so many equal parts of the time, each taking `share` of its part, at a place left to chance. */
function spells(kinds: readonly SpellKind[], share: number, durationMs: number, everyMs: number, chance: Chance): Spell[] {
  const parts = Math.max(1, Math.round(durationMs / everyMs));
  const part = durationMs / parts;
  return Array.from({ length: parts }, (_, i) => {
    const from = part * (i + chance.next() * (1 - share));
    return { kind: kinds[i % kinds.length] ?? 'refuses', from, to: from + part * share };
  });
}

/** @param calls about so many: they come by chance */
export function scenario(name: ScenarioName, calls: number, chance: Chance): Scenario {
  const durationMs = (calls / usualTraffic.perSecond) * second;
  const usual = { name, traffic: usualTraffic, durationMs };
  switch (name) {
    case 'healthy':
      return { ...usual, what: 'Three targets on a good day.', sites: three(chance) };
    case 'outages': {
      // Which of the three suffers, and how, is left to the seed.
      const out = chance.whole(3);
      const brown = (out + 1 + chance.whole(2)) % 3;
      const outages = spells(['refuses', 'hangs'], 1 / 3, durationMs, 8 * minute, chance);
      const brownOuts = spells(['brown-out'], 1 / 4, durationMs, 10 * minute, chance);
      const what =
        'One of three targets is out a third of the time (refusing or hanging in turns), another browns out a quarter of the time; the times may overlap.';
      return { ...usual, what, sites: three(chance, (i) => ({ spells: i === out ? outages : i === brown ? brownOuts : [] })) };
    }
    case 'walls': {
      const walls = (i: number): Partial<SiteSettings> => {
        if (i === 0) return { walls: [{ style: 'bucket', requestsPerMinute: 500 }] };
        if (i === 1) return { walls: [{ style: 'minute', requestsPerMinute: 400 }] };
        return {
          target: provider('south', 'openai'),
          keys: [
            { label: 'first', weight: 2 },
            { label: 'second', weight: 1 },
          ],
          walls: [
            { style: 'curt', requestsPerMinute: 400 },
            { style: 'curt', requestsPerMinute: 200 },
          ],
        };
      };
      const what =
        'Three targets take 1,500 requests a minute together and are asked for 1,200; one tells in OpenAI headers, one in Anthropic headers, one (two keys) only by its 429.';
      return { ...usual, what, sites: three(chance, walls) };
    }
    case 'burst': {
      const traffic = { ...usualTraffic, perSecond: 10, burst: { times: 6, everyMs: 5 * minute, forMs: 20 * second }, batch: 0.4 };
      const what =
        'Three targets of 40 calls at once and a queue of 100 each; for 20 seconds in 5 minutes six times the usual traffic, more than they can take.';
      return { ...usual, what, traffic, sites: three(chance, () => ({}), { inFlight: 40, queue: 100 }) };
    }
    case 'membership':
      return {
        ...usual,
        traffic: { ...usualTraffic, sessions: 200 },
        what: 'Ten targets, 200 sessions; in the middle of the run one target leaves.',
        sites: Array.from({ length: 10 }, (_, i) => site(gateway(`target-${i}`), 450, chance)),
        leaves: 'target-3',
      };
    case 'prices': {
      const facts: readonly Facts[] = [
        { contextTokens: 8_000, tools: false, input: 0.1, output: 0.4 },
        { contextTokens: 128_000, tools: true, input: 0.6, output: 2.4 },
        { contextTokens: 1_000_000, tools: true, input: 3, output: 15 },
      ];
      const what = 'Prices differ thirtyfold; the cheapest target has a short context and no tools.';
      return { ...usual, what, sites: three(chance, (i) => ({ facts: facts[i] ?? usualFacts, target: provider(threeIds[i] ?? '', threeIds[i] ?? '') })) };
    }
    case 'blackout': {
      const out = spells(['refuses'], 1 / 5, durationMs, 5 * minute, chance);
      return { ...usual, what: 'All three targets refuse connections for a minute in five.', sites: three(chance, () => ({ spells: out })) };
    }
    case 'cuts': {
      const cuts = spells(['cuts'], 1 / 10, durationMs, 3 * minute, chance);
      return {
        ...usual,
        what: 'One of three targets dies every three minutes and cuts the streams under way.',
        sites: three(chance, (i) => ({ spells: i === 0 ? cuts : [] })),
      };
    }
  }
}
