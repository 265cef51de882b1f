// Opens connections to upstreams: address checked at connect time, certificate verified as a browser would, TLS 1.2+ with forward secrecy.
import { readFileSync } from 'node:fs';
import { connect as netConnect } from 'node:net';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect as tlsConnect, createSecureContext, getCACertificates } from 'node:tls';
import type { PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import { AgentError, messageOf } from '../../contract/errors.ts';
import type { AddressGuard } from '../address-guard.ts';

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
}

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

  /** @throws AgentError settings-invalid when a root file cannot be read */
  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#connectTo = new Map(Object.entries(options.connectTo));
    this.guard = options.guard;
    const known = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...options.extraRoots.flatMap(readRoots)]);
    const own = withoutWhitespace(options.ownCa);
    const ca = [...known].filter((pem) => withoutWhitespace(pem) !== own);
    this.#context = createSecureContext({ ca, minVersion: 'TLSv1.2', ciphers: cipherSuites });
  }

  /** A plain TCP connection. Rejects with AgentError (address-refused, name-not-resolved, connect-failed, connect-timeout). */
  openTcp(destination: Destination): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const where = this.#resolve(destination);
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
    const tcp = await this.openTcp(destination);
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
        reject(tlsError(destination, error));
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

  #resolve(destination: Destination): { host: string; port: number; lookup?: AddressGuard['lookup'] } {
    const override = this.#connectTo.get(`${destination.host}:${destination.port}`) ?? this.#connectTo.get(destination.host);
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

function tlsError(destination: Destination, error: NodeJS.ErrnoException): AgentError {
  const code = error.code ?? '';
  const fault = certificateFaults[code] ?? otherCertificateFault(code, error.message);
  if (fault !== undefined) {
    return new AgentError('upstream-certificate', `${destination.host} was not contacted further: ${fault} [${code}]. Nothing was sent to it.`, {
      cause: error,
    });
  }
  return new AgentError('upstream-tls', `The TLS handshake with ${destination.host} failed (${code || error.message}).`, { cause: error });
}
