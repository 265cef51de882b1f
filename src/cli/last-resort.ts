// Takes what nobody caught. A process in an unknown state must not go on governing: it stops in good order, so that no audit row is lost, and its exit code asks for a restart.
import { exitCodes } from './exit-codes.ts';

/** How long the orderly end may take, milliseconds. */
const patienceMs = 10_000;

export interface LastResort {
  /** Settles with the first error that nobody caught. */
  readonly fault: Promise<unknown>;
  /** Gives uncaught errors back to Node. */
  release(): void;
}

/** A second fault, or an end that takes too long, ends the process at once. */
export function lastResort(record: (error: unknown) => void): LastResort {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  let isEnding = false;
  // Rejections that nobody handled come here, too.
  const onFault = (error: unknown): void => {
    record(error);
    if (isEnding) process.exit(exitCodes.fault.code);
    isEnding = true;
    setTimeout(() => process.exit(exitCodes.fault.code), patienceMs).unref();
    resolve(error);
  };
  process.on('uncaughtException', onFault);
  return { fault: promise, release: () => void process.off('uncaughtException', onFault) };
}
