// The folder of the control socket: ours alone, or not used. In a shared folder such as /tmp anyone could have made it first.
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { AgentError } from '../contract/errors.ts';

/** Makes the folder of this socket with mode 0700, or takes an existing one over; throws `data-folder` when it is not safe to use. */
export function prepareSocketFolder(socketPath: string): void {
  const folder = dirname(socketPath);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AgentError('data-folder', `The folder of the control socket, ${folder}, cannot be made. Check its permissions and the space on the disk.`, {
      cause,
    });
  }
  refuse(folder, unsafeToServe(lstatSync(folder), process.getuid?.()));
  chmodSync(folder, 0o700);
}

/** What a client checks before it speaks: nobody but the user (or root) can have put a socket there. */
export function checkSocketFolder(socketPath: string): void {
  const folder = dirname(socketPath);
  refuse(folder, unsafeToCall(lstatSync(folder), process.getuid?.()));
}

type Facts = Pick<Stats, 'isDirectory' | 'uid' | 'mode'>;

/** Why an agent run by `uid` must not put its socket here; `uid` is undefined on systems without one. */
export function unsafeToServe(folder: Facts, uid: number | undefined): string | undefined {
  if (!folder.isDirectory()) return 'is not a folder';
  return uid !== undefined && folder.uid !== uid ? 'belongs to another user' : undefined;
}

/** Why a client run by `uid` must not trust a socket here. Root may call on anyone's agent. */
export function unsafeToCall(folder: Facts, uid: number | undefined): string | undefined {
  if (!folder.isDirectory()) return 'is not a folder';
  if (uid === undefined) return undefined;
  if (folder.uid !== uid && folder.uid !== 0 && uid !== 0) return 'belongs to another user';
  return (folder.mode & 0o022) !== 0 ? 'can be written by other users' : undefined;
}

function refuse(folder: string, reason: string | undefined): void {
  if (reason === undefined) return;
  throw new AgentError(
    'data-folder',
    `The folder of the control socket, ${folder}, ${reason}. Remove it, or choose another data folder with HEIMDALL_DATA_DIR.`,
  );
}
