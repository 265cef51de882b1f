// Joins the set-up of the machine with the agent's life: what names the port stands while the agent listens, and not a moment longer.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentStatusBoard } from './agent-status.ts';
import type { StrictCapture } from './agent-strict.ts';
import { interceptedHosts } from './catalog/match.ts';
import { environmentProxy } from './config/upstream-proxy.ts';
import type { LoadedSettings } from './config/settings.ts';
import type { RestoredChange, SetupChange, SurfaceGroup } from './contract/setup.ts';
import type { UpstreamProxy } from './contract/upstream-proxy.ts';
import { agentEntry } from './system/agent-entry.ts';
import { environmentBeneath } from './system/environment/beneath.ts';
import { existingProxy } from './system/proxy/existing-proxy.ts';
import { onNetworkChange } from './system/proxy/network-change.ts';
import { readChoices } from './system/setup-choices.ts';
import { setupMachine } from './system/setup-machine.ts';
import { Setup } from './system/setup.ts';
import type { SetupMachine, SetupSurface } from './system/surface.ts';
import { Watchdog } from './system/watchdog.ts';
import type { Logger } from './telemetry/logger.ts';

export interface MachineOptions {
  readonly board: AgentStatusBoard;
  readonly strict: StrictCapture;
  readonly loaded: LoadedSettings;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where paths outside the home start; only tests give one. */
  readonly machineRoot?: string | undefined;
}

/** Longest wait at start for the proxy settings of the machine. */
const patienceMs = 1_500;

export class MachineCare {
  readonly #options: MachineOptions;
  readonly #watchdog: Watchdog;
  /** One thing at a time, in order. */
  #work: Promise<unknown> = Promise.resolve();
  #isListening = false;
  /** Of the organisation, as it was last found. */
  #proxy: UpstreamProxy;
  #stopWatching: () => void = () => undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#proxy = environmentProxy(this.#environment());
    const program = { node: process.execPath, entry: agentEntry() };
    this.#watchdog = new Watchdog({ program, dataDir: options.loaded.dataDir, env: options.env, onRevived: () => void this.#refresh() });
  }

  /** Made anew for each use: the CA and the port are what they are now. */
  setup(): Setup {
    return new Setup(this.#machine());
  }

  #machine(): SetupMachine {
    const { loaded, board, strict, machineRoot } = this.#options;
    const { machine, dataDir } = loaded;
    return setupMachine({
      ...machine,
      env: this.#environment(),
      dataDir,
      root: machineRoot,
      hosts: interceptedHosts(),
      port: () => board.status().proxy.port,
      agentPid: () => process.pid,
      hasNamedUpstream: loaded.upstreamProxy !== undefined,
      strict,
    });
  }

  #environment(): Readonly<Record<string, string | undefined>> {
    const { loaded, env, machineRoot = '/' } = this.#options;
    return environmentBeneath(env, { home: loaded.machine.home, root: machineRoot });
  }

  /** The proxy of the organisation as the machine has it beneath our own settings; else as the environment names it. */
  systemProxy(): UpstreamProxy {
    return this.#proxy;
  }

  async #findProxy(): Promise<void> {
    const setup = this.setup();
    const found = await existingProxy(this.#machine(), setup.standing);
    const next = found.kind === 'direct' ? environmentProxy(this.#environment()) : found;
    // The same answer stays the same object: whoever reads it may know it again.
    if (JSON.stringify(next) !== JSON.stringify(this.#proxy)) this.#proxy = next;
  }

  /** Before the port opens: whatever an agent that died has left standing goes. */
  async clear(): Promise<void> {
    await this.#inOrder('what a crash left standing was taken back', async () => {
      const restored = await this.setup().suspend();
      // The first call shall go the right way, but a desktop that does not answer must not hold up the start.
      await Promise.race([this.#findProxy(), pause(patienceMs, undefined, { ref: false })]);
      return restored;
    });
  }

  /** The port is open: makes what was chosen, and brings what stands up to date, as when the port has moved. */
  async resume(): Promise<void> {
    this.#isListening = true;
    this.#stopWatching = onNetworkChange(() => void this.#refresh(['live']));
    await this.#refresh();
  }

  /** Never says that the agent listens: it may be asked for while the agent is on its way out. */
  async #refresh(lives?: readonly SetupSurface['life'][]): Promise<void> {
    // What is chosen from now on is made by whoever chooses it.
    const known = this.#chosen();
    await this.#inOrder('set-up resumed', async () => {
      if (!this.#isListening) return [];
      await this.#findProxy();
      const groups = this.#chosen().filter((group) => known.includes(group));
      if (groups.length > 0) this.#watchdog.keep();
      if (groups.includes('strict')) await this.#options.strict.open();
      const changes = await this.setup().resume(groups, lives);
      this.#tellOfStrict(changes);
      return changes;
    });
  }

  #chosen(): readonly SurfaceGroup[] {
    return [...new Set([...readChoices(this.#options.loaded.dataDir), ...this.#bySettings])];
  }

  /** What the settings ask for, beside what was chosen by a command. */
  get #bySettings(): readonly SurfaceGroup[] {
    return this.#options.loaded.settings.capture === 'strict' ? ['strict'] : [];
  }

  /** Asked for and not standing is a gap that nobody would see. */
  #tellOfStrict(changes: readonly SetupChange[]): void {
    const ways = changes.filter(({ group }) => group === 'strict');
    if (ways.length === 0) return;
    // Of the two ways one is always the one that is not used.
    const used = ways.find(({ id }) => id?.startsWith(`strict.${this.#options.strict.method}`));
    this.#options.board.strictConcern(used?.state === 'done' ? undefined : (used?.reason ?? 'it cannot be used on this system'));
  }

  /** Chooses groups and makes their changes; live ones wait where the agent is on its way out. */
  async apply(groups: readonly SurfaceGroup[]): Promise<readonly SetupChange[]> {
    return await this.#queued(async () => {
      const isListening = this.#isListening;
      // Before the first change: a kill in the middle of it must find the watchdog at its post.
      if (isListening) this.#watchdog.keep();
      if (isListening && groups.includes('strict')) await this.#options.strict.open();
      const changes = await this.setup().apply(groups, isListening);
      if (isListening) this.#tellOfStrict(changes);
      return changes;
    });
  }

  async undo(groups: readonly SurfaceGroup[]): Promise<readonly RestoredChange[]> {
    return await this.#queued(async () => {
      const setup = this.setup();
      const restored = await setup.undo(groups);
      if (groups.includes('strict')) {
        this.#options.strict.rest();
        this.#options.board.strictConcern(undefined);
      }
      if (setup.chosen.size === 0 && this.#bySettings.length === 0) this.#watchdog.dismiss();
      return restored;
    });
  }

  /** Before the port closes. */
  async suspend(): Promise<void> {
    this.#isListening = false;
    this.#stopWatching();
    await this.#inOrder('set-up suspended', () => this.setup().suspend());
    this.#watchdog.dismiss();
  }

  /** A machine that cannot be changed or put back is a warning in the log, never the end of the agent. */
  async #inOrder(event: string, step: () => Promise<readonly { readonly state?: string; readonly outcome?: string }[]>): Promise<void> {
    const { loaded, logger } = this.#options;
    const run = async (): Promise<void> => {
      // Without a certificate nothing was ever set up for this folder.
      if (!existsSync(join(loaded.dataDir, 'ca.pem'))) return;
      try {
        const results = await step();
        if (results.length > 0) logger.info(event, { results });
      } catch (error) {
        logger.error(`${event}: it failed`, { error });
      }
    };
    await this.#queued(run);
  }

  /** One step after the other: a change that is asked for while the agent stops is made when it has stopped, and knows it. */
  async #queued<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#work.then(step);
    this.#work = turn.catch(() => undefined);
    return await turn;
  }
}
