import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Connector } from '../../../../src/proxy/upstream/connector.ts';
import { AddressGuard } from '../../../../src/proxy/address-guard.ts';
import type { Lookup } from '../../../../src/proxy/address-guard.ts';
import { badCertificates } from '../../../fakes/certificates.ts';
import { authority, connectorTo, host, until } from './upstream-call.ts';

const to = (name: string, port = 443) => ({ scheme: 'https' as const, host: name, port, isTrusted: false });

async function listen(onConnection: (socket: Socket) => void = () => undefined): Promise<{ port: number; accepted: () => number }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, accepted: () => open.size };
}

function connectorWith(lookup: Lookup | undefined, more: Partial<ConstructorParameters<typeof Connector>[0]> = {}): Connector {
  const guard = new AddressGuard({ allowPrivate: [] }, lookup);
  return new Connector({ guard, connectTo: {}, extraRoots: [], connectTimeoutMs: 5_000, ownCa: '', isOwnPort: () => false, ...more });
}

describe('a connection to an upstream', () => {
  it.each(['127.0.0.1', '0x7f.1', '2130706433', '::1', '::ffff:7f00:1', 'localhost', '169.254.169.254', '10.0.0.1'])(
    'to %s is refused before a packet is sent',
    async (name) => {
      const { port, accepted } = await listen();
      const connector = connectorWith(undefined);
      await expect(connector.openTcp(to(name, port))).rejects.toMatchObject({ code: 'address-refused' });
      expect(() => connector.check(to(name, port))).toThrow(expect.objectContaining({ code: 'address-refused' }) as Error);
      expect(accepted()).toBe(0);
    },
  );

  it('to a name that leads to this machine is refused at connect time', async () => {
    const { port, accepted } = await listen();
    const rebinding: Lookup = (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const connector = connectorWith(rebinding);
    expect(() => connector.check(to('rebind.example', port))).not.toThrow();
    await expect(connector.openTcp(to('rebind.example', port))).rejects.toMatchObject({ code: 'address-refused' });
    expect(accepted()).toBe(0);
  });

  it('goes where settings say instead, by host and port first, then by host', async () => {
    const [byPort, byHost] = [await listen(), await listen()];
    const connector = connectorTo({ [`${host}:8443`]: `127.0.0.1:${byPort.port}`, [host]: `127.0.0.1:${byHost.port}` });
    for (const port of [8443, 443]) {
      const socket = await connector.openTcp(to(host, port));
      onTestFinished(() => void socket.destroy());
      expect(socket.remotePort).toBe(port === 8443 ? byPort.port : byHost.port);
      expect(() => connector.check(to(host, port))).not.toThrow();
    }
  });

  it('to an address that settings allow is made', async () => {
    const { port } = await listen();
    const socket = await connectorTo({}, 5_000, ['127.0.0.0/8']).openTcp(to('127.0.0.1', port));
    expect(socket.remotePort).toBe(port);
    socket.destroy();
  });

  it('to our own port is refused however it is reached', async () => {
    const { port } = await listen();
    const connector = connectorWith(undefined, { guard: new AddressGuard({ allowPrivate: ['127.0.0.0/8'] }), isOwnPort: (asked) => asked === port });
    await expect(connector.openTcp(to('127.0.0.1', port))).rejects.toMatchObject({ code: 'address-refused' });
  });

  it('that nobody takes fails and names where', async () => {
    await expect(connectorTo({ [host]: `127.0.0.1:1` }).openTcp(to(host))).rejects.toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('whose TLS handshake goes nowhere times out, and leaves no socket', async () => {
    let gone = false;
    const { port } = await listen((socket) => socket.resume().on('close', () => (gone = true)));
    await expect(connectorTo({ [host]: `127.0.0.1:${port}` }, 100).openTls(to(host), ['http/1.1'])).rejects.toMatchObject({ code: 'connect-timeout' });
    await until(() => gone);
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['speaks no TLS', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('whose upstream %s in the handshake fails', async (_what, behave) => {
    const { port } = await listen((socket) => void behave(socket));
    await expect(connectorTo({ [host]: `127.0.0.1:${port}` }).openTls(to(host), ['http/1.1'])).rejects.toMatchObject({ code: 'upstream-tls' });
  });

  it.each(Object.entries(badCertificates(authority, host)))('never takes a certificate that is bad: %s', async (_what, certificate) => {
    const server = createTlsServer({ ...certificate, ciphers: 'DEFAULT@SECLEVEL=0' });
    let requests = 0;
    server.on('secureConnection', (socket) => socket.on('error', () => undefined).on('data', () => (requests += 1)));
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const connector = connectorTo({ [host]: `127.0.0.1:${(server.address() as AddressInfo).port}` });
    // Twice: a session that was begun must not be resumed past the check.
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(connector.openTls(to(host), ['http/1.1'])).rejects.toMatchObject({
        code: 'upstream-certificate',
        message: expect.stringContaining(host) as string,
      });
    expect(requests).toBe(0);
  });

  it('needs its roots to be readable', () => {
    expect(() => connectorWith(undefined, { extraRoots: ['/nowhere/root.pem'] })).toThrow(expect.objectContaining({ code: 'settings-invalid' }) as Error);
  });
});
