// Asks the reading thread; starts it at the first question, and anew when it has died.
import { Worker } from 'node:worker_threads';
import { AgentError, messageOf } from '../contract/errors.ts';
import type { FromReading, ReadingRequest, ReadingResults, ToReading } from './reading-worker.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ReadingThread {
  readonly #dir: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Throws `audit-unusable` where the file cannot be read. */
  ask<R extends ReadingRequest>(request: R): Promise<ReadingResults[R['kind']]> {
    const worker = (this.#worker ??= this.#start());
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as ReadingResults[R['kind']]), reject });
      worker.postMessage({ id, request } satisfies ToReading);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail('It is being closed.'); // before a question is put to the next thread
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./reading-worker.ts', import.meta.url), { workerData: { dir: this.#dir } });
    worker.unref();
    worker.on('message', (answer: FromReading) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(unusable(answer.error));
      else waiting?.resolve(answer.result);
    });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#fail(messageOf(error));
    });
    return worker;
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(unusable(reason));
    this.#waiting.clear();
  }
}

const unusable = (reason: string): AgentError =>
  new AgentError('audit-unusable', `The audit log cannot be read: ${reason}. Run "heimdall audit verify" to learn what is wrong with it.`);
