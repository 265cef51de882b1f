// The set-up of the machine: what each step would change, has changed, and the putting back of it, all through the ledger.
import { AgentError, messageOf } from '../contract/errors.ts';
import type { SetupChange, SetupStep } from '../contract/setup.ts';
import { captureSurfaces } from './capture-surfaces.ts';
import { equal, Ledger } from './ledger.ts';
import type { LedgerEntry, Restored } from './ledger.ts';
import type { SetupMachine, SetupSurface } from './setup-surface.ts';
import { trustSurfaces } from './trust-surfaces.ts';

export class Setup {
  readonly #ledger: Ledger;
  readonly #surfaces: readonly SetupSurface[];

  constructor(dataDir: string, machine: SetupMachine) {
    this.#ledger = new Ledger(dataDir);
    this.#surfaces = [...trustSurfaces(machine), ...captureSurfaces(machine)];
  }

  /** Reads the machine; changes nothing. */
  async step(id: 'trust' | 'capture'): Promise<SetupStep> {
    const open = this.#ledger.open();
    const changes = await Promise.all(this.#of(id).map((surface) => this.#look(surface, open)));
    const done = changes.filter(({ state }) => state === 'done').length;
    const possible = changes.filter(({ state }) => state !== 'unavailable').length;
    const state = possible === 0 ? 'unavailable' : done === 0 ? 'not-done' : done === possible ? 'done' : 'partly';
    return { id, state, changes, ...(state === 'unavailable' ? { reason: changes[0]?.reason } : {}) };
  }

  /** Makes every change of the step that can be made. Throws `setup-failed` when one fails; what was done before it stands and can be undone. */
  async apply(id: 'trust' | 'capture'): Promise<SetupStep> {
    for (const surface of this.#of(id)) {
      try {
        if ((await surface.obstacle()) !== undefined) continue;
        await surface.read(); // a surface may need to know the machine before it can say what it wants
        await this.#ledger.apply(surface, surface.wanted());
      } catch (cause) {
        throw new AgentError('setup-failed', `${surface.what}: ${messageOf(cause)} Nothing else was changed; try again or skip this step.`, { cause });
      }
    }
    return await this.step(id);
  }

  async undo(id: 'trust' | 'capture'): Promise<SetupStep> {
    const failed = (await this.#revert(this.#of(id))).find(({ outcome }) => outcome === 'failed');
    if (failed) throw new AgentError('setup-failed', `It could not be undone: ${failed.detail ?? failed.surface}. \`heimdall restore\` tries again.`);
    return await this.step(id);
  }

  /** Puts everything back, last change first. */
  async restore(): Promise<readonly Restored[]> {
    const unknown = this.#ledger.open().filter(({ surface }) => this.#surfaces.every(({ id }) => id !== surface));
    const detail = 'Another version or system has changed it, and this one cannot undo it: run `heimdall restore` of that version.';
    return [...(await this.#revert(this.#surfaces)), ...unknown.map(({ surface }) => ({ surface, outcome: 'failed' as const, detail }))];
  }

  /** Brings changes that stand up to date, as when the port has moved since. */
  async refresh(): Promise<void> {
    const open = this.#ledger.open();
    for (const surface of this.#surfaces) {
      const entry = open.find((each) => each.surface === surface.id);
      if (entry === undefined) continue;
      const current = await surface.read();
      if (equal(current, entry.ours) && !equal(current, surface.wanted())) await this.#ledger.apply(surface, surface.wanted());
    }
  }

  #of(id: 'trust' | 'capture'): readonly SetupSurface[] {
    return this.#surfaces.filter(({ step }) => step === id);
  }

  async #revert(surfaces: readonly SetupSurface[]): Promise<readonly Restored[]> {
    const restored: Restored[] = [];
    for (const { surface: id } of this.#ledger.open().toReversed()) {
      const surface = surfaces.find((each) => each.id === id);
      if (surface) restored.push(await this.#ledger.revert(surface));
    }
    return restored;
  }

  async #look(surface: SetupSurface, open: readonly LedgerEntry[]): Promise<SetupChange> {
    const { what, to } = surface;
    try {
      const reason = await surface.obstacle();
      const entry = open.find((each) => each.surface === surface.id);
      if (reason !== undefined) return { what, to, state: entry === undefined ? 'unavailable' : 'changed-by-others', reason };
      const current = await surface.read();
      if (equal(current, surface.wanted())) return { what, to, state: 'done' };
      return entry === undefined || equal(current, entry.original)
        ? { what, to, state: 'not-done' }
        : { what, to, state: 'changed-by-others', reason: 'It was changed since Heimdall set it.' };
    } catch (error) {
      return { what, to, state: 'unavailable', reason: messageOf(error) };
    }
  }
}
