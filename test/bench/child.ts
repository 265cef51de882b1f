// One child process that answers one question at a time.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const answerTimeoutMs = 20_000;

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;

  constructor(file: string) {
    this.#name = file;
    this.#process = fork(new URL(file, import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** Sends one message and gives the answer; an answer of `{ failed }` and the end of the child become errors. */
  async ask<Answer>(question: unknown): Promise<Answer> {
    const stop = new AbortController();
    const answer = once(this.#process, 'message', { signal: stop.signal });
    const ended = once(this.#process, 'exit', { signal: stop.signal }).then(() => Promise.reject(new Error(`${this.#name} ended`)));
    const late = once(AbortSignal.timeout(answerTimeoutMs), 'abort', { signal: stop.signal }).then(() =>
      Promise.reject(new Error(`${this.#name} does not answer: ${JSON.stringify(question).slice(0, 120)}`)),
    );
    this.#process.send(question as object);
    try {
      const [message] = (await Promise.race([answer, ended, late])) as [{ failed?: string }];
      if (message.failed !== undefined) throw new Error(`${this.#name}: ${message.failed}`);
      return message as Answer;
    } finally {
      stop.abort();
      await Promise.allSettled([answer, ended, late]);
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const hard = setTimeout(() => this.#process.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(hard);
  }
}
