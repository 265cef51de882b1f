import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { callOn, openHttp2, openTls, readStream, Wire } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';

const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

describe('a long life', () => {
  it('of 500 streams that clients abandon leaves no connection behind', { timeout: 120_000 }, async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    provider.behave({ paceMs: 50 });
    const { host, path, headers = {}, body } = inferenceCall('openai-chat', 'a long story', { stream: true });
    const running = await runAgent({ hosts: { [host]: provider } });
    const before = sockets();
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    const abandon = async (): Promise<void> => {
      const wire = new Wire(await openTls(running, host));
      wire.send(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\n${head.join('')}Content-Length: ${String(body).length}\r\n\r\n${String(body)}`);
      await wire.until((text) => text.includes('data:'), 'the first event');
      wire.socket.destroy();
    };
    for (let turn = 0; turn < 25; turn++) await Promise.all(Array.from({ length: 20 }, abandon));
    const rows = await running.rows(500);
    expect(rows.filter(({ record }) => record.outcome === 'client-aborted')).toHaveLength(500);
    await eventually(() => provider.requests.every(({ ended }) => ended !== undefined), 'the end of every call at the provider');
    await eventually(() => sockets() <= before + 2, `the sockets to be gone (${sockets()} of ${before} are left)`);
  });

  it('of a connection with 1000 requests grows no listeners, over HTTP/1.1 and HTTP/2', { timeout: 120_000 }, async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    const { host, path, headers, body } = inferenceCall('openai-chat', 'hello');
    const running = await runAgent({ hosts: { [host]: provider } });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.removeListener('warning', onWarning));
    const socket = await openTls(running, host);
    for (let turn = 0; turn < 500; turn++) await callOn(socket, host, { path, headers: headers ?? {}, body: String(body) });
    const session = await openHttp2(running, host);
    for (let turn = 0; turn < 500; turn++) {
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
      stream.end(body);
      await readStream(stream);
    }
    expect(provider.connections).toBeLessThanOrEqual(2);
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
    expect(await running.rows(1000)).toHaveLength(1000);
  });
});
