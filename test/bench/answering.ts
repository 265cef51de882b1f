// The child's side: answers every message of the parent, in order, and ends with it.

/** Registers the one handler of this process. Whatever it throws goes back as `{ failed }`. */
export function answering<Question>(handle: (question: Question) => Promise<object>): void {
  const onMessage = (question: Question): void => {
    handle(question).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  };
  process.on('message', onMessage);
  process.on('disconnect', () => process.exit());
}

/** What a subject's process has used so far. */
export function figures(): { cpuMicros: number; rssMb: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, rssMb: process.memoryUsage.rss() / 1_048_576 };
}
