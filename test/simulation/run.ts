// One run: one way of choosing, in one scenario, with one seed.
import type { HealthState } from '../../src/contract/routing.ts';
import type { Router } from '../../src/routing/plan.ts';
import { Chance } from './chance.ts';
import { VirtualClock } from './clock.ts';
import { Drive } from './drive.ts';
import { Ledger } from './ledger.ts';
import { scenario } from './scenarios.ts';
import type { Scenario, ScenarioName } from './scenarios.ts';
import { Site } from './site.ts';
import { Traffic } from './traffic.ts';

/** A router, and what a run asks of it beside plans. */
export interface Chooser {
  readonly router: Router;
  stateOf(target: string): HealthState;
  /** Targets to be probed now. */
  dueForProbe(): readonly string[];
  probed(target: string, ok: boolean, milliseconds: number): void;
}

export interface World {
  readonly clock: VirtualClock;
  readonly sites: readonly Site[];
  readonly random: () => number;
}

export type MakeChooser = (world: World) => Chooser;

export interface RunResult {
  readonly scenario: Scenario;
  readonly ledger: Ledger;
  /** Active probes sent to targets that were out. */
  readonly probesOut: number;
  /** Of the real clock. */
  readonly tookMs: number;
}

const probeTurnMs = 500;

/** Streams of chance kept apart, so that every strategy meets the same traffic and the same outages. */
const streams = { scenario: 1, traffic: 2, router: 3, site: 100 };

export async function run(options: { scenario: ScenarioName; calls: number; seed: number; make: MakeChooser }): Promise<RunResult> {
  const startedAt = performance.now();
  const chance = (stream: number): Chance => new Chance(options.seed * 1_000 + stream);
  const world = scenario(options.scenario, options.calls, chance(streams.scenario));
  const clock = new VirtualClock();
  const sites = world.sites.map((settings, i) => new Site(settings, chance(streams.site + i)));
  const { next: random } = chance(streams.router);
  let chooser = options.make({ clock, sites, random });
  const ledger = new Ledger((target) => chooser.stateOf(target));
  const drive = new Drive({ clock, ledger, router: chooser.router, sites });

  const traffic = new Traffic(world.traffic, chance(streams.traffic), clock.wall());
  const arrive = (): void => {
    drive.begin(traffic.call(clock.now()));
    const gap = traffic.gapAfter(clock.now());
    if (clock.now() + gap < world.durationMs) clock.after(gap, arrive);
  };
  clock.after(traffic.gapAfter(0), arrive);

  let probesOut = 0;
  const probe = (): void => {
    for (const target of chooser.dueForProbe()) {
      const { ok, milliseconds } = drive.site(target).probe(clock.now());
      if (drive.site(target).isOut(clock.now())) probesOut += 1;
      const asked = chooser;
      clock.after(milliseconds, () => asked.probed(target, ok, milliseconds));
    }
    if (clock.now() + probeTurnMs < world.durationMs) clock.after(probeTurnMs, probe);
  };
  clock.after(probeTurnMs, probe);

  if (world.leaves !== undefined) {
    const remaining = sites.filter(({ id }) => id !== world.leaves);
    clock.after(world.durationMs / 2, () => {
      chooser = options.make({ clock, sites: remaining, random });
      drive.router = chooser.router;
      ledger.homes.membershipChanged();
    });
  }

  await clock.run(() => drive.waiting > 0);
  return { scenario: world, ledger, probesOut, tookMs: performance.now() - startedAt };
}
