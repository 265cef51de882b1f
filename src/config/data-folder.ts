// Makes the data folder: private to its user, or a clear error.
import { mkdirSync } from 'node:fs';
import { AgentError, messageOf } from '../contract/errors.ts';

/** Throws `data-folder` when the folder cannot be made or is no folder. */
export function makeDataFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AgentError('data-folder', `The data folder ${dir} cannot be made (${messageOf(error)}). Give another with --data-dir or HEIMDALL_DATA_DIR.`, {
      cause: error,
    });
  }
}
