import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { inferenceCall } from './inference-call.ts';
import { call } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';

const chat = inferenceCall('openai-chat', 'hello');

async function withBoth() {
  const [gateway, provider] = [await startFakeGateway({}), await startFakeProvider()];
  onTestFinished(() => gateway.close());
  onTestFinished(() => provider.close());
  const central = { id: 'central', kind: 'gateway' as const, url: gateway.url, virtualKey: 'sk-bf-test' };
  return { gateway, provider, central, hosts: { 'api.openai.com': provider } };
}

describe('a call on behalf of a page of another site', () => {
  it.each([{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])(
    'with %o gets no virtual key: it goes where the page meant it',
    async (marks) => {
      const { gateway, provider, central, hosts } = await withBoth();
      const running = await runAgent({ hosts, targets: [central] });
      await call(running, chat.host, { ...chat, headers: { 'content-type': 'text/plain', ...marks } });
      expect(gateway.requests).toHaveLength(0);
      expect(provider.requests).toHaveLength(1);
      expect(provider.requests[0]?.headers.join('\n')).not.toContain('sk-bf-test');
      expect(await running.onlyRecord()).toMatchObject({ target: 'origin', outcome: 'forwarded' });
    },
  );

  it.each(['vscode-file://vscode-app', 'https://api.openai.com'])('but one of %s is a program or the site itself, and is routed', async (origin) => {
    const { gateway, central, hosts } = await withBoth();
    const running = await runAgent({ hosts, targets: [central] });
    expect((await call(running, chat.host, { ...chat, headers: { ...chat.headers, origin } })).status).toBe(200);
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('an origin behind a gateway in the settings', () => {
  it('is used while the gateway is down, as failed-open and with a warning, never in silence', async () => {
    const { gateway, provider, central, hosts } = await withBoth();
    await gateway.close();
    const running = await runAgent({ hosts, targets: [central, { id: 'direct', kind: 'origin' }] });
    for (const attempts of [2, 1]) {
      expect((await call(running, chat.host, chat)).status).toBe(200);
      const last = (await running.rows(3 - attempts)).at(-1)?.record;
      expect(last).toMatchObject({ outcome: 'failed-open', target: 'direct' });
      expect(last?.attempts).toHaveLength(attempts);
    }
    expect(provider.requests).toHaveLength(2);
    expect(running.agent.status()).toMatchObject({ state: 'degraded', warnings: [{ code: 'gateway-down-open' }] });
  });
});

describe('a gateway that takes the call and never answers', () => {
  it('is not gone past, even with onGatewayDown open: the call could be billed twice', async () => {
    const silent = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { provider, hosts } = await withBoth();
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const running = await runAgent({
      hosts,
      targets: [{ id: 'silent', kind: 'gateway', url, virtualKey: 'sk-bf-test' }],
      policy: { version: 1, failures: { onGatewayDown: 'open' } },
      network: { answerTimeoutMs: 300 },
    });
    expect((await call(running, chat.host, chat)).status).toBe(503);
    expect(provider.requests).toHaveLength(0);
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'failed-closed', attempts: [{ error: 'upstream-timeout' }] });
  });
});
