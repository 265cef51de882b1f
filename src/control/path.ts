// Where the control socket of a data folder is; both ends ask here, so they always agree.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';

/** Longest path a Unix socket can have: 104 bytes on macOS with the closing zero, 108 on Linux. */
const longestSocketPath = 103;

export interface ControlPathEnvironment {
  readonly XDG_RUNTIME_DIR?: string | undefined;
  readonly TMPDIR?: string | undefined;
}

/**
 * Path of the Unix socket, or name of the Windows pipe. `dataDir` must be absolute.
 * A data folder too deep for a socket gets one under the run-time folder of the user, else under the temporary folder, named by a hash.
 */
export function controlPath(dataDir: string, platform: NodeJS.Platform, env: ControlPathEnvironment): string {
  if (platform === 'win32') return `\\\\.\\pipe\\heimdall-${hash(dataDir.toLowerCase().replaceAll('/', '\\').replace(/\\+$/, ''))}`;
  const folder = posix.resolve(dataDir);
  const candidates = [posix.join(folder, 'run'), ...[env.XDG_RUNTIME_DIR, env.TMPDIR].filter(isAbsolute).map(hashed), hashed('/tmp')];
  const fitting = candidates.find((candidate) => Buffer.byteLength(socketIn(candidate)) <= longestSocketPath);
  return socketIn(fitting ?? hashed('/tmp'));

  function hashed(base: string): string {
    return posix.join(base, `heimdall-${hash(folder)}`);
  }
}

function socketIn(folder: string): string {
  return posix.join(folder, 'control.sock');
}

function isAbsolute(path: string | undefined): path is string {
  return path?.startsWith('/') === true;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
