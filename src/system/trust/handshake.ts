// Proves that roots trust what the agent shows: a real handshake through its port, as a client that goes by these roots would make it.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { messageOf } from '../../contract/errors.ts';
import { isOwnName } from './certificates.ts';

export interface ProofTarget {
  /** A host that the agent intercepts. */
  readonly host: string;
  /** The agent's port on 127.0.0.1. */
  readonly port: number;
  /** Milliseconds for the whole of it. */
  readonly patienceMs?: number;
}

/** `issuer`: who signed what was shown, where anything was. */
export type TrustProof = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly issuer?: string };

/** `roots`: PEM each, and nothing else is trusted. Sends no request. */
export async function proveTrust(roots: readonly string[], { host, port, patienceMs = 10_000 }: ProofTarget): Promise<TrustProof> {
  const signal = AbortSignal.timeout(patienceMs);
  const socket = connect({ host: '127.0.0.1', port, signal });
  // Every failure reaches the one below; what comes after the end is of no interest.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal });
    const refusal = await openTunnel(socket, host, signal);
    if (refusal !== undefined) return { ok: false, reason: refusal };
    // Node takes no roots at all for "the usual ones", so an empty store must not get that far.
    const tls = connectTls({ socket, servername: host, ca: roots.length === 0 ? [''] : [...roots], rejectUnauthorized: false });
    tls.on('error', () => undefined);
    await once(tls, 'secureConnect', { signal });
    const proof = judged(tls, host, roots.length);
    await closePolitely(tls, signal);
    return proof;
  } catch (error) {
    return { ok: false, reason: `The handshake for ${host} through port ${port} failed: ${signal.aborted ? 'nothing answered in time' : messageOf(error)}.` };
  } finally {
    socket.destroy();
  }
}

/** The other side hears the end of the handshake and a farewell; cut off before, it would take the handshake for a refused one. */
async function closePolitely(tls: TLSSocket, signal: AbortSignal): Promise<void> {
  tls.resume();
  tls.end();
  // Whatever happens from here on, the certificate has been judged.
  await once(tls, 'close', { signal }).catch(() => undefined);
}

/** Why the agent would not open a tunnel; undefined: it is open. */
async function openTunnel(socket: Socket, host: string, signal: AbortSignal): Promise<string | undefined> {
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nhost: ${host}:443\r\n\r\n`);
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
    head += chunk.toString('latin1');
    if (head.length > 65_536) return 'What answered there does not speak as a proxy does.';
  }
  // No tunnel speaks before its client does, so nothing follows the head.
  socket.pause();
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  return status === '200' ? undefined : `The proxy refused a connection to ${host}:443 (status ${status ?? 'unknown'}).`;
}

function judged(tls: TLSSocket, host: string, roots: number): TrustProof {
  const shown = tls.getPeerCertificate();
  const issuer = nameOf(shown);
  const isOwn = isOwnName(`O=${text(shown.issuer.O)}\nCN=${text(shown.issuer.CN)}`);
  if (!isOwn) {
    return {
      ok: false,
      issuer,
      reason: tls.authorized
        ? `The certificate for ${host} was issued by "${issuer}", not by Heimdall: the host is not intercepted, or another program opens TLS as well.`
        : `The certificate for ${host} was issued by "${issuer}", not by Heimdall, and is not trusted here: another program opens TLS as well, or the host is not intercepted.`,
    };
  }
  if (tls.authorized) return { ok: true };
  return {
    ok: false,
    issuer,
    reason: `The certificate for ${host} from "${issuer}" is not trusted here (${String(tls.authorizationError)}): ${roots === 0 ? 'the store is empty' : `none of the ${roots} roots is this CA`}.`,
  };
}

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''));
const nameOf = ({ issuer }: PeerCertificate): string => text(issuer.CN) || text(issuer.O) || 'nobody named';
