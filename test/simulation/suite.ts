// Which contenders meet in which scenario, and the runs that this makes.
import { alone, bare, oracles, strategies } from './contenders.ts';
import type { OracleName, Strategy } from './contenders.ts';
import { measure } from './figures.ts';
import type { Figures } from './figures.ts';
import type { MakeChooser } from './run.ts';
import type { ScenarioName } from './scenarios.ts';
import { threeIds } from './scenarios.ts';

interface Entry {
  readonly contender: string;
  readonly make: MakeChooser;
}

const entry = ([contender, make]: [string, MakeChooser]): Entry => ({ contender, make });
const all = Object.entries(strategies).map(entry);
const bares = Object.entries(bare).map(entry);
const some = (...names: Strategy[]): Entry[] => names.map((contender) => ({ contender, make: strategies[contender] }));
const oracle = (name: OracleName): Entry => ({ contender: name, make: oracles[name] });

export const aloneName = (target: string): string => `${target} alone`;

const entries: Readonly<Record<ScenarioName, readonly Entry[]>> = {
  healthy: [...all, ...bares, oracle('oracle: best')],
  outages: [
    ...all,
    ...bares,
    ...threeIds.map((target) => ({ contender: aloneName(target), make: alone(target) })),
    oracle('oracle: best'),
    oracle('oracle: turns'),
  ],
  walls: [...all, ...bares],
  burst: all,
  membership: some('hash', 'round-robin', 'random'),
  prices: [...all, oracle('oracle: price')],
  blackout: all,
  cuts: all,
};

/** Shares of the calls asked for: outages are what the goals are about, and with few calls a session has no clear home. */
const share = (scenario: ScenarioName): number => (scenario === 'outages' || scenario === 'membership' ? 1 : 0.2);

/** One after the other; `told` hears of each as it is done. */
export async function runScenario(
  scenario: ScenarioName,
  options: { calls: number; seed: number; only?: (contender: string) => boolean; told?: (figures: Figures) => void },
): Promise<Figures[]> {
  const done: Figures[] = [];
  for (const { contender, make } of entries[scenario]) {
    if (options.only?.(contender) === false) continue;
    const figures = await measure({ scenario, contender, make, calls: Math.ceil(options.calls * share(scenario)), seed: options.seed });
    done.push(figures);
    options.told?.(figures);
  }
  return done;
}
