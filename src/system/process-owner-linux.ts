// Linux: asks a worker thread, which alone reads /proc, so that no request waits behind thousands of small file reads.
import { Worker } from 'node:worker_threads';
import type { OwnerScanner, PeerConnection, ProgramFacts } from './owner-scanner.ts';

export interface ScanRequest {
  readonly id: number;
  readonly connections: readonly PeerConnection[];
}

export interface ScanAnswer {
  readonly id: number;
  readonly found: readonly (ProgramFacts | undefined)[];
}

export function createLinuxScanner(procDir: string): OwnerScanner {
  const pending = new Map<number, (found: ScanAnswer['found']) => void>();
  let closed = false;
  let lastId = 0;

  function settleAll(): void {
    worker = undefined;
    for (const resolve of pending.values()) resolve([]);
    pending.clear();
  }

  function start(): Worker {
    // An empty environment: the worker needs none, and ours may hold a virtual key.
    const started = new Worker(new URL('./process-owner-worker.ts', import.meta.url), { workerData: { procDir }, env: {}, execArgv: [] });
    started.on('message', (answer: ScanAnswer) => {
      pending.get(answer.id)?.(answer.found);
      pending.delete(answer.id);
    });
    // A worker that fell is replaced at the next question; `exit` follows every `error`.
    started.on('error', () => undefined);
    started.on('exit', settleAll);
    started.unref();
    return started;
  }

  // Started before the first question, which would else wait for the thread as well.
  let worker: Worker | undefined = start();

  return {
    scan(connections) {
      if (closed) return Promise.resolve([]);
      worker ??= start();
      const running = worker;
      lastId += 1;
      const id = lastId;
      return new Promise((resolve) => {
        pending.set(id, resolve);
        running.postMessage({
          id,
          connections: connections.map(({ localPort, remotePort, family, redirectedFrom }) => ({
            localPort,
            remotePort,
            family,
            ...(redirectedFrom === undefined ? {} : { redirectedFrom }),
          })),
        } satisfies ScanRequest);
      });
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
