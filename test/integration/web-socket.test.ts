import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { onWholeRequest, startRawOrigin } from '../fakes/raw-origin.ts';
import { eventually } from './eventually.ts';
import { openTls, openWire } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

const host = 'api.openai.com';

async function openSocket(running: RunningAgent, path = '/v1/realtime?model=x'): Promise<WebSocket> {
  const socket: Duplex = await openTls(running, host, { ca: readFileSync(running.caFile) });
  const client = new WebSocket(`wss://${host}${path}`, { createConnection: () => socket, headers: { authorization: 'Bearer sk-client-own' } });
  onTestFinished(() => client.terminate());
  await new Promise((resolve, reject) => {
    client.once('open', resolve);
    client.once('error', reject);
  });
  return client;
}

async function withProvider(): Promise<{ provider: FakeProvider; running: RunningAgent }> {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  return { provider, running: await runAgent({ hosts: { [host]: provider } }) };
}

describe('a WebSocket', () => {
  it('passes frame by frame: text, binary, fragments, ping, and the code of its close', async () => {
    const { provider, running } = await withProvider();
    const client = await openSocket(running);
    const messages: { data: Buffer; binary: boolean }[] = [];
    let pong = '';
    client.on('message', (data: Buffer, binary) => messages.push({ data, binary }));
    client.on('pong', (data) => (pong = data.toString()));
    client.ping('beat');
    client.send('text é 😀');
    client.send(Buffer.from([0, 255, 1, 254]));
    client.send('in ', { fin: false });
    client.send('pieces', { fin: true });
    const large = Buffer.alloc(300_000, 7);
    client.send(large);
    await eventually(() => messages.length === 4 && pong === 'beat', 'the echo');
    expect(messages.map(({ binary }) => binary)).toEqual([false, true, false, true]);
    expect(messages[0]?.data.toString()).toBe('text é 😀');
    expect(messages[1]?.data).toEqual(Buffer.from([0, 255, 1, 254]));
    expect(messages[2]?.data.toString()).toBe('in pieces');
    expect(messages[3]?.data.equals(large)).toBe(true);
    client.close(4321, 'enough');
    await eventually(() => provider.sockets[0]?.closeCode === 4321, 'the close at the provider');
    expect(provider.sockets[0]?.path).toBe('/v1/realtime?model=x');
    expect(provider.sockets[0]?.headers).toContain('Bearer sk-client-own');
    const record = await running.onlyRecord();
    expect(record).toMatchObject({ kind: 'exchange', outcome: 'native', status: 101, path: '/v1/realtime' });
    expect(record.bytesFromClient).toBeGreaterThan(300);
    expect(record.bytesToClient).toBeGreaterThan(300);
  });

  it('that the origin refuses gets the answer of the origin', async () => {
    const refusal = 'HTTP/1.1 401 Unauthorized\r\nX-Why: key\r\nContent-Length: 2\r\n\r\nno';
    const origin = await startRawOrigin(onWholeRequest(refusal));
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { [host]: origin } });
    const wire = await openWire(running, host);
    wire.send(`GET /v1/realtime HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`);
    expect(await wire.until((text) => text.endsWith('no'))).toBe(refusal);
    expect(origin.connections[0]?.received.toString('latin1')).toContain('\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
  });

  it('passes bytes that either side sends right behind its head', async () => {
    const origin = await startRawOrigin((connection) => {
      const text = connection.received.toString('latin1');
      if (text.endsWith('\r\n\r\n')) connection.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly frames');
      if (text.endsWith('client frames')) connection.end();
    });
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { [host]: origin } });
    const wire = await openWire(running, host);
    wire.send(`GET /v1/realtime HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await wire.until((text) => text.endsWith('\r\n\r\nearly frames'));
    wire.send('client frames');
    await wire.untilClosed();
    expect(await running.onlyRecord()).toMatchObject({ status: 101, bytesFromClient: 13, bytesToClient: 12 });
  });
});
