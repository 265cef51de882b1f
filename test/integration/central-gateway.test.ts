import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority } from '../fakes/certificates.ts';
import { startFakeGateway } from '../fakes/gateway.ts';
import type { FakeGateway, FakeGatewayOptions } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { dialects, hostsOfDialects, inferenceCall } from './inference-call.ts';
import { call, openHttp2, readStream } from './proxy-client.ts';
import type { ClientAnswer } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';

const key = 'sk-bf-test';

const gatewayAt = (url: string, id = 'central') => ({ id, kind: 'gateway' as const, url, virtualKey: key });

async function withGateway(options: FakeGatewayOptions = {}, agent: RunningAgentOptions = {}): Promise<{ gateway: FakeGateway; running: RunningAgent }> {
  const gateway = await startFakeGateway(options);
  onTestFinished(() => gateway.close());
  return { gateway, running: await runAgent({ targets: [gatewayAt(gateway.url)], ...agent }) };
}

async function withProvider() {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  return { provider, hosts: Object.fromEntries(hostsOfDialects.map((host) => [host, provider])) };
}

const errorText = (answer: ClientAnswer): string => {
  const parsed = JSON.parse(answer.body.toString()) as { error: { message: string } };
  return parsed.error.message;
};

describe('a call through the gateway', () => {
  const paths = {
    'openai-chat': '/openai/v1/chat/completions',
    'openai-responses': '/openai/v1/responses',
    'openai-embeddings': '/openai/v1/embeddings',
    'anthropic-messages': '/anthropic/v1/messages',
    gemini: '/genai/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
  } as const;

  it.for(dialects)('in %s takes its path, carries the virtual key and not the credential of the client', async (dialect) => {
    const { gateway, running } = await withGateway();
    const request = inferenceCall(dialect, 'hello', { stream: true });
    const path = dialect === 'gemini' ? `${request.path}&key=client-own-key` : request.path;
    const headers = { ...request.headers, 'x-bf-session-id': 'session-7', 'x-bf-vk': 'sk-bf-spoofed', 'X-Bifrost-Agent': 'spoof', cookie: 'login=client-own' };
    const answer = await call(running, request.host, { ...request, path, headers });
    expect(answer.status).toBe(200);
    const [recorded] = gateway.requests;
    expect(recorded?.path).toBe(paths[dialect]);
    expect(recorded?.headerAll('x-bf-vk')).toEqual([key]);
    expect(recorded?.headerAll('x-bifrost-agent')).toEqual(['heimdall/0.1.0']);
    expect(recorded?.header('x-bf-session-id')).toBe('session-7');
    expect(recorded?.header('host')).toBe(new URL(gateway.url).host);
    expect(recorded?.body.toString()).toBe(request.body);
    expect(JSON.stringify([recorded?.path, recorded?.headers])).not.toContain('client-own');
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'forwarded', target: 'central', targetKind: 'gateway', dialect, stream: true });
  });

  it('uses TLS to the gateway, verified, and keeps a path before its routes', async () => {
    const authority = createAuthority();
    const gateway = await startFakeGateway({ certificate: authority.issue({ names: ['gateway.corp.example'] }) });
    onTestFinished(() => gateway.close());
    const network = { connectTo: { 'gateway.corp.example': `127.0.0.1:${gateway.port}` } };
    const request = inferenceCall('openai-chat', 'hello');
    const targets = [gatewayAt('https://gateway.corp.example/team/a/')];
    const distrusting = await runAgent({ targets, network });
    expect((await call(distrusting, request.host, request)).status).toBe(503);
    expect((await distrusting.onlyRecord()).attempts).toMatchObject([{ error: 'upstream-certificate' }]);
    expect(gateway.requests).toHaveLength(0);
    const trusting = await runAgent({ targets, network, roots: [authority.root] });
    await call(trusting, request.host, request);
    expect(gateway.requests[0]?.path).toBe('/team/a/openai/v1/chat/completions');
    expect(gateway.requests[0]?.header('host')).toBe('gateway.corp.example');
  });

  it('goes on over HTTP/2 from the client', async () => {
    const { gateway, running } = await withGateway();
    const { host, path, headers, body } = inferenceCall('anthropic-messages', 'hello', { stream: true });
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    stream.end(body);
    expect((await readStream(stream)).status).toBe(200);
    expect(gateway.requests[0]?.header('x-bf-vk')).toBe(key);
  });

  it('leaves native requests to their own host, with the credential of the client', async () => {
    const { provider, hosts } = await withProvider();
    const { gateway, running } = await withGateway({}, { hosts });
    const answer = await call(running, 'api.openai.com', { path: '/v1/models', headers: { authorization: 'Bearer sk-client-own' } });
    expect(answer.status).toBe(200);
    expect(gateway.requests).toHaveLength(0);
    expect(provider.requests[0]?.header('authorization')).toBe('Bearer sk-client-own');
    expect(provider.requests[0]?.header('x-bf-vk')).toBeUndefined();
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'native', dialect: 'native', targetKind: 'origin' });
  });
});

describe('a refusal', () => {
  const own = [
    ['virtual_key_required', 401],
    ['budget_exceeded', 402],
    ['model_blocked', 403],
    ['rate_limited', 429],
  ] as const;

  it.for(own)('of the gateway itself (%s) is answered in the dialect, naming the gateway', async ([type, status]) => {
    for (const dialect of ['openai-chat', 'openai-responses', 'anthropic-messages'] as const) {
      const { gateway, running } = await withGateway();
      gateway.behave({ refuse: type, retryAfter: '17' });
      const request = inferenceCall(dialect, 'hello', { stream: true });
      const answer = await call(running, request.host, request);
      expect(answer.status).toBe(status);
      expect(errorText(answer)).toMatch(/gateway of your organisation/);
      expect(errorText(answer)).toContain(type);
      if (status === 429) expect(answer.header('retry-after')).toBe('17');
      expect(await running.onlyRecord()).toMatchObject({ outcome: 'refused', status, target: 'central', error: { code: 'gateway-rejected' } });
      expect(running.agent.status().warnings.map(({ code }) => code)).toContain(/budget|rate/.test(type) ? 'gateway-limit' : 'gateway-rejected');
    }
  });

  it('of the provider behind the gateway reaches the client byte for byte', async () => {
    for (const dialect of dialects) {
      const { gateway, running } = await withGateway();
      gateway.behave({ providerError: { status: 429, message: 'Slow down, says the provider', retryAfter: '23' } });
      const request = inferenceCall(dialect, 'hello');
      const answer = await call(running, request.host, request);
      expect(answer.status).toBe(429);
      expect(answer.header('retry-after')).toBe('23');
      expect(errorText(answer)).toBe('Slow down, says the provider');
      expect(answer.body.toString()).not.toMatch(/heimdall|organisation/i);
      const record = await running.onlyRecord();
      expect(record).toMatchObject({ outcome: 'forwarded', status: 429, attempts: [{ target: 'central', status: 429 }] });
      expect(record.error).toBeUndefined();
    }
  });
});

describe('a gateway that is not there', () => {
  /** Nobody listens on port 1; a port that was free a moment ago may belong to another test by now. */
  const nowhere = 'http://127.0.0.1:1';

  it('is told as such in every dialect, and the call goes nowhere else', async () => {
    const { provider, hosts } = await withProvider();
    for (const dialect of dialects) {
      const running = await runAgent({ hosts, targets: [gatewayAt(nowhere)] });
      const request = inferenceCall(dialect, 'hello', { stream: true });
      const answer = await call(running, request.host, request);
      expect(answer.status).toBe(503);
      expect(errorText(answer)).toMatch(/gateway of your organisation cannot be reached/);
      expect(await running.onlyRecord()).toMatchObject({
        outcome: 'failed-closed',
        error: { code: 'gateway-unreachable' },
        attempts: [{ error: 'connect-failed' }],
      });
      expect(running.agent.status()).toMatchObject({ state: 'blocked', targets: [{ id: 'central', state: 'down' }] });
    }
    expect(provider.requests).toHaveLength(0);
  });

  it('is passed by on a surface whose policy says so, and that is recorded as failed-open', async () => {
    const { provider, hosts } = await withProvider();
    const policy = { version: 1, failures: { onGatewayDown: 'closed' }, surfaces: [{ provider: 'anthropic', onGatewayDown: 'open' }] };
    const running = await runAgent({ hosts, policy, targets: [gatewayAt(nowhere)] });
    const open = inferenceCall('anthropic-messages', 'hello');
    const closed = inferenceCall('openai-chat', 'hello');
    expect((await call(running, open.host, open)).status).toBe(200);
    expect((await call(running, closed.host, closed)).status).toBe(503);
    expect(provider.requests.map((request) => request.header('x-api-key'))).toEqual(['sk-ant-client-own']);
    expect(provider.requests[0]?.header('x-bf-vk')).toBeUndefined();
    const rows = await running.rows(2);
    expect(rows.map(({ record }) => record.outcome)).toEqual(['failed-open', 'failed-closed']);
  });

  it('is too slow to connect to: the call does not wait longer than it is told', async () => {
    // Never accepts: the handshake of TLS gets no answer.
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const running = await runAgent({ targets: [gatewayAt(`https://127.0.0.1:${port}`)], network: { connectTimeoutMs: 100 } });
    const request = inferenceCall('openai-chat', 'hello');
    const answer = await call(running, request.host, request);
    expect(answer.status).toBe(503);
    expect(await running.onlyRecord()).toMatchObject({ attempts: [{ error: 'connect-timeout' }] });
  });

  it('does not answer in time: the call is not sent to another, which could bill it twice', async () => {
    const second = await startFakeGateway();
    onTestFinished(() => second.close());
    const first = await startFakeGateway();
    onTestFinished(() => first.close());
    first.behave({ instead: 'hang' });
    const running = await runAgent({ targets: [gatewayAt(first.url, 'first'), gatewayAt(second.url, 'second')], network: { answerTimeoutMs: 150 } });
    const request = inferenceCall('openai-chat', 'hello');
    expect((await call(running, request.host, request)).status).toBe(503);
    expect(second.requests).toHaveLength(0);
    expect(await running.onlyRecord()).toMatchObject({ attempts: [{ target: 'first', error: 'upstream-timeout' }] });
  });

  it('is replaced by the second gateway, whose answer clears the warning', async () => {
    const second = await startFakeGateway();
    onTestFinished(() => second.close());
    const running = await runAgent({ targets: [gatewayAt(nowhere, 'first'), gatewayAt(second.url, 'second')] });
    const request = inferenceCall('openai-chat', 'hello');
    expect((await call(running, request.host, request)).status).toBe(200);
    expect((await call(running, request.host, request)).status).toBe(200);
    const rows = await running.rows(2);
    expect(rows[0]?.record).toMatchObject({
      target: 'second',
      outcome: 'forwarded',
      attempts: [
        { target: 'first', error: 'connect-failed' },
        { target: 'second', status: 200 },
      ],
    });
    expect(rows[1]?.record.attempts).toMatchObject([{ target: 'second', status: 200 }]);
    expect(running.agent.status()).toMatchObject({
      state: 'protected',
      targets: [
        { id: 'first', state: 'down' },
        { id: 'second', state: 'up' },
      ],
    });
  });

  it('comes back: calls go through it again and the state says so', async () => {
    const gateway = await startFakeGateway();
    const running = await runAgent({ targets: [gatewayAt(gateway.url)] });
    await gateway.close();
    const request = inferenceCall('openai-chat', 'hello');
    expect((await call(running, request.host, request)).status).toBe(503);
    expect(running.agent.status().state).toBe('blocked');
    const again = await startFakeGateway({ port: gateway.port });
    onTestFinished(() => again.close());
    await eventually(async () => (await call(running, request.host, request)).status === 200, 'the gateway to be used again');
    expect(running.agent.status().state).toBe('protected');
  });

  it('resets before it has answered: the same one is asked once more; and what dies in mid-stream never has a clean-looking end', async () => {
    for (const dialect of dialects) {
      const { gateway, running } = await withGateway();
      gateway.behave((_, index) => (index === 0 ? { instead: 'reset' } : { breakAfter: { chunks: 2, how: 'destroy' } }));
      const request = inferenceCall(dialect, 'hello', { stream: true });
      const broken = await call(running, request.host, request);
      expect(broken.status).toBe(200);
      const last = broken.body.toString().trimEnd().split('\n\n').at(-1) ?? '';
      expect(last).toMatch(/Heimdall could not complete the call/);
      const record = await running.onlyRecord();
      expect(record).toMatchObject({ error: { code: 'upstream-closed' } });
      expect(record.attempts).toMatchObject([{ error: 'upstream-closed' }, { status: 200, error: 'upstream-closed' }]);
    }
  });
});

describe('the virtual key', () => {
  it('is in no file, log, status, control answer or argument of the agent', async () => {
    const secret = 'sk-bf-9f8e7d6c-5b4a-secret';
    const gateway = await startFakeGateway({ virtualKeys: [secret] });
    onTestFinished(() => gateway.close());
    const running = await runAgent({
      targets: [{ id: 'central', kind: 'gateway', url: gateway.url, virtualKey: { env: 'THE_KEY' } }],
      env: { THE_KEY: secret },
    });
    const request = inferenceCall('openai-chat', 'hello');
    expect((await call(running, request.host, request)).status).toBe(200);
    gateway.behave({ refuse: 'access_not_found' });
    expect((await call(running, request.host, request)).status).toBe(401);
    gateway.behave({ instead: 'reset' });
    expect((await call(running, request.host, request)).status).toBe(503);
    expect(gateway.requests[0]?.header('x-bf-vk')).toBe(secret);
    const rows = await running.rows(3);
    const control = await running.control();
    const said = [
      rows,
      running.agent.status(),
      await control.call('status.get', {}),
      await control.call('audit.query', {}),
      await control.call('policy.get', {}),
      await control.call('ca.get', {}),
    ];
    expect(JSON.stringify(said)).not.toContain(secret);
    if (process.platform === 'linux') expect(readFileSync('/proc/self/cmdline', 'latin1')).not.toContain(secret);
    await running.close();
    const files = readdirSync(running.folder, { recursive: true, encoding: 'utf8' }).map((name) => join(running.folder, name));
    const readable = files.filter((file) => statSync(file).isFile());
    expect(readable.length).toBeGreaterThan(4);
    for (const file of readable) expect(readFileSync(file).includes(secret), file).toBe(false);
  });
});
