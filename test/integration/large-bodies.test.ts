import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority } from '../fakes/certificates.ts';
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

  it('of an answer waits at the origin while the client does not read, and comes whole once it does', { timeout: 60_000 }, async () => {
    const authority = createAuthority();
    const total = blocks * 4;
    let poured = 0;
    const server = createServer({ ...authority.issue({ names: [host] }), noDelay: true }, (socket) => {
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined);
      const pour = (): void => {
        let hasRoom = true;
        for (; poured < total && hasRoom; poured++) hasRoom = socket.write(block);
      };
      socket.on('drain', pour);
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total * block.length}\r\n\r\n`);
        pour();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const running = await runAgent({ hosts: { [host]: { port: (server.address() as AddressInfo).port, root: authority.root } } });
    const socket = await openTls(running, host);
    socket.write(`GET /v1/files/x/content HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await eventually(() => poured > 0, 'the answer to begin');
    await standingStill(() => poured);
    expect(poured).toBeLessThan(blocks);
    let received = 0;
    socket.on('data', (piece: Buffer) => (received += piece.length));
    await eventually(() => received > total * block.length, 'the whole answer');
    expect(await running.onlyRecord()).toMatchObject({ status: 200, bytesToClient: total * block.length });
  });

  it('of an upload stops at an origin that does not read', { timeout: 60_000 }, async () => {
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
    await standingStill(() => accepted);
    expect(accepted).toBeLessThan(blocks);
  });
});

/** Waits until a count has not moved for a while: buffers on the way are full. */
async function standingStill(count: () => number): Promise<void> {
  let before = -1;
  await eventually(async () => {
    const isStill = count() === before;
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return isStill;
  }, 'the stream to stand still');
}
