import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createOwnerLookup } from '../../../src/system/process-owner.ts';
import type { OwnerLookup, OwnerLookupOptions } from '../../../src/system/process-owner.ts';
import type { PeerConnection } from '../../../src/system/owner-scanner.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function lookupWith(options: Partial<OwnerLookupOptions> = {}): OwnerLookup {
  const lookup = createOwnerLookup({ platform: 'linux', appOf: (executable, line) => `${executable.replace(/^.*\//, '')}:${line.length}`, ...options });
  cleanUps.push(() => lookup.close());
  return lookup;
}

async function listen(host: string): Promise<{ server: Server; port: number; accepted: () => Promise<Socket> }> {
  const sockets: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const next = waiting.shift();
    if (next === undefined) sockets.push(socket);
    else next(socket);
    cleanUps.push(() => Promise.resolve(socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
  const accepted = (): Promise<Socket> => {
    const first = sockets.shift();
    return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
  };
  return { server, port: (server.address() as AddressInfo).port, accepted };
}

function start(file: string, args: readonly string[]): ChildProcess & { pid: number } {
  const child = spawn(file, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  cleanUps.push(() => {
    child.kill('SIGKILL');
    return ended;
  });
  if (child.pid === undefined) throw new Error(`${file} does not start`);
  return child as ChildProcess & { pid: number };
}

const connectionOf = (socket: Socket): PeerConnection => ({
  localPort: socket.localPort ?? 0,
  remotePort: socket.remotePort ?? 0,
  family: socket.remoteFamily === 'IPv6' ? 6 : 4,
});

const nodeClient = (port: number, host: string): string[] => ['-e', `require('node:net').connect(${port}, '${host}'); setTimeout(() => {}, 60000)`];

describe.runIf(process.platform === 'linux')('the owner of a connection on Linux', () => {
  it('is the Node process that opened it, over IPv4', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    const child = start(process.execPath, nodeClient(port, '127.0.0.1'));
    const owner = await lookupWith().find(connectionOf(await accepted()));
    expect(owner).toEqual({ pid: child.pid, executable: readlinkSync(`/proc/${child.pid}/exe`), app: 'node:3' });
  });

  it('is found over IPv6 too', async () => {
    const { port, accepted } = await listen('::1');
    const child = start(process.execPath, nodeClient(port, '::1'));
    expect((await lookupWith().find(connectionOf(await accepted())))?.pid).toBe(child.pid);
  });

  it('is found when the client uses an IPv6 socket for our IPv4 address', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    const child = start(process.execPath, nodeClient(port, '::ffff:127.0.0.1'));
    const socket = await accepted();
    expect(socket.remoteFamily).toBe('IPv4');
    expect((await lookupWith().find(connectionOf(socket)))?.pid).toBe(child.pid);
  });

  it('is curl when curl called', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    const child = start('curl', ['-s', `http://127.0.0.1:${port}/`]);
    const owner = await lookupWith().find(connectionOf(await accepted()));
    expect(owner?.pid).toBe(child.pid);
    expect(owner?.executable).toMatch(/\/curl$/);
  });

  it('is Python when Python called', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    start('python3', ['-c', `import socket,time; s=socket.create_connection(("127.0.0.1",${port})); time.sleep(60)`]);
    expect((await lookupWith().find(connectionOf(await accepted())))?.executable).toMatch(/\/python3[\d.]*$/);
  });

  it('is this process when it calls itself', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    const { connect } = await import('node:net');
    const client = connect(port, '127.0.0.1');
    cleanUps.push(() => Promise.resolve(client.destroy()));
    expect((await lookupWith().find(connectionOf(await accepted())))?.pid).toBe(process.pid);
  });

  it('is told apart for many connections asked about at once', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    const lookup = lookupWith();
    const pairs: [number, PeerConnection][] = [];
    for (let index = 0; index < 4; index += 1) {
      const child = start(process.execPath, nodeClient(port, '127.0.0.1'));
      pairs.push([child.pid, connectionOf(await accepted())]);
    }
    const owners = await Promise.all(pairs.map(([, connection]) => lookup.find(connection)));
    expect(owners.map((owner) => owner?.pid)).toEqual(pairs.map(([pid]) => pid));
  });

  it('is unknown once the client is gone, and for ports nobody uses', async () => {
    const { port, accepted } = await listen('127.0.0.1');
    const child = start(process.execPath, nodeClient(port, '127.0.0.1'));
    const connection = connectionOf(await accepted());
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(await lookupWith().find(connection)).toBeUndefined();
    expect(await lookupWith().find({ localPort: port, remotePort: 1, family: 4 })).toBeUndefined();
  });

  it('is unknown, without a throw, where /proc cannot be read', async () => {
    expect(existsSync('/nowhere')).toBe(false);
    expect(await lookupWith({ procDir: '/nowhere' }).find({ localPort: 1, remotePort: 2, family: 4 })).toBeUndefined();
  });

  it('is unknown after the lookup has been closed', async () => {
    const lookup = lookupWith();
    await lookup.close();
    expect(await lookup.find({ localPort: 1, remotePort: 2, family: 4 })).toBeUndefined();
  });

  it('is settled as unknown when the lookup is closed under a running scan', async () => {
    const lookup = lookupWith();
    const asked = lookup.find({ localPort: 1, remotePort: 2, family: 4 });
    await lookup.close();
    expect(await asked).toBeUndefined();
  });
});

const lsofFor = (pid: number): string => `p${pid}\nf3\nn127.0.0.1:50001->127.0.0.1:7465\n`;

describe('the lookup on any system', () => {
  it('asks once for one connection object and again for another with the same ports', async () => {
    let asked = 0;
    const lookup = lookupWith({
      platform: 'darwin',
      exec: (file) => {
        if (file.endsWith('lsof')) asked += 1;
        return Promise.resolve(file.endsWith('lsof') ? lsofFor(asked) : ' 1 /bin/one\n 2 /bin/two\n');
      },
    });
    const first = { localPort: 7465, remotePort: 50001, family: 4 } as const;
    expect((await lookup.find(first))?.executable).toBe('/bin/one');
    expect((await lookup.find(first))?.executable).toBe('/bin/one');
    expect((await lookup.find({ ...first }))?.executable).toBe('/bin/two');
    expect(asked).toBe(2);
  });

  it('asks again for a connection whose owner was not found', async () => {
    let asked = 0;
    const lookup = lookupWith({
      platform: 'darwin',
      exec: (file) => {
        if (file.endsWith('lsof')) asked += 1;
        return Promise.resolve(file.endsWith('lsof') && asked > 1 ? lsofFor(7) : ' 7 /bin/seven\n');
      },
    });
    const connection = { localPort: 7465, remotePort: 50001, family: 4 } as const;
    expect(await lookup.find(connection)).toBeUndefined();
    expect((await lookup.find(connection))?.pid).toBe(7);
  });

  it('runs one scan at a time and puts what is asked meanwhile into the next', async () => {
    const scans: string[] = [];
    let running = 0;
    let most = 0;
    const lookup = lookupWith({
      platform: 'darwin',
      exec: async (_file, args) => {
        running += 1;
        most = Math.max(most, running);
        scans.push(args.filter((argument) => argument.startsWith('-iTCP')).join(' '));
        await new Promise(setImmediate);
        running -= 1;
        return '';
      },
    });
    await Promise.all([1, 2, 3].map((remotePort) => lookup.find({ localPort: 7465, remotePort, family: 4 })));
    expect(scans).toEqual(['-iTCP:1', '-iTCP:2 -iTCP:3']);
    expect(most).toBe(1);
  });

  it('does not look for a connection without ports', async () => {
    let asked = 0;
    const exec = (): Promise<string> => {
      asked += 1;
      return Promise.resolve('');
    };
    const lookup = lookupWith({ platform: 'darwin', exec });
    for (const port of [0, -1, Number.NaN, 65_536]) {
      expect(await lookup.find({ localPort: 7465, remotePort: port, family: 4 })).toBeUndefined();
      expect(await lookup.find({ localPort: port, remotePort: 50001, family: 4 })).toBeUndefined();
    }
    expect(asked).toBe(0);
  });

  it('answers unknown when the system’s own program fails, and goes on afterwards', async () => {
    let broken = true;
    const exec = (file: string): Promise<string> => {
      if (broken) return Promise.reject(new Error('no such program'));
      return Promise.resolve(file.endsWith('lsof') ? lsofFor(7) : ' 7 /bin/seven\n');
    };
    const lookup = lookupWith({ platform: 'darwin', exec });
    expect(await lookup.find({ localPort: 7465, remotePort: 50001, family: 4 })).toBeUndefined();
    broken = false;
    expect((await lookup.find({ localPort: 7465, remotePort: 50001, family: 4 }))?.pid).toBe(7);
  });

  it('gives up on a program that hangs, and is not held up by it for good', async () => {
    let hangs = true;
    const exec = (file: string): Promise<string> => {
      if (hangs) return new Promise(() => undefined);
      return Promise.resolve(file.endsWith('lsof') ? lsofFor(7) : ' 7 /bin/seven\n');
    };
    const lookup = lookupWith({ platform: 'darwin', exec });
    expect(await lookup.find({ localPort: 7465, remotePort: 50001, family: 4 })).toBeUndefined();
    hangs = false;
    expect((await lookup.find({ localPort: 7465, remotePort: 50001, family: 4 }))?.pid).toBe(7);
  });

  it('knows nobody on a system it has no means for', async () => {
    expect(await lookupWith({ platform: 'aix' }).find({ localPort: 1, remotePort: 2, family: 4 })).toBeUndefined();
  });
});
