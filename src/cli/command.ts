// What a command is: a description from which the command line, its help and its completions are built, and a function.
import type { Machine } from '../config/paths.ts';
import { AgentError } from '../contract/errors.ts';
import type { ExitName } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface OptionSpec {
  /** As in `-f, --follow` or `--since <time>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** Turns the text into a value; throws `UsageError` with what is wrong. */
  readonly parse?: (text: string) => unknown;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  /** Any number of words, also none. */
  readonly isList?: true;
}

export interface CommandSpec {
  /** Words after `heimdall`: `audit list`. */
  readonly name: string;
  readonly summary: string;
  /** Not for people: left out of the help. */
  readonly isHidden?: true;
  /** All required, but for a list. */
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  run(context: CommandContext, input: CommandInput): Promise<ExitName>;
}

/** The world as a command sees it. */
export interface CommandContext extends Machine {
  readonly out: Output;
  readonly err: Output;
  readonly stdin: NodeJS.ReadStream;
  readonly now: () => number;
  readonly version: string;
}

/** The command line was not understood. */
export class UsageError extends Error {}

/** Arguments and options of one call, by name. */
export class CommandInput {
  readonly #args: readonly unknown[];
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(args: readonly unknown[], options: Readonly<Record<string, unknown>>) {
    this.#args = args;
    this.#options = options;
  }

  argument(index: number): string {
    const value = this.#args[index];
    if (typeof value !== 'string') throw new AgentError('internal', `The command has no argument ${index}.`);
    return value;
  }

  /** The words of an argument that is a list. */
  words(index: number): readonly string[] {
    const value = this.#args[index];
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#options[name];
    return typeof value === 'number' ? value : undefined;
  }

  /** What the option's own parser made of it. */
  parsed(name: string): unknown {
    return this.#options[name];
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  get json(): boolean {
    return this.flag('json');
  }
}

export const dataDirOption: OptionSpec = {
  flags: '--data-dir <folder>',
  description: "the agent's data folder (default: HEIMDALL_DATA_DIR, else the usual place)",
};

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new UsageError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}
