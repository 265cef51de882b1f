// Keeps the worker thread that a PAC file runs in, and ends it when it does not come back.
import { Worker } from 'node:worker_threads';
import type { PacQuestion, PacReply, PacWork } from './pac-evaluator-worker.ts';
import { answerLookup, resolverMemory } from './pac-network.ts';

/** A PAC file that has been loaded. */
export interface PacProgram {
  /** What `FindProxyForURL` answers. Rejects when it throws, and when it does not end in time: the program is of no use then. */
  find(url: string, host: string): Promise<string>;
  /** It hung or its thread ended: it answers nothing any more. */
  readonly isOver: boolean;
  close(): void;
}

/** For the thread to come up and make the sandbox, on a slow machine. */
const startMs = 10_000;
/** The id of the load. */
const loading = 0;

interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Rejects when the text is no PAC file, or does not end in time while it is loaded. */
export async function startPac(source: string, timeoutMs: number): Promise<PacProgram> {
  const thread = new PacThread(source, timeoutMs);
  await thread.loaded;
  return thread;
}

class PacThread implements PacProgram {
  readonly loaded: Promise<unknown>;
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  readonly #memory = resolverMemory();
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #over: Error | undefined;

  constructor(source: string, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(new URL('./pac-evaluator-worker.ts', import.meta.url), {
      workerData: { source, memory: this.#memory } satisfies PacWork,
      // What it prints goes nowhere, and of the agent's environment it needs nothing.
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: PacReply) => this.#onReply(reply));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#end(new Error('its thread ended')));
    this.loaded = this.#wait(loading, startMs);
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  find(url: string, host: string): Promise<string> {
    if (this.#over) return Promise.reject(this.#over);
    const id = ++this.#lastId;
    const answer = this.#wait(id, this.#timeoutMs);
    this.#worker.postMessage({ id, url, host } satisfies PacQuestion);
    return answer;
  }

  close(): void {
    this.#end(new Error('it was closed'));
  }

  #wait(id: number, milliseconds: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, timer: this.#timer(milliseconds) });
    });
  }

  #timer(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#end(new Error(`it did not end within ${milliseconds} ms`)), milliseconds);
  }

  #onReply(reply: PacReply): void {
    if (reply.id === 'resolve') {
      if ('name' in reply) answerLookup(reply.name, this.#memory);
      return;
    }
    if (reply.id === 'started') {
      // The time of the file itself begins here.
      const load = this.#waiting.get(loading);
      clearTimeout(load?.timer);
      if (load) this.#waiting.set(loading, { ...load, timer: this.#timer(this.#timeoutMs) });
      return;
    }
    const { id, answer, failure } = reply;
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (answer === undefined) waiting.reject(new Error(failure));
    else waiting.resolve(answer);
    if (id === loading && answer === undefined) this.#end(new Error(failure));
  }

  /** A thread in an endless loop hears nothing: it is taken down, with everything that waits for it. */
  #end(error: Error): void {
    this.#over ??= error;
    void this.#worker.terminate();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#over);
    }
    this.#waiting.clear();
  }
}
