// The write-ahead ledger of changes to the machine: what was there, what was put, what stands; from it everything is put back.
import { chownSync, closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';
import type { RestoredChange } from '../contract/setup.ts';
import type { Register, Surface } from './surface.ts';

export interface LedgerEntry {
  readonly surface: string;
  readonly original: Register;
  /** The value put last. */
  readonly ours: Register;
  /** Values put before it while the change stood, which a kill may have left in place. */
  readonly earlier: readonly Register[];
}

interface Intent {
  readonly at: number;
  readonly phase: 'intent';
  readonly surface: string;
  readonly original: Register;
  readonly ours: Register;
}
type Line = Intent | { readonly at: number; readonly phase: 'done' | 'undone'; readonly surface: string };

/** A surface that knows what it wants there. */
export interface WantingSurface extends Surface {
  wanted(base: Register): Register;
}

export const ledgerFile = (dataDir: string): string => join(dataDir, 'ledger.jsonl');

/**
 * One line per step, synced before the machine is touched: a kill at any instruction leaves either no line and no change, or a line
 * that says what was there. The last line of a surface counts; a torn last line is one whose step never began.
 * Callers hold the ledger's lock.
 */
export class Ledger {
  readonly #file: string;
  readonly #isDeadPort: (port: number) => Promise<boolean>;
  readonly #now: () => number;

  constructor(dataDir: string, isDeadPort: (port: number) => Promise<boolean>, now: () => number = Date.now) {
    this.#file = ledgerFile(dataDir);
    this.#isDeadPort = isDeadPort;
    this.#now = now;
  }

  /** The surfaces that stand changed, or may: in the order in which they were first changed. */
  open(): readonly LedgerEntry[] {
    const open = new Map<string, LedgerEntry>();
    for (const line of this.#lines()) {
      if (line.phase === 'intent') {
        const before = open.get(line.surface);
        const earlier = before === undefined ? [] : [...before.earlier, before.ours];
        open.set(line.surface, { surface: line.surface, original: line.original, ours: line.ours, earlier });
      } else if (line.phase === 'undone') open.delete(line.surface);
    }
    return [...open.values()];
  }

  entry(surface: Pick<Surface, 'id'>): LedgerEntry | undefined {
    return this.open().find((each) => each.surface === surface.id);
  }

  /**
   * Sets the surface to what it wants. What was there before the first change stays the original, however often this is called;
   * what somebody has changed meanwhile becomes part of the original.
   */
  async apply(surface: WantingSurface): Promise<void> {
    const current = await surface.read();
    const standing = this.entry(surface);
    const base = standing === undefined ? current : baseOf(surface, current, standing);
    const ours = surface.wanted(base);
    if (equal(current, ours) && (standing === undefined || (equal(standing.ours, ours) && equal(standing.original, base)))) return;
    this.#append({ at: this.#now(), phase: 'intent', surface: surface.id, original: base, ours });
    await surface.write(ours);
    this.#append({ at: this.#now(), phase: 'done', surface: surface.id });
  }

  /** Puts back what was there, unless someone else has changed it since: then theirs stays, without what is ours. */
  async revert(surface: Surface): Promise<RestoredChange> {
    const entry = this.entry(surface);
    if (entry === undefined) {
      this.tidy();
      return { surface: surface.id, outcome: 'already-original' };
    }
    try {
      await surface.sweep?.();
      const current = await surface.read();
      if (equal(current, entry.original)) return this.#closed(surface, 'already-original');
      if (isOurs(current, entry)) {
        return this.#closed(surface, 'restored', await this.#putBack(surface, entry.original));
      }
      const theirs = surface.without?.({ current, original: entry.original, ours: entry.ours });
      if (theirs === undefined || equal(theirs, current)) {
        return this.#closed(surface, 'kept-theirs', 'It was changed by someone else since, so it was left as it is.');
      }
      const dead = await this.#putBack(surface, theirs);
      const mixed = equal(theirs, entry.original) ? undefined : 'Someone else has changed it since; only what Heimdall had put in was taken out.';
      return this.#closed(surface, 'restored', dead ?? mixed);
    } catch (error) {
      return { surface: surface.id, outcome: 'failed', detail: messageOf(error) };
    }
  }

  /** Notes that nothing of ours stands there any more, as when the place itself is gone. */
  forget(id: string): void {
    this.#append({ at: this.#now(), phase: 'undone', surface: id });
    this.tidy();
  }

  /** Writes the value, without a proxy that is dead; a sentence where that made a difference. */
  async #putBack(surface: Surface, value: Register): Promise<string | undefined> {
    for (const port of surface.localPorts?.(value) ?? []) {
      if (!(await this.#isDeadPort(port))) continue;
      await surface.write(surface.neutral?.(value) ?? value);
      return `What was there sent traffic to port ${port} of this computer, where nothing listens, so no proxy was set.`;
    }
    await surface.write(value);
    return undefined;
  }

  #closed(surface: Surface, outcome: RestoredChange['outcome'], detail?: string): RestoredChange {
    this.forget(surface.id);
    return { surface: surface.id, outcome, ...(detail === undefined ? {} : { detail }) };
  }

  /** A ledger in which nothing stands has nothing to tell, and may hold what people would rather not keep twice. */
  tidy(): void {
    if (existsSync(this.#file) && this.open().length === 0) rmSync(this.#file, { force: true });
  }

  #lines(): readonly Line[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    return lines.flatMap((text, index) => {
      if (text === '') return [];
      try {
        return [checked(JSON.parse(text))];
      } catch (cause) {
        // The end of a file that was being written when the power went; anywhere else it is damage that must not be passed over.
        if (index === lines.length - 1) return [];
        throw new AgentError('setup-failed', `The ledger ${this.#file} is damaged in line ${index + 1}. Keep the file and put the settings back by hand.`, {
          cause,
        });
      }
    });
  }

  #append(line: Line): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      // A torn line is a step that never began: it goes, so that it does not swallow this one.
      const text = readFileSync(this.#file);
      ftruncateSync(descriptor, text.lastIndexOf(0x0a) + 1);
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      fsyncSync(descriptor);
      shareWithOwner(this.#file);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** An administrator's run leaves the files of a user's data folder to that user. */
export function shareWithOwner(file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(file));
  if (uid !== 0) chownSync(file, uid, gid);
}

const isOurs = (current: Register, { ours, earlier }: LedgerEntry): boolean => [ours, ...earlier].some((value) => equal(current, value));

/** What the place would hold without us. */
function baseOf(surface: Surface, current: Register, entry: LedgerEntry): Register {
  if (equal(current, entry.original) || isOurs(current, entry)) return entry.original;
  return surface.without?.({ current, original: entry.original, ours: entry.ours }) ?? current;
}

function checked(line: unknown): Line {
  const { phase, surface } = line as Partial<Line>;
  if (typeof surface !== 'string' || (phase !== 'intent' && phase !== 'done' && phase !== 'undone')) throw new Error('not a step of this ledger');
  return line as Line;
}

export function equal(a: Register, b: Register): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with keys in order. */
function canonical(value: Register): string {
  if (Array.isArray(value)) return `[${(value as readonly Register[]).map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value as Readonly<Record<string, Register>>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
