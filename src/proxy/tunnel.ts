// Joins two connections and lets the bytes pass untouched: half-close, back-pressure and early close as each side meant them.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

export interface TunnelCounts {
  /** From the first side to the second, and back. */
  readonly sent: number;
  readonly received: number;
}

/** Resolves when both sides are closed. Never rejects: a broken side breaks the other, which is all a tunnel can say. */
export function joinSockets(client: Duplex, upstream: Duplex): Promise<TunnelCounts> {
  let sent = 0;
  let received = 0;
  client.on('data', (piece: Buffer) => (sent += piece.length));
  upstream.on('data', (piece: Buffer) => (received += piece.length));
  // pipe() ends the writable side when the readable side ends (half-close) and pauses by back-pressure.
  client.pipe(upstream);
  upstream.pipe(client);
  return new Promise((resolve) => {
    let open = 2;
    const closed = (other: Duplex, hadError: boolean) => {
      open -= 1;
      if (hadError) breakOff(other);
      else if (!other.destroyed && !other.writableEnded) other.end();
      if (open === 0) resolve({ sent, received });
    };
    watch(client, (hadError) => closed(upstream, hadError));
    watch(upstream, (hadError) => closed(client, hadError));
  });
}

function watch(side: Duplex, closed: (hadError: boolean) => void): void {
  let hadError = false;
  side.on('error', () => (hadError = true));
  if (side.destroyed) closed(true);
  else side.once('close', () => closed(hadError || !side.readableEnded));
}

/** Passes a broken connection on as what it was: a reset, not an orderly end. A TLS socket cannot send a reset; it closes without close_notify. */
function breakOff(side: Duplex): void {
  if (side instanceof Socket && !(side instanceof TLSSocket)) side.resetAndDestroy();
  else side.destroy();
}
