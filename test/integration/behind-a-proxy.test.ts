import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { basicLogin, startCorporateProxy } from '../fakes/corporate-proxy.ts';
import type { CorporateProxy, CorporateProxyOptions } from '../fakes/corporate-proxy.ts';
import { createAuthority } from '../fakes/certificates.ts';
import { startFakeGateway } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, dial, openHttp2, openTls, openTunnel, openWire, readStream, Wire } from './proxy-client.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';

const host = 'api.openai.com';
const chat = inferenceCall('openai-chat', 'hello');

async function provider(): Promise<FakeProvider> {
  const started = await startFakeProvider();
  onTestFinished(() => started.close());
  return started;
}

async function proxy(options: CorporateProxyOptions): Promise<CorporateProxy> {
  const started = await startCorporateProxy(options);
  onTestFinished(() => started.close());
  return started;
}

type Upstream = NonNullable<RunningAgentOptions['network']>['upstreamProxy'];

/** The whole agent, with nothing between it and the network but the proxy: no name is led anywhere by the settings. */
async function behind(options: CorporateProxyOptions, setting?: (port: number) => Upstream, more: RunningAgentOptions = {}) {
  const origin = await provider();
  const corporate = await proxy({ hosts: { [host]: origin.port }, ...options });
  const upstreamProxy = setting?.(corporate.port) ?? { url: `http://127.0.0.1:${corporate.port}` };
  const running = await runAgent({ roots: [origin.root], network: { upstreamProxy, connectTimeoutMs: 1_000 }, ...more });
  return { origin, corporate, running };
}

/** A call that cannot be completed: the words of the answer. */
async function refusal(running: RunningAgent): Promise<{ status: number; text: string; code: string | undefined }> {
  const answer = await call(running, host, chat);
  const record = (await running.rows(1)).at(-1)?.record;
  return { status: answer.status, text: answer.body.toString(), code: record?.error?.code };
}

describe('behind the proxy of an organisation', () => {
  it('calls reach their host by a tunnel, byte for byte, and a kept connection asks for no second one', async () => {
    const { origin, corporate, running } = await behind({});
    for (const status of [200, 200]) expect((await call(running, host, chat)).status).toBe(status);
    expect(corporate.asked.map(({ method, target }) => `${method} ${target}`)).toEqual([`CONNECT ${host}:443`]);
    expect(corporate.asked[0]?.head).not.toMatch(/sk-client-own|authorization/i);
    expect(origin.requests[0]?.body.toString()).toBe(chat.body);
    expect((await running.rows(2)).map(({ record }) => record.outcome)).toEqual(['forwarded', 'forwarded']);
    expect(running.agent.status().warnings).toEqual([]);
  });

  it('streams come event by event', async () => {
    const { origin, running } = await behind({});
    const request = inferenceCall('openai-chat', 'a story', { stream: true });
    const wire = await openWire(running, host);
    let steps = 0;
    let before = 0;
    origin.behave({
      gate: async () => {
        if (steps++ > 0) await eventually(() => wire.received.length > before, `event ${steps}`);
        before = wire.received.length;
      },
    });
    const body = String(request.body);
    wire.send(`POST ${request.path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await wire.until((text) => text.endsWith('0\r\n\r\n'), 'the whole stream');
    expect(steps).toBeGreaterThan(3);
  });

  it('HTTP/2 and WebSockets pass', async () => {
    const { origin, running } = await behind({});
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': chat.path, 'content-type': 'application/json' });
    stream.end(chat.body);
    expect((await readStream(stream)).status).toBe(200);
    expect(origin.requests[0]?.httpVersion).toBe('2');
    const tls = await openTls(running, host);
    const client = new WebSocket(`wss://${host}/v1/realtime`, { createConnection: () => tls });
    onTestFinished(() => client.terminate());
    const echo = new Promise<string>((resolve, reject) => client.on('message', (data: Buffer) => resolve(data.toString())).on('error', reject));
    client.on('open', () => client.send('over and back'));
    expect(await echo).toBe('over and back');
  });

  it("names are the proxy's to resolve: a host that only it knows is reached", async () => {
    const origin = await provider();
    const corporate = await proxy({ hosts: { 'only.inside.invalid:8443': origin.port } });
    const running = await runAgent({ network: { upstreamProxy: { url: `http://127.0.0.1:${corporate.port}` } } });
    const wire = new Wire(await openTunnel(running, 'only.inside.invalid:8443'));
    wire.send('GET / HTTP/1.1\r\n\r\n');
    await eventually(() => origin.connections === 1, 'the connection at the origin');
    expect(corporate.asked[0]?.target).toBe('only.inside.invalid:8443');
    wire.socket.destroy();
    expect(await running.onlyRecord()).toMatchObject({ kind: 'tunnel', outcome: 'tunnelled', host: 'only.inside.invalid', port: 8443 });
  });

  it('tunnels of hosts that are none of AI stay what they were: half-closed by one side, the other goes on', async () => {
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      let heard = '';
      socket.on('data', (piece: Buffer) => (heard += piece.toString()));
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { running } = await behind({ hosts: { 'git.example': (server.address() as AddressInfo).port } });
    const wire = new Wire(await openTunnel(running, 'git.example:22', { allowHalfOpen: true }));
    wire.socket.end('all of it');
    expect(await wire.untilClosed()).toBe('heard all of it');
    expect(await running.onlyRecord()).toMatchObject({ kind: 'tunnel', bytesFromClient: 9, bytesToClient: 15 });
  });

  it('a proxy that is down is named, and status says so', async () => {
    const origin = await provider();
    const running = await runAgent({ roots: [origin.root], network: { upstreamProxy: { url: 'http://127.0.0.1:1' } } });
    expect(await refusal(running)).toMatchObject({
      status: 502,
      code: 'proxy-unreachable',
      text: expect.stringMatching(/127\.0\.0\.1:1 cannot be used: [^]*ECONNREFUSED/) as string,
    });
    expect(running.agent.status()).toMatchObject({ state: 'degraded', warnings: [{ code: 'proxy-failed' }] });
  });

  it('addresses that clients may not reach stay refused, and the proxy is not asked', async () => {
    const { corporate, running } = await behind({ hosts: { '10.0.0.1': 1 } });
    for (const address of ['10.0.0.1:443', '169.254.169.254:80', 'localhost:443']) {
      const wire = dial(running);
      wire.send(`CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
      expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(corporate.asked).toEqual([]);
  });

  it('plain HTTP goes to it in absolute form, with the login, which the host does not see', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${JSON.stringify(request.headers['proxy-authorization'])}`);
      response.end('plain');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { corporate, running } = await behind(
      { hosts: { 'plain.example': (server.address() as AddressInfo).port }, login: basicLogin('ann', 'pa:ss') },
      (port) => ({ url: `http://127.0.0.1:${port}`, user: 'ann', password: 'pa:ss' }),
    );
    const wire = dial(running);
    wire.send('GET http://plain.example/x?y HTTP/1.1\r\nHost: plain.example\r\nConnection: close\r\n\r\n');
    expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 200 [^]*plain$/);
    expect(seen).toEqual(['GET /x?y plain.example undefined']);
    expect(corporate.asked[0]).toMatchObject({ method: 'GET', target: 'http://plain.example/x?y' });
  });

  it('the gateway is reached through it, unless it is an exception', async () => {
    const gateway = await startFakeGateway({});
    onTestFinished(() => gateway.close());
    const port = Number(new URL(gateway.url).port);
    const target = { id: 'central', kind: 'gateway' as const, url: 'http://gateway.corp.example', virtualKey: 'sk-bf-test' };
    for (const noProxy of [[], ['.corp.example']]) {
      const corporate = await proxy({ hosts: { 'gateway.corp.example': port } });
      const running = await runAgent({ targets: [target], network: { upstreamProxy: { url: `http://127.0.0.1:${corporate.port}`, noProxy } } });
      const answer = await call(running, host, chat);
      // Straight, this name leads nowhere: that is how it shows that the proxy was not asked.
      expect([answer.status, corporate.asked.length]).toEqual(noProxy.length === 0 ? [200, 1] : [503, 0]);
    }
  });

  it('a proxy that itself speaks TLS is used when its certificate is good, and named when it is not', async () => {
    const authority = createAuthority('Proxy Root');
    const certificate = authority.issue({ names: ['127.0.0.1'] });
    const origin = await provider();
    const corporate = await proxy({ hosts: { [host]: origin.port }, certificate });
    const upstreamProxy = { url: `https://127.0.0.1:${corporate.port}` };
    const good = await runAgent({ roots: [origin.root, authority.root], network: { upstreamProxy } });
    expect((await call(good, host, chat)).status).toBe(200);
    const bad = await runAgent({ roots: [origin.root], network: { upstreamProxy } });
    expect(await refusal(bad)).toMatchObject({
      status: 502,
      code: 'proxy-unreachable',
      text: expect.stringContaining('certificate cannot be verified') as string,
    });
  });
});

describe('a proxy that asks for a login', () => {
  it('gets user and password of the settings, and on the next connection at once', async () => {
    const { corporate, running } = await behind({ login: basicLogin('ann', 'pässword:1') }, (port) => ({
      url: `http://127.0.0.1:${port}`,
      user: 'ann',
      password: 'pässword:1',
    }));
    expect((await call(running, host, chat)).status).toBe(200);
    corporate.cut();
    await eventually(() => corporate.tunnels.length === 0, 'the end of the tunnel');
    expect((await call(running, host, chat)).status).toBe(200);
    expect(corporate.asked.map(({ authorization }) => authorization?.split(' ')[0])).toEqual([undefined, 'Basic', 'Basic']);
  });

  it('gets those of its URL, too, and of a password in the environment', async () => {
    const first = await behind({ login: basicLogin('bob', 'x y') }, (port) => ({ url: `http://bob:x%20y@127.0.0.1:${port}` }));
    expect((await call(first.running, host, chat)).status).toBe(200);
    const second = await behind(
      { login: basicLogin('bob', 'x y') },
      (port) => ({ url: `http://127.0.0.1:${port}`, user: 'bob', password: { env: 'PROXY_PW' } }),
      {
        env: { PROXY_PW: 'x y' },
      },
    );
    expect((await call(second.running, host, chat)).status).toBe(200);
  });

  it.each([
    ['a wrong password', { user: 'ann', password: 'wrong' }, ['Basic realm="x"'], /does not accept the user "ann"/],
    ['no password at all', {}, ['Basic realm="x"'], /Set user and password under network\.upstreamProxy/],
    ['NTLM alone', { user: 'ann', password: 'x' }, ['NTLM'], /it offers NTLM, and Heimdall logs in by Basic and Negotiate only/],
    ['nothing it says', { user: 'ann', password: 'x' }, [], /offers no scheme at all/],
  ])('and gets %s: the proxy is named as the culprit, nothing is asked for ever, and status says so', async (_what, login, offers, words) => {
    const { corporate, running, origin } = await behind({ login: { offers, accepts: () => false } }, (port) => ({ url: `http://127.0.0.1:${port}`, ...login }));
    const { status, text, code } = await refusal(running);
    expect([status, code]).toEqual([502, 'proxy-auth']);
    expect(text).toContain(`127.0.0.1:${corporate.port}`);
    expect(text).toContain('407');
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringMatching(words) as string } });
    expect(corporate.asked.length).toBeLessThan(4);
    expect(origin.connections).toBe(0);
    expect(running.agent.status()).toMatchObject({ state: 'degraded', warnings: [{ code: 'proxy-failed' }] });
    expect(JSON.stringify(running.agent.status())).not.toContain('wrong');
  });
});

describe('a proxy that fails', () => {
  it.each([
    ['resets', 'reset', 'proxy-unreachable', /broke the connection off/],
    ['closes', 'close', 'proxy-unreachable', /closed the connection without an answer/],
    ['hangs', 'hang', 'proxy-unreachable', /did not answer within 1000 ms/],
    ['answers garbage', { answer: 'SSH-2.0-OpenSSH\r\n' }, 'proxy-unreachable', /not HTTP; is it a proxy/],
    ['has no end to its head', { answer: `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}` }, 'proxy-unreachable', /head that has no end/],
    [
      'refuses the host',
      { answer: 'HTTP/1.1 403 Blocked by category\r\nContent-Length: 0\r\n\r\n' },
      'proxy-refused',
      /refused the connection to api\.openai\.com:443 \(403 Blocked by category\)/,
    ],
    ['cannot reach the host', { answer: 'HTTP/1.1 504 Gateway Timeout\r\n\r\n' }, 'proxy-refused', /could not reach api\.openai\.com:443 \(504/],
  ] as const)('that %s is named', async (_what, fault, expected, words) => {
    const { corporate, running } = await behind({ fault });
    const { text, code } = await refusal(running);
    expect(code).toBe(expected);
    expect(text).toContain(`127.0.0.1:${corporate.port}`);
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringMatching(words) as string } });
  });

  it('by dying in mid-stream is told in the stream, as when the host does', async () => {
    const { origin, corporate, running } = await behind({});
    const wire = await openWire(running, host);
    let steps = 0;
    origin.behave({
      gate: () => {
        if (++steps === 4) corporate.cut();
        return new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    const body = String(inferenceCall('openai-chat', 'x', { stream: true }).body);
    wire.send(`POST ${chat.path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await wire.until((text) => text.includes('heimdall_upstream-closed'), 'the word of the end');
    expect(await running.onlyRecord()).toMatchObject({ error: { code: 'upstream-closed' } });
  });

  it('recovers: the warning goes with the first call that passes', async () => {
    let isOpen = false;
    const { running } = await behind({ login: { offers: ['Basic'], accepts: () => isOpen } }, (port) => ({ url: `http://a:b@127.0.0.1:${port}` }));
    expect((await call(running, host, chat)).status).toBe(502);
    expect(running.agent.status().warnings).toHaveLength(1);
    isOpen = true;
    expect((await call(running, host, chat)).status).toBe(200);
    expect(running.agent.status().warnings).toEqual([]);
  });
});

describe('behind a PAC file', () => {
  /** `BAD` and `GOOD` in the text become a dead port and the proxy's. */
  const pacAt = (folder: string, text: string) => (port: number) => {
    const file = join(folder, 'corp.pac');
    writeFileSync(file, text.replaceAll('GOOD', `127.0.0.1:${port}`).replaceAll('BAD', '127.0.0.1:1'));
    return { pac: pathToFileURL(file).href };
  };

  it('calls take the proxies it names in their order, past one that is down', async () => {
    const pac = 'function FindProxyForURL(url, host) { return dnsDomainIs(host, ".openai.com") ? "PROXY BAD; SOCKS BAD; PROXY GOOD" : "DIRECT"; }';
    const { corporate, running } = await behind({}, pacAt(temporaryFolder(), pac));
    expect((await call(running, host, chat)).status).toBe(200);
    expect(corporate.asked).toHaveLength(1);
  });

  it.each([
    ['is no JavaScript', 'function FindProxyForURL( {', /proxy-pac-failed.*corp\.pac: /],
    ['never ends while it is loaded', 'while (true) {}', /did not end within/],
    ['never ends when it is asked', 'function FindProxyForURL() { for (;;) {} }', /did not end within/],
    ['throws', 'function FindProxyForURL() { throw new Error("no idea"); }', /no idea/],
    ['answers a number', 'function FindProxyForURL() { return 7; }', /not a text/],
    ['eats memory', 'function FindProxyForURL() { var a = []; for (;;) a.push(new Array(100000).join("x")); }', /did not end within|out of memory/],
  ])('that %s: straight out, with a warning, and never stuck', async (_what, pac, words) => {
    const running = await runAgent({ network: { upstreamProxy: pacAt(temporaryFolder(), pac)(1) } });
    const wire = dial(running);
    wire.send('CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: nowhere.invalid:443\r\n\r\n');
    // Only who goes straight out resolves the name himself.
    expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 502 [^]*nowhere\.invalid does not resolve/);
    expect(JSON.stringify(running.agent.status().warnings)).toMatch(words);
    expect(running.agent.status()).toMatchObject({ state: 'protected' });
  });
});
