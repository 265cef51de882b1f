// One agent per data folder: a lock that the operating system itself lets go when the process dies, however it dies.
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../contract/errors.ts';

export interface InstanceLock {
  release(): void;
}

/** Takes the lock in this file or throws `already-running`. Node has no flock(2) of its own; SQLite's exclusive lock is one on every system. */
export function takeInstanceLock(file: string): InstanceLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) {
      throw new AgentError(
        'already-running',
        'Another agent runs with the same data folder. `heimdall status` shows it; stop it first or choose another folder with --data-dir.',
        {
          cause,
        },
      );
    }
    throw new AgentError('data-folder', `The lock file ${file} cannot be used. Check the permissions of its folder and the space on the disk.`, { cause });
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5; // SQLITE_BUSY
}
