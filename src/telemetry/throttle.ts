// Runs something at most so often, however often it is asked for; the last ask is never lost.

export interface Throttled {
  (): void;
  /** Forgets an ask that waits. */
  cancel(): void;
}

/** `work` runs at the end of each span of `ms` milliseconds in which it was asked for. */
export function throttled(ms: number, work: () => void): Throttled {
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      work();
    }, ms).unref();
  };
  return Object.assign(ask, { cancel: () => clearTimeout(timer) });
}
