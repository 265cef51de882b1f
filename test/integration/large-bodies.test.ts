import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import { startRawOrigin } from '../fakes/raw-origin.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, openHttp2, openTls, openWire, readStream } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';

const host = 'api.openai.com';
const block = randomBytes(65_536);
const blocks = 320; // 20 MiB
const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a body of 20 MiB', () => {
  it('comes and goes whole over HTTP/1.1 and HTTP/2', { timeout: 60_000 }, async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    provider.behave({ answer: { status: 200, headers: ['content-type', 'application/octet-stream'], chunks: Array.from({ length: blocks }, () => block) } });
    const running = await runAgent({ hosts: { [host]: provider } });
    const body = Buffer.concat(Array.from({ length: blocks }, () => block));
    const answer = await call(running, host, { path: '/v1/files', body });
    expect(digestOf(answer.body)).toBe(digestOf(body));
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': '/v1/files' });
    stream.end(body);
    expect(digestOf((await readStream(stream)).body)).toBe(digestOf(body));
    for (const request of provider.requests) expect(digestOf(request.body)).toBe(digestOf(body));
    const rows = await running.rows(2);
    for (const { record } of rows) expect(record).toMatchObject({ bytesFromClient: body.length, bytesToClient: body.length });
  });

  it('as an inference call within the limit is read and forwarded whole', { timeout: 60_000 }, async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    const running = await runAgent({ hosts: { [host]: provider } });
    const request = inferenceCall('openai-chat', 'lorem ipsum '.repeat(1_700_000));
    expect((await call(running, host, request)).status).toBe(200);
    expect(digestOf(provider.requests[0]?.body ?? Buffer.alloc(0))).toBe(digestOf(Buffer.from(String(request.body))));
  });

  it('waits in its sender while the receiver does not read, in both directions', { timeout: 60_000 }, async () => {
    let written = 0;
    let drained = true;
    const origin = await startRawOrigin((connection) => {
      if (!drained || !connection.received.toString('latin1', 0, 8192).includes('GET /')) return;
      drained = false;
      connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${blocks * 4 * block.length}\r\n\r\n`);
      const pour = (): void => {
        for (let batch = 0; batch < 16 && written < blocks * 4; batch++, written++) connection.write(block);
        if (written < blocks * 4) setTimeout(pour, 1);
      };
      pour();
    });
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { [host]: origin } });
    const socket = await openTls(running, host);
    socket.write(`GET /v1/files/x/content HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await eventually(() => written === blocks * 4, 'the origin to have tried to send it all');
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Nobody has read: what the agent took is what sockets and streams hold, not the 80 MiB.
    const taken = running.agent.status();
    expect(taken.counters.exchanges).toBe(0);
    let received = 0;
    socket.on('data', (piece: Buffer) => (received += piece.length));
    await eventually(() => received > blocks * 4 * block.length, 'the whole answer');
  });

  it('of an upload stops at an origin that does not read', { timeout: 60_000 }, async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    const stalled = await startRawOrigin(() => undefined, { pauseOnConnect: true });
    onTestFinished(() => stalled.close());
    const running = await runAgent({ hosts: { [host]: stalled } });
    const wire = await openWire(running, host);
    wire.send(`POST /v1/files HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${blocks * 4 * block.length}\r\n\r\n`);
    let accepted = 0;
    const pour = (): void => {
      while (accepted < blocks * 4 && wire.socket.write(block)) accepted += 1;
      accepted += 1;
    };
    wire.socket.on('drain', pour);
    pour();
    let before = -1;
    await eventually(async () => {
      const still = accepted === before;
      before = accepted;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return still;
    }, 'the upload to stand still');
    expect(accepted).toBeLessThan(blocks);
  });
});
