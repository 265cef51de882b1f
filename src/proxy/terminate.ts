// Ends the client's TLS with a leaf of our own CA: one TLS server per intercepted name, handshake failures told apart.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { tlsFloor } from '../ca/leaf-cache.ts';
import type { LeafCache } from '../ca/leaf-cache.ts';
import type { LeafMaterial } from '../ca/issuer.ts';
import type { HandshakeFailure } from '../contract/exchange.ts';

export type Termination =
  { readonly ok: true; readonly socket: TLSSocket } | { readonly ok: false; readonly failure: HandshakeFailure; readonly detail: string };

interface Named {
  readonly server: Server;
  readonly material: LeafMaterial;
}

const maxServers = 512;

export class Terminator {
  readonly #leaves: LeafCache;
  readonly #timeoutMs: number;
  readonly #servers = new Map<string, Named>();
  /** Whose handshake an event belongs to: Node's TLS server does not say which raw socket a TLS socket stands on, but its events keep the context that the socket was given in. */
  readonly #underway = new AsyncLocalStorage<(result: Termination) => void>();

  constructor(leaves: LeafCache, timeoutMs: number) {
    this.#leaves = leaves;
    this.#timeoutMs = timeoutMs;
  }

  /** Does the handshake as `host` on a raw socket whose bytes nobody has consumed. */
  async terminate(socket: Socket, host: string): Promise<Termination> {
    const server = await this.#serverFor(host);
    if (socket.destroyed) return { ok: false, failure: 'closed', detail: 'the client closed before the handshake' };
    return new Promise((resolve) => {
      const finish = (result: Termination): void => {
        socket.removeListener('close', onClose);
        resolve(result);
      };
      let hadReset = false;
      socket.on('error', (error: NodeJS.ErrnoException) => (hadReset ||= error.code === 'ECONNRESET'));
      const onClose = (): void => {
        // After the TLS server's own report, which knows more.
        setImmediate(() => finish({ ok: false, failure: hadReset ? 'reset' : 'closed', detail: 'the client closed during the handshake' }));
      };
      socket.once('close', onClose);
      // A client that ends its side during the handshake has gone; TLS would otherwise wait for it until the time is over.
      socket.allowHalfOpen = false;
      this.#underway.run(finish, () => server.emit('connection', socket));
    });
  }

  async #serverFor(host: string): Promise<Server> {
    const { material } = await this.#leaves.leafFor(host);
    const known = this.#servers.get(host);
    if (known?.material === material) return known.server;
    const server = createServer({
      key: material.keyPem,
      cert: material.certPem,
      ...tlsFloor,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: this.#timeoutMs,
    });
    server.on('secureConnection', (socket) => this.#underway.getStore()?.({ ok: true, socket }));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#underway.getStore()?.({ ok: false, failure: classify(error), detail: error.code ?? error.message });
      socket.destroy();
    });
    if (this.#servers.size >= maxServers) this.#servers.clear();
    this.#servers.set(host, { server, material });
    return server;
  }
}

/** From Node's and OpenSSL's codes to the six causes that people can act on. */
export function classify(error: NodeJS.ErrnoException): HandshakeFailure {
  const text = `${error.code ?? ''} ${error.message}`;
  if (/HANDSHAKE_TIMEOUT/.test(text)) return 'timeout';
  if (/ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)|alert (unknown ca|bad certificate|certificate)/i.test(text))
    return 'cert-rejected';
  if (/NO_SHARED_CIPHER|UNSUPPORTED_PROTOCOL|NO_SUITABLE|VERSION_TOO_LOW|WRONG_VERSION|NO_SHARED_GROUP/.test(text)) return 'no-shared-cipher';
  if (/ECONNRESET/.test(text)) return /disconnected before secure/.test(text) ? 'closed' : 'reset';
  if (/EPIPE|ERR_STREAM_PREMATURE_CLOSE|UNEXPECTED_EOF/.test(text)) return 'closed';
  return 'other';
}
