import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { joinSockets } from '../../../src/proxy/tunnel.ts';
import type { TunnelCounts } from '../../../src/proxy/tunnel.ts';
import { createAuthority } from '../../fakes/certificates.ts';

interface Tunnels {
  readonly port: number;
  readonly ends: Promise<TunnelCounts>[];
  /** Sockets of the tunnel itself that are still open. */
  readonly open: ReadonlySet<Socket>;
}

/** A tunnel to `onUpstream`; every connection made to it is joined with one to there. */
async function tunnelTo(onUpstream: (socket: Socket) => void): Promise<Tunnels> {
  const open = new Set<Socket>();
  const ends: Promise<TunnelCounts>[] = [];
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('close', () => open.delete(socket)).on('error', () => undefined);
  };
  const upstream = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onUpstream(socket);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const tunnel = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(client);
    const there = keep(connect({ port: (upstream.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true }));
    there.once('connect', () => ends.push(joinSockets(client, there)));
  });
  await new Promise<void>((resolve) => tunnel.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    upstream.close();
    tunnel.close();
  });
  return { port: (tunnel.address() as AddressInfo).port, ends, open };
}

function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  return socket;
}
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};
const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const textOf = (socket: Socket) => {
  const text = { value: '', isEnded: false, error: undefined as string | undefined };
  socket.on('data', (chunk: Buffer) => (text.value += chunk.toString('latin1')));
  socket.on('end', () => (text.isEnded = true));
  socket.on('error', (error: NodeJS.ErrnoException) => (text.error = error.code));
  return text;
};

describe('a tunnel', () => {
  it('lets the client end its side and still get the answer, and counts the bytes of both', async () => {
    const { port, ends } = await tunnelTo((socket) => {
      const got = textOf(socket);
      socket.on('end', () => setTimeout(() => socket.end(`you said ${got.value}`), 20));
    });
    const client = dial(port);
    const got = textOf(client);
    client.end('hello');
    await until(() => got.isEnded);
    expect(got.value).toBe('you said hello');
    expect(await ends[0]).toEqual({ sent: 5, received: 14 });
  });

  it('lets the upstream end its side and still get what the client says', async () => {
    let heard = '';
    const { port, ends } = await tunnelTo((socket) => {
      const got = textOf(socket);
      socket.end('welcome');
      socket.on('end', () => (heard = got.value));
    });
    const client = dial(port);
    const got = textOf(client);
    await until(() => got.isEnded);
    client.write('still ');
    await settle(10);
    client.end('here');
    expect(await ends[0]).toEqual({ sent: 10, received: 7 });
    await until(() => heard !== '');
    expect([got.value, heard]).toEqual(['welcome', 'still here']);
  });

  it('passes a reset of the upstream on as a reset', async () => {
    const { port, ends } = await tunnelTo((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const client = dial(port);
    const got = textOf(client);
    client.write('x');
    await until(() => got.error !== undefined);
    expect(got).toMatchObject({ error: 'ECONNRESET', isEnded: false });
    expect(await ends[0]).toEqual({ sent: 1, received: 0 });
  });

  it('passes a reset of the client on as a reset', async () => {
    let error: string | undefined;
    const { port, ends } = await tunnelTo((socket) => {
      const got = textOf(socket);
      socket.on('error', () => (error = got.error));
      socket.write('hello');
    });
    const client = dial(port);
    client.once('data', () => client.resetAndDestroy());
    await until(() => error !== undefined);
    expect(error).toBe('ECONNRESET');
    await ends[0];
  });

  it('makes a fast sender wait for a slow reader, in both directions', async () => {
    const size = 30_000_000;
    let slow: Socket | undefined;
    const { port, open } = await tunnelTo((socket) => (slow = socket));
    const client = dial(port);
    client.pause();
    await until(() => slow !== undefined);
    slow?.pause();
    client.write(Buffer.alloc(size));
    slow?.write(Buffer.alloc(size));
    await settle(200);
    for (const socket of open) {
      expect(socket.bytesRead).toBeLessThan(size / 2);
      expect(socket.writableLength).toBeLessThan(2_000_000);
    }
    let there = 0;
    let here = 0;
    slow?.on('data', (chunk: Buffer) => (there += chunk.length)).resume();
    client.on('data', (chunk: Buffer) => (here += chunk.length)).resume();
    await until(() => there === size && here === size);
  });

  it('ends when a side was gone before it began', async () => {
    const { port } = await tunnelTo((socket) => socket.resume());
    const gone = dial(port);
    const other = dial(port);
    await until(() => !gone.connecting && !other.connecting);
    gone.destroy();
    await until(() => gone.closed);
    other.on('error', () => undefined);
    expect(await joinSockets(gone, other)).toEqual({ sent: 0, received: 0 });
    expect(other.destroyed).toBe(true);
  });

  it('leaves nothing open after a thousand of them, however they ended', async () => {
    const { port, ends, open } = await tunnelTo((socket) => {
      socket.on('data', (chunk: Buffer) => {
        if (chunk[0] === 0x72) socket.resetAndDestroy();
        else socket.write(chunk);
      });
      socket.on('end', () => socket.end());
    });
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
          client.on('error', () => undefined);
          client.write(i % 5 === 0 ? 'reset me' : 'hello');
          if (i % 5 === 1) client.once('data', () => client.resetAndDestroy());
          else if (i % 5 === 2) setTimeout(() => client.destroy(), 1);
          else client.once('data', () => client.end());
          client.on('end', () => client.end());
          await new Promise((resolve) => client.once('close', resolve));
        }),
      );
    }
    await until(() => open.size === 0);
    await Promise.all(ends);
  });

  it('of TLS sockets survives a side that breaks: such a socket cannot send a reset', async () => {
    const authority = createAuthority();
    const server = createTlsServer(authority.issue({ names: ['localhost'] }));
    const accepted = new Promise<Socket>((resolve) => server.on('secureConnection', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const far = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername: 'localhost', ca: authority.root });
    const got = textOf(far);
    const near = await accepted;

    let upstream: Socket | undefined;
    const plain = createServer((socket) => (upstream = socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void plain.close());
    const there = connect((plain.address() as AddressInfo).port, '127.0.0.1');
    const joined = joinSockets(near, there);
    await until(() => upstream !== undefined);
    upstream?.write('frame');
    await until(() => got.value === 'frame');
    upstream?.resetAndDestroy();
    expect(await joined).toEqual({ sent: 0, received: 5 });
    await until(() => far.destroyed);
  });
});
