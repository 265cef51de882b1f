// Opens connections to upstreams: address checked at connect time, certificate verified as a browser would, TLS 1.2+ with forward secrecy.
import { readFileSync } from 'node:fs';
import { connect as netConnect } from 'node:net';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect as tlsConnect, createSecureContext, getCACertificates } from 'node:tls';
import type { PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import { AgentError, messageOf } from '../../contract/errors.ts';
import type { UpstreamProxy } from '../../contract/upstream-proxy.ts';
import type { AddressGuard } from '../address-guard.ts';
import type { AbsoluteForm } from './absolute-form.ts';
import { negotiateToken } from './negotiate-token.ts';
import { KeptPac } from './pac-file.ts';
import type { NegotiateToken } from './proxy-authorization.ts';
import { ProxyDialer } from './proxy-dialer.ts';
import { hopName, refusedHop } from './proxy-hops.ts';
import type { ProxyHop } from './proxy-hops.ts';
import { ProxyRoutes } from './proxy-route.ts';
import type { Route, RouteConcern } from './proxy-route.ts';

/** Where to connect. `isTrusted`: the address comes from settings, not from a client, so the address check does not apply. */
export interface Destination {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly isTrusted: boolean;
}

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  /** `host` or `host:port` → `address:port`. */
  readonly connectTo: Readonly<Record<string, string>>;
  readonly extraRoots: readonly string[];
  readonly connectTimeoutMs: number;
  /** PEM of our own CA: never a root for upstreams, wherever it is installed. */
  readonly ownCa: string;
  /** Own listening ports, refused as destinations however they are reached. */
  readonly isOwnPort: (port: number) => boolean;
  /** The proxy of the organisation; asked for each connection. Absent: straight out. */
  readonly upstreamProxy?: () => UpstreamProxy;
  readonly concern?: RouteConcern;
  readonly negotiate?: NegotiateToken;
}

/** A connection for plain HTTP; `toProxy` is what requests on it need when a proxy is at its other end. */
export interface PlainConnection {
  readonly socket: Socket;
  readonly toProxy?: AbsoluteForm;
}

interface Where {
  readonly host: string;
  readonly port: number;
  readonly lookup?: AddressGuard['lookup'];
}

const straightOut: UpstreamProxy = { kind: 'direct' };

const cipherSuites = [
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

export class Connector {
  readonly guard: AddressGuard;
  readonly #options: ConnectorOptions;
  /** A map, because clients name the hosts: an object would answer to `constructor`. */
  readonly #connectTo: ReadonlyMap<string, string>;
  readonly #context: SecureContext;
  readonly #sessions = new Map<string, Buffer>();
  /** The ways to hosts, by the proxy of the organisation where there is one. */
  readonly routes: ProxyRoutes;
  readonly #proxies: ProxyDialer;
  /** By which proxy a connection goes, for the words about its failure. */
  readonly #via = new WeakMap<Socket, string>();

  /** @throws AgentError settings-invalid when a root file cannot be read */
  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#connectTo = new Map(Object.entries(options.connectTo));
    this.guard = options.guard;
    const known = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...options.extraRoots.flatMap(readRoots)]);
    const own = withoutWhitespace(options.ownCa);
    const ca = [...known].filter((pem) => withoutWhitespace(pem) !== own);
    this.#context = createSecureContext({ ca, minVersion: 'TLSv1.2', ciphers: cipherSuites });
    const concern = options.concern ?? (() => undefined);
    this.routes = new ProxyRoutes({
      upstreamProxy: options.upstreamProxy ?? (() => straightOut),
      isOwnPort: options.isOwnPort,
      openPac: (url) => new KeptPac({ url, secureContext: this.#context, concern: (detail) => concern('proxy-pac-failed', detail) }),
      concern,
    });
    this.#proxies = new ProxyDialer({
      dial: (hop) => this.#dialProxy(hop),
      timeoutMs: options.connectTimeoutMs,
      negotiate: options.negotiate ?? negotiateToken,
    });
  }

  close(): void {
    this.routes.close();
  }

  /**
   * A plain connection to the host, by the proxy of the organisation where there is one.
   * Rejects with AgentError (address-refused, name-not-resolved, connect-failed, connect-timeout; proxy-unreachable, proxy-refused, proxy-auth).
   */
  openTcp(destination: Destination): Promise<Socket> {
    const route = this.#routeOf(destination);
    if (route === undefined) return this.#openStraight(destination);
    return this.#openByRoute(destination, route, (hop) => this.#openTunnel(hop, destination));
  }

  /** For plain HTTP requests: straight as `openTcp`; by a proxy, a connection to it that takes requests in absolute form. */
  async openPlain(destination: Destination): Promise<PlainConnection> {
    const route = this.#routeOf(destination);
    if (route === undefined) return { socket: await this.#openStraight(destination) };
    let toProxy: AbsoluteForm | undefined;
    const socket = await this.#openByRoute(destination, route, async (hop) => {
      toProxy = this.#proxies.absoluteForm(hop, destination);
      return toProxy === undefined ? this.#openTunnel(hop, destination) : this.#dialProxy(hop);
    });
    return { socket, ...(toProxy === undefined ? {} : { toProxy }) };
  }

  #routeOf(destination: Destination): Route | Promise<Route> | undefined {
    return this.#overrideOf(destination) === undefined ? this.routes.find(destination) : undefined;
  }

  /** The ways in their order. A proxy that is not there makes way for the next; one that says no has decided. */
  async #openByRoute(destination: Destination, found: Route | Promise<Route>, byProxy: (hop: ProxyHop) => Promise<Socket>): Promise<Socket> {
    // Names are the proxy's to resolve; addresses that are none of a client's business are told without it.
    this.check(destination);
    const { hops, from } = await found;
    let failure = new AgentError('proxy-unreachable', `${from} names no way out.`);
    for (const hop of this.#proxies.byPromise(hops)) {
      try {
        if (hop.kind === 'refused') throw refusedHop(hop, from);
        if (hop.kind === 'direct') return await this.#openStraight(destination);
        const socket = await byProxy(hop);
        this.#options.concern?.('proxy-failed', undefined);
        return socket;
      } catch (error) {
        failure = error instanceof AgentError ? error : new AgentError('internal', undefined, { cause: error });
        if (failure.code !== 'proxy-unreachable' && hop.kind !== 'direct') break;
      }
    }
    if (failure.code === 'proxy-unreachable' || failure.code === 'proxy-auth') this.#options.concern?.('proxy-failed', failure.message);
    throw failure;
  }

  async #openTunnel(hop: ProxyHop, destination: Destination): Promise<Socket> {
    const socket = await this.#proxies.open(hop, destination);
    this.#via.set(socket, hopName(hop));
    return socket;
  }

  #openStraight(destination: Destination): Promise<Socket> {
    return this.#connect(destination, () => this.#resolve(destination));
  }

  async #dialProxy(hop: ProxyHop): Promise<Socket> {
    const destination: Destination = { scheme: hop.secure ? 'https' : 'http', host: hop.host, port: hop.port, isTrusted: true };
    try {
      const tcp = await this.#connect(destination, () => hop);
      return hop.secure ? await this.#secure(tcp, destination, ['http/1.1']) : tcp;
    } catch (error) {
      throw new AgentError('proxy-unreachable', `The proxy ${hopName(hop)} cannot be used: ${messageOf(error)}`, { cause: error });
    }
  }

  #connect(destination: Destination, resolveWhere: () => Where): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const { host, port, lookup } = resolveWhere();
      const where = { host, port, ...(lookup ? { lookup } : {}) };
      const socket = netConnect({ ...where, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, allowHalfOpen: true });
      const timer = setTimeout(() => {
        socket.destroy();
        reject(timedOut(destination, this.#options.connectTimeoutMs));
      }, this.#options.connectTimeoutMs);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.removeListener('error', onError);
        if (this.#options.isOwnPort(where.port) && socket.remoteAddress === socket.localAddress) {
          socket.destroy();
          reject(new AgentError('address-refused', `Heimdall does not connect to its own port ${where.port}.`));
        } else resolve(socket);
      });
      const onError = (error: Error): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(connectError(destination, error));
      };
      socket.once('error', onError);
    });
  }

  /** A verified TLS connection with the protocol that was agreed in `alpnProtocol`. Rejects also with upstream-certificate, upstream-tls. */
  async openTls(destination: Destination, alpn: readonly string[]): Promise<TLSSocket> {
    return this.#secure(await this.openTcp(destination), destination, alpn);
  }

  #secure(tcp: Socket, destination: Destination, alpn: readonly string[]): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const key = `${destination.host}:${destination.port}`;
      const session = this.#sessions.get(key);
      const isName = this.#options.guard.spelledAddress(destination.host) === undefined;
      const socket = tlsConnect({
        socket: tcp,
        host: destination.host,
        ...(isName ? { servername: destination.host } : {}),
        ALPNProtocols: [...alpn],
        secureContext: this.#context,
        minVersion: 'TLSv1.2',
        checkServerIdentity: checkNames,
        // Said aloud: otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 in somebody's environment would switch verification off.
        rejectUnauthorized: true,
        ...(session ? { session } : {}),
      });
      const timer = setTimeout(() => {
        socket.destroy();
        reject(timedOut(destination, this.#options.connectTimeoutMs));
      }, this.#options.connectTimeoutMs);
      const onError = (error: NodeJS.ErrnoException): void => {
        clearTimeout(timer);
        this.#sessions.delete(key);
        socket.destroy();
        tcp.destroy();
        reject(tlsError(destination, error, this.#via.get(tcp)));
      };
      socket.once('error', onError);
      socket.once('close', () => onError(new Error('closed during the handshake')));
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('close');
        socket.removeListener('error', onError);
        resolve(socket);
      });
      socket.on('session', (fresh) => this.#remember(key, fresh));
    });
  }

  #remember(key: string, session: Buffer): void {
    if (this.#sessions.size >= 256) this.#sessions.clear();
    this.#sessions.set(key, session);
  }

  /** Throws address-refused for what can be told before connecting: a forbidden address in any spelling, or a name of this machine. */
  check(destination: Destination): void {
    this.#resolve(destination);
  }

  #overrideOf(destination: Destination): string | undefined {
    return this.#connectTo.get(`${destination.host}:${destination.port}`) ?? this.#connectTo.get(destination.host);
  }

  #resolve(destination: Destination): Where {
    const override = this.#overrideOf(destination);
    if (override !== undefined) {
      const colon = override.lastIndexOf(':');
      return { host: override.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(override.slice(colon + 1)) };
    }
    if (destination.isTrusted) return { host: destination.host, port: destination.port };
    this.#options.guard.check(destination.host);
    const address = this.#options.guard.spelledAddress(destination.host);
    return { host: address ?? destination.host, port: destination.port, ...(address === undefined ? { lookup: this.#options.guard.lookup } : {}) };
  }
}

/** As browsers do: only the alternative names count, never the common name that Node falls back on. */
function checkNames(host: string, certificate: PeerCertificate): Error | undefined {
  return checkServerIdentity(host, { ...certificate, subject: { ...certificate.subject, CN: '' } });
}

const withoutWhitespace = (pem: string): string => pem.replace(/\s/g, '');

/** The certificates of a PEM file, one by one. */
function readRoots(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^]*?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  } catch (error) {
    throw new AgentError('settings-invalid', `network.extraRoots names ${file}, which cannot be read (${messageOf(error)}).`, { cause: error });
  }
}

function timedOut(destination: Destination, milliseconds: number): AgentError {
  return new AgentError('connect-timeout', `${destination.host}:${destination.port} did not accept a connection within ${milliseconds} ms.`);
}

function connectError(destination: Destination, error: Error): AgentError {
  if (error instanceof AgentError) return error;
  const code = 'code' in error ? String(error.code) : error.message;
  return new AgentError('connect-failed', `${destination.host}:${destination.port} cannot be connected to (${code || error.message}).`, { cause: error });
}

const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (or this clock is wrong)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from a root this machine does not trust (another TLS inspector?)',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an issuer that is not to be found',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from a root this machine does not trust (another TLS inspector?)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified: the chain is incomplete or the root unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names',
  HOSTNAME_MISMATCH: 'its certificate is for other names',
  CERT_REVOKED: 'its certificate has been revoked',
  CERT_SIGNATURE_FAILURE: 'the signature on its certificate is wrong',
  CERT_UNTRUSTED: 'its certificate is not trusted for this purpose',
  CERT_REJECTED: 'its certificate is rejected for this purpose',
  INVALID_CA: 'its chain holds a certificate that may not issue others',
  INVALID_PURPOSE: 'its certificate may not be used for a server',
  PATH_LENGTH_EXCEEDED: 'its chain is longer than a certificate in it allows',
  EE_KEY_TOO_SMALL: 'the key of its certificate is too weak',
  CA_KEY_TOO_SMALL: 'a key in its chain is too weak',
  CA_MD_TOO_WEAK: 'a signature in its chain uses a broken hash',
};

/** Node calls verification results it has no code for UNSPECIFIED and says in words what OpenSSL found. */
function otherCertificateFault(code: string, message: string): string | undefined {
  if (code === 'UNSPECIFIED') return `its certificate is not acceptable (${message})`;
  return /CERT/.test(code) && !/ALERT/.test(code) ? `its certificate is not acceptable (${code})` : undefined;
}

function tlsError(destination: Destination, error: NodeJS.ErrnoException, via: string | undefined): AgentError {
  const code = error.code ?? '';
  const through = via === undefined ? '' : ` by way of the proxy ${via}`;
  const fault = certificateFaults[code] ?? otherCertificateFault(code, error.message);
  if (fault !== undefined) {
    return new AgentError('upstream-certificate', `${destination.host} was not contacted further: ${fault} [${code}]${through}. Nothing was sent to it.`, {
      cause: error,
    });
  }
  return new AgentError('upstream-tls', `The TLS handshake with ${destination.host}${through} failed (${code || error.message}).`, { cause: error });
}
