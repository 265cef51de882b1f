// The set-up of the machine: what each group of surfaces would change, has changed, and the putting back of it, all through the ledger.
import { existsSync } from 'node:fs';
import { messageOf } from '../contract/errors.ts';
import type { RestoredChange, SetupChange, SurfaceGroup } from '../contract/setup.ts';
import { environmentSurfaces } from './environment/surfaces.ts';
import { equal, Ledger } from './ledger.ts';
import type { LedgerEntry } from './ledger.ts';
import { withLedgerLock } from './ledger-lock.ts';
import { isDeadPort } from './local-port.ts';
import { proxySurfaces } from './proxy/surfaces.ts';
import { serviceSurfaces } from './service/surfaces.ts';
import { readChoices, writeChoices } from './setup-choices.ts';
import { strictSurfaces } from './strict/surfaces.ts';
import type { SetupMachine, SetupSurface } from './surface.ts';
import { toolSurfaces } from './tools/surfaces.ts';
import { trustSurfaces } from './trust/surfaces.ts';

/** Every place of this machine that Heimdall would change. */
export function allSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return [trustSurfaces, environmentSurfaces, toolSurfaces, proxySurfaces, serviceSurfaces, strictSurfaces].flatMap((find) => find(machine));
}

export class Setup {
  /** What it was made for. */
  readonly machine: SetupMachine;
  readonly #dataDir: string;
  readonly #ledger: Ledger;
  readonly #surfaces: readonly SetupSurface[];

  constructor(machine: SetupMachine, surfaces: readonly SetupSurface[] = allSurfaces(machine)) {
    this.machine = machine;
    this.#dataDir = machine.dataDir;
    this.#ledger = new Ledger(machine.dataDir, isDeadPort);
    this.#surfaces = surfaces;
  }

  get surfaces(): readonly SetupSurface[] {
    return this.#surfaces;
  }

  /** What the ledger says stands. */
  get standing(): readonly LedgerEntry[] {
    return this.#ledger.open();
  }

  get chosen(): ReadonlySet<SurfaceGroup> {
    return readChoices(this.#dataDir);
  }

  /** Reads the machine; changes nothing. */
  async look(groups: readonly SurfaceGroup[]): Promise<readonly SetupChange[]> {
    const open = this.#ledger.open();
    return await Promise.all(this.#of(groups).map((surface) => this.#look(surface, open)));
  }

  /**
   * Chooses the groups and makes their changes, each on its own: one that fails is told in its row and never stops the others.
   * Live changes wait until the agent listens.
   */
  async apply(groups: readonly SurfaceGroup[], isListening: boolean): Promise<readonly SetupChange[]> {
    return await withLedgerLock(this.#dataDir, async () => {
      writeChoices(this.#dataDir, new Set([...this.chosen, ...groups]));
      return await this.#make(this.#of(groups), isListening);
    });
  }

  /** The agent listens: makes the groups, by default what was chosen, and brings what stands up to date, as when the port has moved. */
  async resume(
    groups: readonly SurfaceGroup[] = [...this.chosen],
    lives: readonly SetupSurface['life'][] = ['lasting', 'live'],
  ): Promise<readonly SetupChange[]> {
    if (groups.length === 0) return [];
    const surfaces = this.#of(groups).filter(({ life }) => lives.includes(life));
    return await withLedgerLock(this.#dataDir, () => this.#make(surfaces, true));
  }

  /** The agent listens no more, or died: takes back what names the proxy. What is chosen stays chosen. */
  async suspend(): Promise<readonly RestoredChange[]> {
    if (!this.#hasEntries()) return [];
    return await withLedgerLock(this.#dataDir, () => this.#revert(({ life }) => life === 'live'));
  }

  /** Takes the groups back, and their choice. */
  async undo(groups: readonly SurfaceGroup[]): Promise<readonly RestoredChange[]> {
    return await withLedgerLock(this.#dataDir, async () => {
      writeChoices(this.#dataDir, new Set([...this.chosen].filter((group) => !groups.includes(group))));
      return await this.#revert(({ group }) => groups.includes(group));
    });
  }

  /** Puts everything back, last change first, and forgets what was chosen. `isPartial`: these surfaces are not all there are, and the rest stays chosen. */
  async restore(isPartial = false): Promise<readonly RestoredChange[]> {
    // The lock is taken even where nothing stands: what a process that died has left of it goes.
    return await withLedgerLock(this.#dataDir, async () => {
      this.#ledger.tidy();
      if (!isPartial) writeChoices(this.#dataDir, new Set());
      const restored = await this.#revert(() => true);
      if (isPartial) return restored;
      const unknown = this.#ledger.open().filter(({ surface }) => this.#surfaces.every(({ id }) => id !== surface));
      return [...restored, ...unknown.map((entry) => this.#unknown(entry))];
    });
  }

  #of(groups: readonly SurfaceGroup[]): readonly SetupSurface[] {
    return this.#surfaces.filter(({ group }) => groups.includes(group));
  }

  #hasEntries(): boolean {
    return this.#ledger.open().length > 0;
  }

  async #make(surfaces: readonly SetupSurface[], isListening: boolean): Promise<readonly SetupChange[]> {
    const changes: SetupChange[] = [];
    for (const surface of surfaces) {
      const failure = surface.life === 'live' && !isListening ? undefined : await this.#applyOne(surface);
      const seen = await this.#look(surface, this.#ledger.open());
      changes.push(failure === undefined ? seen : { ...seen, state: 'failed', reason: failure });
    }
    return changes;
  }

  /** Why it failed, or undefined. */
  async #applyOne(surface: SetupSurface): Promise<string | undefined> {
    try {
      if ((await surface.obstacle()) === undefined) await this.#ledger.apply(surface);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  async #revert(isMeant: (surface: SetupSurface) => boolean): Promise<readonly RestoredChange[]> {
    const restored: RestoredChange[] = [];
    for (const { surface: id } of this.#ledger.open().toReversed()) {
      const surface = this.#surfaces.find((each) => each.id === id);
      if (surface && isMeant(surface)) restored.push({ ...(await this.#ledger.revert(surface)), what: surface.what });
    }
    return restored;
  }

  /** A place that is no longer found: with its path gone there is nothing to put back. */
  #unknown({ surface }: LedgerEntry): RestoredChange {
    const path = /^[^:]+:(.+)$/.exec(surface)?.[1];
    if (path !== undefined && !existsSync(path)) {
      this.#ledger.forget(surface);
      return { surface, outcome: 'already-original', detail: 'The place is gone.' };
    }
    return {
      surface,
      outcome: 'failed',
      detail: 'Another version or system has changed it, and this one cannot undo it: run `heimdall restore` of that version.',
    };
  }

  async #look(surface: SetupSurface, open: readonly LedgerEntry[]): Promise<SetupChange> {
    const { id, group, life, what, to } = surface;
    const base = { id, group, life, what, to };
    try {
      const reason = await surface.obstacle();
      const entry = open.find((each) => each.surface === id);
      if (reason !== undefined) return { ...base, state: entry === undefined ? 'unavailable' : 'changed-by-others', reason };
      const current = await surface.read();
      if (entry !== undefined && equal(current, entry.ours)) return { ...base, state: 'done' };
      if (equal(current, surface.wanted(current))) return { ...base, state: 'done' };
      if (entry === undefined || equal(current, entry.original)) return { ...base, state: life === 'live' && this.chosen.has(group) ? 'waiting' : 'not-done' };
      return { ...base, state: 'changed-by-others', reason: 'It was changed since Heimdall set it.' };
    } catch (error) {
      return { ...base, state: 'unavailable', reason: messageOf(error) };
    }
  }
}
