import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proveTrust } from '../../src/system/trust/handshake.ts';
import { createAuthority } from '../fakes/certificates.ts';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';

const host = 'api.openai.com';
const other = createAuthority('Zephyr Inspection Root');

/** A proxy that opens TLS itself, as a second inspector on the way does. */
async function secondInspector(): Promise<{ readonly port: number; readonly open: () => Promise<number> }> {
  const inspector = createTlsServer(other.issue({ names: [host] }), (socket) => socket.resume());
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      inspector.emit('connection', socket);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const open = (): Promise<number> => new Promise((resolve) => proxy.getConnections((_, count) => resolve(count)));
  return { port: (proxy.address() as AddressInfo).port, open };
}

describe('the proof of trust', () => {
  it('is a handshake through the port of the agent, with the roots of the store alone', async () => {
    const running = await runAgent();
    const { port, caFile } = running;
    const own = readFileSync(caFile, 'utf8');
    expect(await proveTrust([own], { host, port })).toEqual({ ok: true });
    expect(await proveTrust([other.root, own], { host, port })).toEqual({ ok: true });
    expect(await running.rows()).toEqual([]);
  });

  it('fails for roots without ours, and says so', async () => {
    const { port } = await runAgent();
    expect(await proveTrust([other.root], { host, port })).toMatchObject({ ok: false, issuer: expect.stringMatching(/^Heimdall CA /) as string });
    expect(await proveTrust([], { host, port })).toMatchObject({ ok: false, reason: expect.stringContaining('the store is empty') as string });
  });

  it('names who else opens TLS, trusted or not', async () => {
    const { port, open } = await secondInspector();
    for (const roots of [[other.root], []]) {
      const proof = await proveTrust(roots, { host, port });
      expect(proof).toMatchObject({
        ok: false,
        issuer: expect.stringContaining('Zephyr Inspection Root') as string,
        reason: expect.stringContaining('another program opens TLS') as string,
      });
    }
    await eventually(async () => (await open()) === 0, 'no connection left open');
  });

  it('fails where nothing listens, and where nothing answers', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    expect(await proveTrust([], { host, port, patienceMs: 100 })).toMatchObject({ reason: expect.stringContaining('nothing answered in time') as string });
    silent.close();
    expect(await proveTrust([], { host, port })).toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') as string });
  });
});
