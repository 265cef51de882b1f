// Listens on loopback and hands each accepted connection on. Threat: anything on this computer, and any web page open on it, can reach this port.
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AgentError } from '../contract/errors.ts';
import type { PeerProcess } from '../contract/exchange.ts';
import type { Origin } from './flow.ts';

/** The ends of a connection as they were when it was accepted. */
interface AcceptedConnection {
  readonly localPort: number;
  readonly remotePort: number;
  readonly remoteAddress: string;
  readonly family: 4 | 6;
}

export interface ListenerOptions {
  /** `0` picks a free one. */
  readonly port: number;
  /** When the port is busy take a free one instead of failing. */
  readonly mayFallBack: boolean;
  readonly findPeer: (connection: AcceptedConnection) => Promise<PeerProcess | undefined>;
  readonly onConnection: (socket: Socket, origin: Origin) => void;
}

export interface Listener {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Stops accepting and closes what is open, politely until the deadline. Settles when whoever served a connection has dealt with its end. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws AgentError port-busy */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client may vanish before anybody else listens.
    socket.on('error', () => undefined);
    socket.setKeepAlive(true, 30_000);
    socket.setNoDelay(true);
    options.onConnection(socket, originOf(socket, options.findPeer));
  };
  const servers = await listenOnLoopback(accept, options);
  const addresses = servers.map((server) => (server.address() as AddressInfo).address);
  const port = (servers[0]?.address() as AddressInfo).port;
  return { port, addresses, close: (deadlineMs) => closeAll(servers, sockets, deadlineMs) };
}

/** Both loopback addresses on one port; IPv4 alone on a machine without IPv6 loopback. */
async function listenOnLoopback(accept: (socket: Socket) => void, options: ListenerOptions): Promise<Server[]> {
  let port = options.port;
  // A free port of IPv4 may be busy on IPv6; a few tries find one that is free on both.
  for (let tries = 0; ; tries++) {
    try {
      return await listenOnBoth(accept, port);
    } catch (error) {
      const isBusy = error instanceof AgentError && error.code === 'port-busy';
      if (!isBusy || (port !== 0 && !options.mayFallBack) || tries >= 8) throw error;
      port = 0;
    }
  }
}

async function listenOnBoth(accept: (socket: Socket) => void, port: number): Promise<Server[]> {
  const first = await listen(accept, '127.0.0.1', port);
  try {
    return [first, await listen(accept, '::1', (first.address() as AddressInfo).port)];
  } catch (error) {
    if (!(error instanceof AgentError)) return [first];
    first.close();
    throw error;
  }
}

function listen(accept: (socket: Socket) => void, address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, accept);
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new AgentError('port-busy', `Another program holds port ${port} on ${address}.`, { cause: error }));
      else reject(error);
    });
    server.listen({ host: address, port, exclusive: true, ipv6Only: address === '::1' }, () => {
      // A connection that cannot be accepted is the kernel's loss to report; it must not end the process.
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}

function originOf(socket: Socket, findPeer: ListenerOptions['findPeer']): Origin {
  const origin: { peer: PeerProcess | undefined; peerSearch: Promise<void> | undefined } = { peer: undefined, peerSearch: undefined };
  const { localPort, remotePort, remoteAddress } = socket;
  if (localPort === undefined || remotePort === undefined || remoteAddress === undefined) return origin;
  origin.peerSearch = findPeer({ localPort, remotePort, remoteAddress, family: socket.remoteFamily === 'IPv6' ? 6 : 4 })
    .then((peer) => {
      origin.peer = peer;
    })
    // Unknown is a value: a search that fails leaves it at that.
    .catch(() => undefined)
    .finally(() => (origin.peerSearch = undefined));
  return origin;
}

async function closeAll(servers: readonly Server[], sockets: ReadonlySet<Socket>, deadlineMs: number): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, deadlineMs);
  await closed;
  clearTimeout(timer);
  // The servers are closed a moment before the last sockets say so.
  await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  await nextTurn();
}
