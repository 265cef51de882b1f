// Takes connections that were led here without their programs' knowledge: each says by its TLS hello where it wants to go.
import { ClientConnection } from './connection.ts';
import type { ConnectionServices } from './connection.ts';
import { openListener } from './listener.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import type { Authority } from './request-target.ts';

export interface TransparentOptions {
  /** `0` picks a free one. */
  readonly port: number;
  readonly services: ConnectionServices;
  readonly findPeer: ListenerOptions['findPeer'];
  /** Where a connection was going before it was led to `ourPort`; undefined when that cannot be told. */
  readonly findDestination: (client: { readonly address: string; readonly port: number }, ourPort: number) => Authority | undefined;
}

/** @throws AgentError port-busy */
export function openTransparent({ port, services, findPeer, findDestination }: TransparentOptions): Promise<Listener> {
  return openListener({
    port,
    mayFallBack: false,
    findPeer,
    onConnection: (socket, origin) => {
      // A client that has gone already has neither.
      const { remoteAddress = '', remotePort = 0, localPort = 0 } = socket;
      const find = (): Authority | undefined => findDestination({ address: remoteAddress, port: remotePort }, localPort);
      void new ClientConnection(socket, origin, services).serveTransparent(find);
    },
  });
}
