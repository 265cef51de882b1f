// A process of its own that outlives the agent: when the agent dies or hangs, it takes back at once what names the agent's port.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Sign of life every second; after so many seconds without one the agent counts as hung. */
const beatMs = 1_000;
const missedBeats = 10;
const beat = '.';
/** The agent has put everything back itself. */
const bye = 'q';

export interface WatchdogOptions {
  readonly program: { readonly node: string; readonly entry: string };
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The agent itself stood still so long that the watchdog has taken things back: put them there again. */
  readonly onRevived: () => void;
}

/** The agent's end. The pipe is the leash: however the agent dies, the system closes it, and the watchdog reads its end. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastBeat = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** Process id; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, unless it runs. */
  keep(): void {
    this.#timer ??= this.#startBeat();
    if (this.#child !== undefined) return;
    const { program, dataDir, env } = this.#options;
    // Detached: a signal to the agent's process group must not take its watchdog along.
    const child = spawn(program.node, [program.entry, 'watchdog', '--data-dir', dataDir], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: dataDir,
      env,
      windowsHide: true,
    });
    this.#child = child;
    child.stdin.on('error', () => undefined);
    child.once('error', () => (this.#child = undefined));
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.unref();
  }

  /** Sends it away. Everything must have been put back before. */
  dismiss(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#child?.stdin?.end(bye);
    this.#child = undefined;
  }

  #startBeat(): NodeJS.Timeout {
    this.#lastBeat = performance.now();
    return setInterval(() => {
      const since = performance.now() - this.#lastBeat;
      this.#lastBeat = performance.now();
      // One that was killed is started again.
      this.keep();
      this.#child?.stdin?.write(beat);
      if (since > beatMs * missedBeats) this.#options.onRevived();
    }, beatMs).unref();
  }
}

/** The watchdog's end: calls `takeBack` when the agent is gone or hangs; settles when there is nothing left to watch. */
export async function watchOver(leash: Readable, takeBack: (why: 'died' | 'hangs') => Promise<void>): Promise<void> {
  let missed = 0;
  let work = Promise.resolve();
  const timer = setInterval(() => {
    missed += 1;
    if (missed === missedBeats) work = work.then(() => takeBack('hangs'));
  }, beatMs);
  try {
    for await (const chunk of leash) {
      if (String(chunk).includes(bye)) return;
      missed = 0;
    }
    await work;
    await takeBack('died');
  } finally {
    clearInterval(timer);
  }
}
