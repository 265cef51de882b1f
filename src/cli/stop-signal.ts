// Waits for the wish to stop: the first signal asks, a second one forces.
import { exitCodes } from './exit-codes.ts';

/** Ctrl-C reaches a whole group of processes, and npm passes it on once more: within this time it is one wish, milliseconds. */
const oneWish = 500;

export interface StopSignal {
  /** Name of the first signal. */
  readonly received: Promise<NodeJS.Signals>;
  /** Gives the signals back to Node's own handling. */
  release(): void;
}

export function stopSignal(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      resolve(signal);
    } else if (performance.now() - firstAt > oneWish) {
      process.exit(exitCodes.forced.code);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    received: promise,
    release: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
