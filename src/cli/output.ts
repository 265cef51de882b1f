// Where a command writes: lines or JSON, in colour where a person is watching, and calm when the reader goes away.
import { styleText } from 'node:util';
import type { Writable } from 'node:stream';

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** The part of a terminal or pipe that is needed. */
export type OutputStream = Pick<Writable, 'write' | 'on'> & { readonly isTTY?: boolean; readonly columns?: number | undefined };

export class Output {
  readonly colour: boolean;
  readonly isTerminal: boolean;
  /** Settles when the reader has gone, as `| head` does. */
  readonly closed: Promise<void>;
  readonly #stream: OutputStream;
  #open = true;

  constructor(stream: OutputStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.colour = wantsColour(this.isTerminal, env);
    this.closed = new Promise((resolve) => {
      stream.on('error', () => {
        this.#open = false; // EPIPE and its kin: nobody reads any more
        resolve();
      });
    });
  }

  /** Columns of the terminal as it is now; absent where no terminal bounds a line. */
  get width(): number | undefined {
    return this.isTerminal && this.#stream.columns ? this.#stream.columns : undefined;
  }

  line(text = ''): void {
    if (this.#open) this.#stream.write(`${text}\n`);
  }

  /** One document, readable by people too. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2));
  }

  /** One document on one line, for streams of them. */
  jsonLine(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  paint(style: Paint, text: string): string {
    return this.colour ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** no-color.org and force-color.org: each counts when it is set and not empty. */
function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}

/** Text from the network made safe for a terminal: control characters could otherwise move the cursor or change the title. */
export function printable(text: string): string {
  // Control, format, private-use and unassigned characters.
  return text.replace(/\p{C}/gu, '�');
}

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
