// Proves a trust store by what counts: a handshake with the agent, through its port, by the roots of that store and no others.
import { connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import { interceptedHosts } from '../catalog/match.ts';
import { messageOf } from '../contract/errors.ts';
import type { TrustProof } from './patient.ts';
import { viewTls } from './wire.ts';

/** `where`: the port of the proxy. */
export async function proveTrust(roots: readonly string[], where: { readonly host: string; readonly port: number }): Promise<TrustProof> {
  const host = interceptedHosts().find((name) => !name.startsWith('*.')) ?? 'api.openai.com';
  try {
    // An empty list would mean Node's own roots.
    if (roots.length === 0) return { ok: false, reason: 'the store yields no root at all' };
    const view = await viewTls(await tunnel(where, host), host, createSecureContext({ ca: [...roots] }));
    view.socket.destroy();
    return view.fault === undefined ? { ok: true } : { ok: false, reason: `${view.fault}, certificate by ${view.issuer}` };
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}

function tunnel({ host, port }: { readonly host: string; readonly port: number }, to: string): Promise<ReturnType<typeof connect>> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 5_000 });
    socket.once('connect', () => socket.write(`CONNECT ${to}:443 HTTP/1.1\r\nHost: ${to}:443\r\n\r\n`));
    // The agent says nothing more until it is spoken to, so the head is all that comes.
    socket.once('data', (chunk) => {
      socket.setTimeout(0);
      if (/^HTTP\/1\.1 200 /.test(chunk.toString('latin1'))) resolve(socket);
      else reject(new Error(`the proxy did not open the way: ${chunk.toString('latin1').split('\r\n', 1)[0] ?? ''}`));
    });
    socket.once('timeout', () => socket.destroy(new Error('the proxy did not answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the proxy closed the connection')));
  });
}
