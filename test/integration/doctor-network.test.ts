// Networks, providers, gateways and proxies that are broken on purpose: for each, the doctor names who is to blame and what to do.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AddressGuard } from '../../src/proxy/address-guard.ts';
import { Connector } from '../../src/proxy/upstream/connector.ts';
import { providerHosts } from '../../src/doctor/upstream-exams.ts';
import { createAuthority } from '../fakes/certificates.ts';
import { startFakeGateway } from '../fakes/gateway.ts';
import type { FakeGatewayOptions } from '../fakes/gateway.ts';
import { blames, checksOf, fakeProviders, makePatient } from './doctor-patient.ts';
import type { PatientOptions } from './doctor-patient.ts';

const names = providerHosts().map(({ host }) => host);
const online = { network: true } as const;
const openaiOf = async (options: PatientOptions) => (await checksOf(await makePatient(options), online)).get('provider-openai');

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

async function gatewayOf(options: FakeGatewayOptions = {}) {
  const gateway = await startFakeGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

const targetsOf = (url: string, virtualKey = 'sk-bf-test') => ({ targets: [{ id: 'g', kind: 'gateway' as const, url, virtualKey }] });

describe('doctor: providers', () => {
  it('says of good ones that they can be reached', async () => {
    const { port, root } = await fakeProviders();
    const checks = await checksOf(await makePatient({ providerPort: port, roots: [root] }), online);
    for (const { provider } of providerHosts()) expect(checks.get(`provider-${provider}`), provider).toMatchObject({ verdict: 'ok' });
    expect(checks.get('dns')?.verdict).toBe('ok');
  });

  it('a second inspector whose root is unknown: named by its issuer', async () => {
    const { port } = await fakeProviders(undefined, 'Zscaler Root CA');
    blames(await openaiOf({ providerPort: port }), 'failed', /^another TLS inspector \(Zscaler\)$/, /Do Not Inspect/);
  });

  it('a second inspector that nobody has heard of', async () => {
    const { port } = await fakeProviders(undefined, 'ACME Firewall');
    blames(await openaiOf({ providerPort: port }), 'failed', /^another TLS inspector \(ACME Firewall/, /network\.extraRoots/);
  });

  it('a second inspector whose root is trusted here', async () => {
    const { port, root } = await fakeProviders(undefined, 'Netskope');
    blames(await openaiOf({ providerPort: port, roots: [root], publicRoots: [] }), 'warning', /^another TLS inspector \(Netskope\)$/, /sees every prompt/);
  });

  it('an expired certificate', async () => {
    const authority = createAuthority('Public Root');
    const { port } = await fakeProviders(authority.issue({ names, fromDay: -30, toDay: -1 }));
    blames(await openaiOf({ providerPort: port, roots: [authority.root] }), 'failed', /^provider$/, /do not switch checks off/);
  });

  it('a certificate of tomorrow: the clock of this computer', async () => {
    const authority = createAuthority('Public Root');
    const { port } = await fakeProviders(authority.issue({ names, fromDay: 2, toDay: 30 }));
    blames(await openaiOf({ providerPort: port, roots: [authority.root] }), 'failed', /^this machine$/, /Set the clock/);
  });

  it('a captive portal: a good certificate for another name', async () => {
    const authority = createAuthority('Public Root');
    const { port } = await fakeProviders(authority.issue({ names: ['portal.hotel.example'] }));
    blames(await openaiOf({ providerPort: port, roots: [authority.root] }), 'failed', /^network$/, /Log in to the network/);
  });

  it('a firewall that ends the handshake', async () => {
    const port = await listening(createServer((socket) => socket.on('data', () => socket.resetAndDestroy()).on('error', () => undefined)));
    const dial = new Connector({ ...connector, connectTo: Object.fromEntries(names.map((host) => [host, `127.0.0.1:${port}`])) });
    blames(await openaiOf({ network: { connectTo: {} }, instruments: { dial: (place) => dial.openTcp(place) } }), 'failed', /^network$/, /firewall/);
  });

  it('names that do not resolve', async () => {
    const failing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const guard = new AddressGuard({ allowPrivate: [] }, (_host, _options, done) => done(failing, []));
    const dial = new Connector({ ...connector, guard });
    const instruments = { lookup: () => Promise.reject(failing), dial: (place: Parameters<Connector['openTcp']>[0]) => dial.openTcp(place) };
    const checks = await checksOf(await makePatient({ network: { connectTo: {} }, instruments }), online);
    blames(checks.get('dns'), 'failed', /^network$/, /DNS server/);
    blames(checks.get('provider-openai'), 'failed', /^network$/, /online/);
  });

  it('names that are led to private addresses', async () => {
    const guard = new AddressGuard({ allowPrivate: [] }, (_host, _options, done) => done(null, [{ address: '10.1.2.3', family: 4 }]));
    const dial = new Connector({ ...connector, guard });
    const instruments = { lookup: () => Promise.resolve(['10.1.2.3']), dial: (place: Parameters<Connector['openTcp']>[0]) => dial.openTcp(place) };
    const checks = await checksOf(await makePatient({ network: { connectTo: {} }, instruments }), online);
    blames(checks.get('dns'), 'failed', /^network$/, /hosts file/);
    blames(checks.get('provider-openai'), 'failed', /^network$/, /hosts file/);
  });

  it('an entry of the settings that leads a provider to a dead port', async () => {
    blames(await openaiOf({ providerPort: 1 }), 'failed', /^this machine$/, /network\.connectTo/);
  });
});

const connector = { guard: new AddressGuard({ allowPrivate: [] }), connectTo: {}, extraRoots: [], connectTimeoutMs: 3_000, ownCa: '', isOwnPort: () => false };

describe('doctor: the gateway', () => {
  const checksFor = async (options: PatientOptions, probeGateway = false) => await checksOf(await makePatient(options), { ...online, probeGateway });

  it('one that is down', async () => {
    const gateway = await startFakeGateway();
    await gateway.close();
    blames((await checksFor({ settings: targetsOf(gateway.url) })).get('gateway-g-reach'), 'failed', /^gateway$/, /down, or its address/);
  });

  it('one that does not know the virtual key', async () => {
    const gateway = await gatewayOf();
    const checks = await checksFor({ settings: targetsOf(gateway.url, 'sk-bf-wrong') });
    expect(checks.get('gateway-g-reach')?.verdict).toBe('ok');
    blames(checks.get('gateway-g-key'), 'failed', /^gateway$/, /valid virtual key/);
  });

  it('one whose budget is used up', async () => {
    const gateway = await gatewayOf();
    gateway.behave({ refuse: 'budget_exceeded' });
    blames((await checksFor({ settings: targetsOf(gateway.url) })).get('gateway-g-key'), 'failed', /^gateway$/, /budget/);
  });

  it('one whose certificate this computer does not know', async () => {
    const gateway = await gatewayOf({ certificate: createAuthority('Corp Root').issue({ names: ['127.0.0.1'] }) });
    blames((await checksFor({ settings: targetsOf(gateway.url) })).get('gateway-g-reach'), 'failed', /^gateway$/, /network\.extraRoots/);
  });

  it('one whose certificate has expired', async () => {
    const authority = createAuthority('Corp Root');
    const gateway = await gatewayOf({ certificate: authority.issue({ names: ['127.0.0.1'], fromDay: -9, toDay: -1 }) });
    blames((await checksFor({ settings: targetsOf(gateway.url), roots: [authority.root] })).get('gateway-g-reach'), 'failed', /^gateway$/, /renew/);
  });

  it('one that speaks no HTTP/2', async () => {
    const authority = createAuthority('Corp Root');
    const gateway = await gatewayOf({ certificate: authority.issue({ names: ['127.0.0.1'] }) });
    const checks = await checksFor({ settings: targetsOf(gateway.url), roots: [authority.root] });
    expect(checks.get('gateway-g-reach')?.verdict).toBe('ok');
    blames(checks.get('gateway-g-h2'), 'warning', /^gateway$/, /HTTP\/2/);
  });

  it('one that buffers streams, and one that does not', async () => {
    const buffering = await gatewayOf();
    buffering.behave({ delayMs: 400 });
    blames((await checksFor({ settings: targetsOf(buffering.url) }, true)).get('gateway-g-stream'), 'failed', /^gateway$/, /proxy_buffering off/);
    const streaming = await gatewayOf();
    streaming.behave({ delayMs: 400, paceMs: 15 });
    expect((await checksFor({ settings: targetsOf(streaming.url) }, true)).get('gateway-g-stream')).toMatchObject({ verdict: 'ok' });
  });

  it('one that turns streams into whole answers', async () => {
    const gateway = await gatewayOf();
    gateway.behave(({ method }) =>
      method === 'POST' ? { answer: { status: 200, headers: ['content-type', 'application/json'], chunks: ['{}'] } } : undefined,
    );
    blames((await checksFor({ settings: targetsOf(gateway.url) }, true)).get('gateway-g-stream'), 'warning', /^gateway$/, /streaming/);
  });

  it('one that refuses WebSockets, and one that takes them', async () => {
    const gateway = await gatewayOf();
    blames((await checksFor({ settings: targetsOf(gateway.url) }, true)).get('gateway-g-websocket'), 'warning', /^gateway$/, /WebSockets/);
    const taking = createHttpServer((_request, response) => response.end('{}'));
    taking.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'));
    const port = await listening(taking);
    expect((await checksFor({ settings: targetsOf(`http://127.0.0.1:${port}`) }, true)).get('gateway-g-websocket')).toMatchObject({ verdict: 'ok' });
  });

  it('asks the gateway nothing that costs money unless it is told to', async () => {
    const gateway = await gatewayOf();
    await checksFor({ settings: targetsOf(gateway.url) });
    expect(gateway.requests.filter(({ method }) => method === 'POST').map(({ body }) => body.toString())).toEqual(['{}']);
  });
});

describe('doctor: clock, VPN, the proxy of the organisation', () => {
  it('a clock that is off', async () => {
    const gateway = await gatewayOf();
    const checks = await checksOf(await makePatient({ settings: targetsOf(gateway.url), instruments: { now: () => Date.now() + 1_200_000 } }), online);
    blames(checks.get('clock'), 'failed', /^this machine$/, /Set the clock/);
    expect(checks.get('clock')?.seen).toContain('ahead of');
  });

  it('a VPN that came after the agent had started', async () => {
    const patient = await makePatient({ interfacesAtStart: ['eth0'], instruments: { interfaces: () => ['eth0', 'tun0'] } });
    blames((await checksOf(patient)).get('vpn'), 'warning', /^network$/, /restart the agent/);
  });

  it('a proxy that asks for a login', async () => {
    const proxy = createServer((socket) =>
      socket
        .on('data', () => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="corp"\r\nContent-Length: 0\r\n\r\n'))
        .on('error', () => undefined),
    );
    const url = `http://127.0.0.1:${await listening(proxy)}`;
    const checks = await checksOf(await makePatient({ network: { upstreamProxy: { url }, connectTo: {} } }), online);
    blames(checks.get('upstream-proxy'), 'failed', /^your proxy$/, /user and password/);
    blames(checks.get('provider-openai'), 'failed', /^your proxy$/, /user and password/);
  });

  it('a proxy that is not there', async () => {
    const checks = await checksOf(await makePatient({ network: { upstreamProxy: { url: 'http://127.0.0.1:1' }, connectTo: {} } }), online);
    blames(checks.get('upstream-proxy'), 'failed', /^your proxy$/, /its address is right/);
    blames(checks.get('provider-openai'), 'failed', /^your proxy$/, /address is right/);
  });

  it('a proxy that does not allow AI hosts', async () => {
    const proxy = createServer((socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')).on('error', () => undefined),
    );
    const url = `http://127.0.0.1:${await listening(proxy)}`;
    const checks = await checksOf(await makePatient({ network: { upstreamProxy: { url }, connectTo: {} } }), online);
    blames(checks.get('upstream-proxy'), 'failed', /^your proxy$/, /allow the hosts of AI providers/);
    blames(checks.get('provider-openai'), 'failed', /^your proxy$/, /allow the hosts/);
  });

  it('a proxy that is Heimdall itself', async () => {
    const port = await listening(createHttpServer((_request, response) => response.end('function FindProxyForURL() { return "DIRECT"; }')));
    const upstreamProxy = { url: `http://127.0.0.1:${port}` };
    const checks = await checksOf(await makePatient({ network: { upstreamProxy }, agent: { port } }));
    blames(checks.get('upstream-proxy'), 'failed', /^this machine$/, /real proxy/);
  });
});
