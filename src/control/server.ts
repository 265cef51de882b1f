// Serves the control contract. Threat: other users of the machine; hence a socket of mode 0600 inside a folder of mode 0700, or a pipe of this user.
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { EventData, EventName, Handlers, Snapshot } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import { Connection, encodeEvent } from './connection.ts';
import { lockFileOf } from './dead-socket.ts';
import { takeInstanceLock } from './instance-lock.ts';
import type { InstanceLock } from './instance-lock.ts';
import { prepareSocketFolder } from './socket-folder.ts';

export interface ControlServerOptions {
  /** From `controlPath`. */
  readonly path: string;
  readonly handlers: Handlers;
  /** Everything as it is now; called synchronously when a watcher starts or has fallen behind. */
  readonly snapshot: () => Snapshot;
  /** Version of the agent, told to clients. */
  readonly version: string;
  /** Told of faults of handlers, for the log. */
  readonly onFault?: (method: string, error: unknown) => void;
}

export interface ControlServer {
  readonly path: string;
  /** To every watcher that keeps up; one that does not gets a fresh `snapshot` once it has caught up. Never blocks. */
  emit<E extends EventName>(event: E, data: EventData<E>): void;
  /** Watchers that show questions to a person. */
  readonly askers: number;
  close(): Promise<void>;
}

/** Throws `already-running` when an agent serves this path, `data-folder` when the path cannot be used. */
export async function serveControl(options: ControlServerOptions): Promise<ControlServer> {
  const isPipe = options.path.startsWith('\\\\');
  const lock = isPipe ? undefined : claimSocket(options.path);
  const connections = new Set<Connection>();
  const server = createServer((socket) => {
    const connection = new Connection(socket, { onFault: () => undefined, ...options });
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  server.maxConnections = 128;
  try {
    await listen(server, options.path);
    if (!isPipe) chmodSync(options.path, 0o600); // until here the folder's mode kept others out
  } catch (error) {
    server.close();
    lock?.release();
    throw error;
  }

  return {
    path: options.path,
    emit: (event, data) => {
      if (connections.size === 0) return;
      const encoded = encodeEvent(event, data);
      for (const connection of connections) connection.passOn(encoded);
    },
    get askers() {
      return [...connections].filter((connection) => connection.asks).length;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve())); // removes the socket file
      for (const connection of connections) connection.end();
      await closed;
      lock?.release();
    },
  };
}

/** Under the lock, a socket file that is still there belongs to an agent that died. */
function claimSocket(path: string): InstanceLock {
  prepareSocketFolder(path);
  const lock = takeInstanceLock(lockFileOf(path));
  rmSync(path, { force: true });
  return lock;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new AgentError(
              'already-running',
              `Another agent already serves ${path}. \`heimdall status\` shows it; stop it first or choose another data folder.`,
              { cause },
            )
          : new AgentError(
              'data-folder',
              `The control socket ${path} cannot be made (${cause.message}). Check the data folder's permissions and file system.`,
              { cause },
            ),
      );
    });
    server.listen(path, resolve);
  });
}
