// The write-ahead ledger of changes to the machine: what was there, what was put, what stands; from it everything is put back.
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';

/** A value of the machine as it can be written down. */
export type Register = string | number | boolean | null | readonly Register[] | { readonly [key: string]: Register };

/** One place of the machine that can be read and set whole. */
export interface Surface {
  /** Stable: `trust.nss`, `capture.gnome`. */
  readonly id: string;
  read(): Promise<Register>;
  write(value: Register): Promise<void>;
}

export interface LedgerEntry {
  readonly surface: string;
  readonly original: Register;
  readonly ours: Register;
}

type Line =
  (LedgerEntry & { readonly at: number; readonly phase: 'intent' }) | { readonly at: number; readonly phase: 'done' | 'undone'; readonly surface: string };

/** What became of one surface when it was put back. */
export interface Restored {
  readonly surface: string;
  readonly outcome: 'restored' | 'already-original' | 'kept-theirs' | 'failed';
  /** A sentence where it is not plain. */
  readonly detail?: string;
}

export const ledgerFile = (dataDir: string): string => join(dataDir, 'ledger.jsonl');

/**
 * One line per step, synced before the machine is touched: a kill at any instruction leaves either no line and no change, or a line
 * that says what was there. The last line of a surface counts; a torn last line is one whose step never began.
 */
export class Ledger {
  readonly #file: string;
  readonly #now: () => number;

  constructor(dataDir: string, now: () => number = Date.now) {
    this.#file = ledgerFile(dataDir);
    this.#now = now;
  }

  /** The surfaces that stand changed, or may: in the order in which they were first changed. */
  open(): readonly LedgerEntry[] {
    const open = new Map<string, LedgerEntry>();
    for (const line of this.#lines()) {
      if (line.phase === 'intent') open.set(line.surface, { surface: line.surface, original: line.original, ours: line.ours });
      else if (line.phase === 'undone') open.delete(line.surface);
    }
    return [...open.values()];
  }

  /** Sets the surface to `ours`. What was there before the first change stays the original, however often this is called. */
  async apply(surface: Surface, ours: Register): Promise<void> {
    const current = await surface.read();
    const standing = this.open().find((entry) => entry.surface === surface.id);
    if (equal(current, ours) && standing !== undefined && equal(standing.ours, ours)) return;
    const original = standing !== undefined && equal(current, standing.ours) ? standing.original : current;
    this.#append({ at: this.#now(), phase: 'intent', surface: surface.id, original, ours });
    await surface.write(ours);
    this.#append({ at: this.#now(), phase: 'done', surface: surface.id });
  }

  /** Puts back what was there, unless someone else has changed it since: then theirs stays. */
  async revert(surface: Surface): Promise<Restored> {
    const entry = this.open().find((each) => each.surface === surface.id);
    if (entry === undefined) return { surface: surface.id, outcome: 'already-original' };
    try {
      const current = await surface.read();
      if (equal(current, entry.original)) return this.#closed(surface, 'already-original');
      if (!equal(current, entry.ours)) return this.#closed(surface, 'kept-theirs', 'It was changed by someone else since, so it was left as it is.');
      await surface.write(entry.original);
      return this.#closed(surface, 'restored');
    } catch (error) {
      return { surface: surface.id, outcome: 'failed', detail: messageOf(error) };
    }
  }

  #closed(surface: Surface, outcome: Restored['outcome'], detail?: string): Restored {
    this.#append({ at: this.#now(), phase: 'undone', surface: surface.id });
    return { surface: surface.id, outcome, ...(detail === undefined ? {} : { detail }) };
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
    } finally {
      closeSync(descriptor);
    }
  }
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
