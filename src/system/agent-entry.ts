// Where the program of the agent is: beside the bundled code in the product, in the sources in the repository.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The module that a service, a task or the watchdog starts with Node. Absolute. */
export function agentEntry(): string {
  const bundled = join(import.meta.dirname, 'main.js');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '..', 'main.ts');
}
