// The child's side: answers every message of the parent, in order, and ends with it.

/** Registers the one handler of this process; which questions it gets is agreed in protocol.ts. Whatever it throws goes back as `{ failed }`. */
export function answering(handle: (question: never) => Promise<object>): void {
  process.on('message', (question) => {
    handle(question as never).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

/** What a subject's process has used so far. */
export function figures(): { cpuMicros: number; rssMb: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, rssMb: process.memoryUsage.rss() / 1_048_576 };
}
