// Joins strict capture with the agent's life: the port for connections that were led here, the names behind it, and the addresses that lead to it.
import { interceptedHosts, matchHost } from './catalog/match.ts';
import type { LoadedSettings } from './config/settings.ts';
import { messageOf } from './contract/errors.ts';
import type { PeerProcess } from './contract/exchange.ts';
import type { Lookup } from './proxy/address-guard.ts';
import type { ConnectionServices } from './proxy/connection.ts';
import type { Listener } from './proxy/listener.ts';
import { openTransparent } from './proxy/transparent.ts';
import { lookupPastHostsFile } from './proxy/upstream/past-hosts-file.ts';
import type { PeerConnection } from './system/owner-scanner.ts';
import { originalDestination } from './system/redirected-socket.ts';
import { programRunner } from './system/run-program.ts';
import { keepAddresses } from './system/strict/catalog-addresses.ts';
import { httpsPort } from './system/strict/hosts-file.ts';
import { defaultMethod } from './system/strict/method.ts';
import type { StrictState } from './system/surface.ts';
import type { Logger } from './telemetry/logger.ts';

export interface StrictOptions {
  readonly loaded: LoadedSettings;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Rooms {
  readonly services: ConnectionServices;
  readonly findPeer: (connection: PeerConnection) => Promise<PeerProcess | undefined>;
}

export class StrictCapture implements StrictState {
  readonly method: StrictState['method'];
  readonly #options: StrictOptions;
  #rooms: Rooms | undefined;
  #listener: Listener | undefined;
  #opening: Promise<void> | undefined;
  #endKeeping: (() => void) | undefined;
  #failure: string | undefined;

  constructor(options: StrictOptions) {
    this.#options = options;
    this.method = options.loaded.settings.strict.method ?? defaultMethod(options.platform);
  }

  /** For upstreams: names that the hosts file leads here are looked up past it. */
  readonly lookup: Lookup = lookupPastHostsFile({
    isLedHere: (host) => this.method === 'hosts' && this.#listener !== undefined && matchHost(host)?.handling === 'intercept',
  });

  connect(rooms: Rooms): void {
    this.#rooms = rooms;
  }

  readonly transparentPort = (): number | undefined => this.#listener?.port;
  readonly trouble = (): string | undefined => this.#failure;

  /** Takes led connections from now on. Never rejects: `trouble` says why it could not. */
  async open(): Promise<void> {
    await (this.#opening ??= this.#open());
    if (this.#listener === undefined || this.method !== 'nftables') return;
    this.#endKeeping ??= keepAddresses({ run: programRunner(this.#options.env), hosts: interceptedHosts() });
  }

  /** Nothing is led here any more. The port stays open for what is under way. */
  rest(): void {
    this.#endKeeping?.();
    this.#endKeeping = undefined;
  }

  async close(deadlineMs: number): Promise<void> {
    this.rest();
    await this.#opening;
    await this.#listener?.close(deadlineMs);
    this.#listener = undefined;
  }

  async #open(): Promise<void> {
    if (this.#rooms === undefined) return;
    const { services, findPeer } = this.#rooms;
    const { logger } = this.#options;
    const isRedirected = this.method === 'nftables';
    try {
      this.#listener = await openTransparent({
        port: isRedirected ? 0 : httpsPort,
        services,
        findPeer: ({ remoteAddress, ...connection }) => findPeer({ ...connection, ...(isRedirected ? { redirectedFrom: remoteAddress } : {}) }),
        findDestination: (client, ourPort) => {
          const place = isRedirected ? originalDestination(client, ourPort) : undefined;
          return place && { host: place.address, port: place.port };
        },
      });
      this.#failure = undefined;
    } catch (error) {
      // The next time it is asked for, it may be free.
      this.#opening = undefined;
      this.#failure = `The agent cannot take connections on port ${isRedirected ? 'of its own' : httpsPort}: ${messageOf(error)} Free the port, or run the agent as administrator.`;
      logger.error('strict capture: the port cannot be opened', { error });
      return;
    }
    logger.info('strict capture: connections are taken', { method: this.method, port: this.#listener.port });
  }
}
