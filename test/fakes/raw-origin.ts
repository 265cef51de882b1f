// A TLS server that knows no HTTP: records the exact bytes of a connection and writes exactly the bytes it is told to.
import { createServer } from 'node:tls';
import type { TlsOptions, TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { createAuthority } from './certificates.ts';

export interface RawConnection {
  /** Everything received so far. */
  readonly received: Buffer;
  /** The peer has ended its side. */
  readonly ended: boolean;
  readonly alpn: string | false | null;
  write(bytes: Buffer | string): void;
  end(): void;
  destroy(): void;
}

export interface RawOrigin {
  readonly port: number;
  readonly root: string;
  readonly connections: readonly RawConnection[];
  close(): Promise<void>;
}

/** Called whenever bytes have arrived: answer by `connection.write` when what has been received is enough. */
export type RawResponder = (connection: RawConnection) => void;

/** Answers with `reply` once per request head with its `content-length` body (or chunked body) received whole. */
export function onWholeRequest(reply: Buffer | string | ((index: number) => Buffer | string)): RawResponder {
  const answered = new WeakMap<RawConnection, { bytes: number; requests: number }>();
  return (connection) => {
    const state = answered.get(connection) ?? { bytes: 0, requests: 0 };
    answered.set(connection, state);
    for (let end = wholeRequest(connection.received, state.bytes); end !== undefined; end = wholeRequest(connection.received, state.bytes)) {
      state.bytes = end;
      connection.write(typeof reply === 'function' ? reply(state.requests) : reply);
      state.requests += 1;
    }
  };
}

export async function startRawOrigin(respond: RawResponder, options: TlsOptions & { readonly names?: readonly string[] } = {}): Promise<RawOrigin> {
  const { names = ['127.0.0.1', 'api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com'], ...tls } = options;
  const authority = createAuthority('Raw Root');
  const connections: RawConnection[] = [];
  const open = new Set<TLSSocket>();
  const server = createServer({ ...authority.issue({ names }), ALPNProtocols: ['http/1.1'], ...tls }, (socket) => {
    open.add(socket);
    const chunks: Buffer[] = [];
    let ended = false;
    const connection: RawConnection = {
      get received() {
        return Buffer.concat(chunks);
      },
      get ended() {
        return ended;
      },
      alpn: socket.alpnProtocol,
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.end(),
      destroy: () => void socket.destroy(),
    };
    connections.push(connection);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      respond(connection);
    });
    socket.on('end', () => (ended = true));
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    root: authority.root,
    connections,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Where the request that begins at `start` ends, or undefined while it is not whole. */
function wholeRequest(bytes: Buffer, start: number): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', start);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', start, headEnd);
  const bodyStart = headEnd + 4;
  if (/^transfer-encoding:.*chunked/im.test(head)) {
    const last = bytes.indexOf('0\r\n\r\n', bodyStart);
    return last < 0 ? undefined : last + 5;
  }
  const end = bodyStart + Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
  return bytes.length >= end ? end : undefined;
}
