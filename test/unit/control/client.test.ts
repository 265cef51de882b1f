import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectControl } from '../../../src/control/client.ts';
import { row, startServer, status, temporaryFolder } from './fixture.ts';

const unreachable: unknown = expect.objectContaining({ code: 'control-unreachable' });

/** Something that holds the path of the socket and is no agent. */
async function impostor(onSocket: (socket: Socket) => void): Promise<string> {
  const path = join(temporaryFolder(), 'run', 'control.sock');
  mkdirSync(join(path, '..'), { mode: 0o700 });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

describe('connecting', () => {
  test('without an agent says that none answers', async () => {
    await expect(connectControl(join(temporaryFolder(), 'run', 'control.sock'))).rejects.toEqual(unreachable);
  });

  test('to something that says nothing gives up', async () => {
    const path = await impostor(() => undefined);
    await expect(connectControl(path, { timeoutMs: 50 })).rejects.toEqual(unreachable);
  });

  test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '{"heimdall":{"contract":99}}\n', '{"heimdall":{}}\n'])(
    'to something that says %j is refused with the reason',
    async (words) => {
      const path = await impostor((socket) => socket.write(words));
      await expect(connectControl(path)).rejects.toMatchObject({ code: 'control-bad-request' });
    },
  );

  test('to a socket in a folder that others can write is refused before a word is said', async () => {
    const said = vi.fn();
    const path = await impostor((socket) => socket.on('data', said));
    chmodSync(join(path, '..'), 0o777);
    await expect(connectControl(path)).rejects.toMatchObject({ code: 'data-folder' });
    expect(said).not.toHaveBeenCalled();
  });
});

describe('a connected client', () => {
  test('gets results, each to its own question', async () => {
    const client = await connectControl((await startServer()).path);
    onTestFinished(() => client.close());
    const [got, verified, printed] = await Promise.all([
      client.call('status.get', {}),
      client.call('audit.verify', {}),
      client.call('audit.fingerprint', { value: 'abc' }),
    ]);
    expect(got).toEqual(status);
    expect(verified.rows).toBe(3);
    expect(printed).toEqual({ fingerprint: 'print-3' });
  });

  test('hears events until it unsubscribes', async () => {
    const server = await startServer();
    const client = await connectControl(server.path);
    onTestFinished(() => client.close());
    const heard: number[] = [];
    const snapshots = vi.fn();
    client.on('snapshot', snapshots);
    const stop = client.on('audit.appended', (rows) => heard.push(...rows.map((each) => each.seq)));
    await client.call('watch', {});
    server.emit('audit.appended', [row(1), row(2)]);
    await vi.waitFor(() => expect(heard).toEqual([1, 2]));
    stop();
    server.emit('audit.appended', [row(3)]);
    await client.call('status.get', {});
    expect(heard).toEqual([1, 2]);
    expect(snapshots).toHaveBeenCalledTimes(1);
  });

  test('whose agent goes away fails its open and its later questions, and says that it is closed', async () => {
    const server = await startServer({ handlers: { 'audit.verify': () => new Promise(() => undefined) } as never });
    const client = await connectControl(server.path);
    const open = client.call('audit.verify', {});
    const failed = expect(open).rejects.toEqual(unreachable);
    await server.close();
    await failed;
    await client.closed;
    await expect(client.call('status.get', {})).rejects.toEqual(unreachable);
  });
});
