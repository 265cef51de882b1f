// Removes what a killed agent left behind, and only that.
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../contract/errors.ts';
import { takeInstanceLock } from './instance-lock.ts';

/** The lock that the agent of this socket holds while it lives. */
export function lockFileOf(socketPath: string): string {
  return join(dirname(socketPath), 'agent.lock');
}

/** `alive`: an agent holds the socket, which was left alone. `none`: there was nothing (pipes of Windows go with their process). */
export function removeDeadSocket(socketPath: string): 'removed' | 'none' | 'alive' {
  if (socketPath.startsWith('\\\\') || !existsSync(socketPath)) return 'none';
  try {
    const lock = takeInstanceLock(lockFileOf(socketPath));
    rmSync(socketPath, { force: true });
    lock.release();
    return 'removed';
  } catch (error) {
    if (codeOf(error) === 'already-running') return 'alive';
    throw error;
  }
}
