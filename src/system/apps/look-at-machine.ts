// Looks at the machine once for all apps. Nothing of an app is run, nothing is changed.
import type { AppFacts } from '../../contract/coverage.ts';
import type { SurfaceGroup } from '../../contract/setup.ts';
import { findInstalledApps } from '../installed-apps.ts';
import type { Setup } from '../setup.ts';
import type { SetupMachine } from '../surface.ts';
import { proveTrust } from '../trust/handshake.ts';
import type { MachineFacts } from './machine-facts.ts';
import { findRunningApps } from './running-apps.ts';
import { systemPackages } from './system-packages.ts';
import { toolPackages } from './tool-packages.ts';
import { proveStores } from './trust-stores.ts';
import type { ProveTrust } from './trust-stores.ts';

export interface LookOptions {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined: no agent ever ran on this data folder, so nothing is set up. */
  readonly setup: Setup | undefined;
  /** For what needs no set-up. */
  readonly bare: Pick<SetupMachine, 'platform' | 'env' | 'home' | 'root' | 'run'>;
  readonly agent: { readonly port: number } | undefined;
  readonly facts: ReadonlyMap<string, AppFacts>;
  readonly appOf: (executable: string, commandLine?: readonly string[]) => string;
  readonly isAiApp: (app: string) => boolean;
  /** A host that is intercepted, to try the stores with. */
  readonly host: string;
  /** What the PAC file that the agent serves answers for these hosts; empty where it cannot be had. */
  readonly pac: (hosts: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Replaces the handshake. */
  readonly prove?: ProveTrust;
  readonly now: number;
}

const groups: readonly SurfaceGroup[] = ['trust', 'proxy', 'environment', 'tools', 'strict'];

export async function lookAtMachine(options: LookOptions): Promise<MachineFacts> {
  const { setup, bare, agent, facts, appOf, host } = options;
  const hosts = [...new Set([...facts.values()].map((each) => each.host))];
  const [changes, stores, pac, installed, ofSystem, ofTools, running] = await Promise.all([
    setup?.look(groups) ?? [],
    setup === undefined ? [] : proveStores(setup.machine, setup.surfaces, host, agent === undefined ? undefined : (options.prove ?? proveTrust)),
    agent === undefined ? new Map<string, string>() : options.pac(hosts),
    findInstalledApps({ platform: options.platform, env: options.env, appOf, isAiApp: options.isAiApp }),
    systemPackages(bare),
    toolPackages(bare),
    findRunningApps({ platform: options.platform, run: bare.run, appOf, isWanted: (app) => facts.has(app) }),
  ]);
  return { platform: options.platform, agent, changes, pac, stores, installed, packages: [...ofSystem, ...ofTools], running, now: options.now };
}
