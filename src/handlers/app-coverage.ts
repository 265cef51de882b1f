// How far each app is covered, as the running agent can tell: the machine is looked at once for all apps and believed for a short while.
import type { MachineCare } from '../agent-machine.ts';
import { namedApps } from '../catalog/app-names.ts';
import { appFacts } from '../catalog/app-facts.ts';
import { appOf } from '../catalog/apps.ts';
import { matchHost } from '../catalog/match.ts';
import type { AppCoverage, AppSightings } from '../contract/coverage.ts';
import { fetchPac } from '../proxy/upstream/pac-fetch.ts';
import { startPac } from '../proxy/upstream/pac-thread.ts';
import { coverageOf, isDetected } from '../system/apps/coverage.ts';
import { lookAtMachine } from '../system/apps/look-at-machine.ts';
import type { MachineFacts } from '../system/apps/machine-facts.ts';
import { pacUrl } from '../system/surface.ts';

/** Long enough for a view that asks every few seconds, short enough for a person who has just changed something. */
const believedMs = 15_000;
/** For the PAC file, which is served by this very process. */
const pacMs = 3_000;
/** An intercepted host that every store can be tried with. */
const probeHost = 'api.openai.com';

export interface CoverageLook {
  readonly installed: ReadonlyMap<string, string>;
  /** Every app that was found, by catalog id. */
  readonly detected: readonly string[];
  of(app: string): AppCoverage;
}

export interface CoverageSource {
  readonly care: Pick<MachineCare, 'setup'>;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isPaused: () => boolean;
}

export class CoverageView {
  readonly #source: CoverageSource;
  #kept: { readonly key: string; readonly until: number; readonly facts: Promise<MachineFacts> } | undefined;

  constructor(source: CoverageSource) {
    this.#source = source;
  }

  async look(seen: ReadonlyMap<string, AppSightings>): Promise<CoverageLook> {
    const machine = { ...(await this.#machine()), now: Date.now() };
    return {
      installed: machine.installed,
      detected: [...namedApps].filter(([app, { isAiApp }]) => isAiApp && isDetected(app, appFacts.get(app), machine)).map(([app]) => app),
      of: (app) => {
        const facts = appFacts.get(app);
        const handling = facts === undefined ? undefined : matchHost(facts.host)?.handling;
        return coverageOf({ app, facts, machine, seen, handling, isPaused: this.#source.isPaused() });
      },
    };
  }

  #machine(): Promise<MachineFacts> {
    const { care, platform, env } = this.#source;
    const setup = care.setup();
    const { machine } = setup;
    // What was chosen or undone a moment ago must show at once.
    const key = JSON.stringify([machine.port(), [...setup.chosen]]);
    if (this.#kept?.key === key && this.#kept.until > performance.now()) return this.#kept.facts;
    const facts = lookAtMachine({
      platform,
      env,
      setup,
      bare: machine,
      agent: { port: machine.port() },
      facts: appFacts,
      appOf,
      isAiApp: (app) => namedApps.get(app)?.isAiApp === true,
      host: probeHost,
      pac: (hosts) => pacAnswers(pacUrl(machine), hosts),
      now: Date.now(),
    });
    const kept = { key, until: performance.now() + believedMs, facts };
    this.#kept = kept;
    facts.catch(() => {
      if (this.#kept === kept) this.#kept = undefined;
    });
    return facts;
  }
}

/** The file is fetched from the port and run as a browser would; empty where that fails. */
async function pacAnswers(url: string, hosts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  try {
    const program = await startPac(await fetchPac(url, { timeoutMs: pacMs }), pacMs);
    try {
      // A host that is passed on unread goes straight out; what is asked is whether the file leads here at all.
      const asked = hosts.map((host) => [host, matchHost(host)?.handling === 'intercept' ? host : probeHost] as const);
      return new Map(await Promise.all(asked.map(async ([host, tried]) => [host, await program.find(`https://${tried}/`, tried)] as const)));
    } finally {
      program.close();
    }
  } catch {
    return new Map();
  }
}
