// Waits for what another socket or thread will bring about.
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves once the condition holds; throws with `what` when it never does (15 seconds: far beyond what anything here takes). */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await pause(5);
  }
}
