import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openAuthority } from '../../../src/ca/authority.ts';
import type { Issuer } from '../../../src/ca/issuer.ts';
import { LeafCache } from '../../../src/ca/leaf-cache.ts';
import { classify, Terminator } from '../../../src/proxy/terminate.ts';
import type { Termination } from '../../../src/proxy/terminate.ts';

const host = 'api.openai.com';
const dir = mkdtempSync(join(tmpdir(), 'heimdall-terminate-'));
let issuer: Issuer;
beforeAll(async () => {
  issuer = await openAuthority({ dir, permitted: [host, 'claude.ai'] });
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** One connection's worth of termination; resolves with what became of the handshake. */
async function terminateOne(dial: (port: number) => void, timeoutMs = 10_000, name = host): Promise<Termination> {
  const terminator = new Terminator(new LeafCache({ issuer }), timeoutMs);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const result = new Promise<Termination>((resolve, reject) => {
    server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      terminator.terminate(socket, name).then(resolve, reject);
    });
  });
  dial((server.address() as AddressInfo).port);
  return result;
}

function client(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({ port, host: '127.0.0.1', servername: host, ca: issuer.pem, ...options });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}
function curl(port: number): void {
  const child = spawn('curl', ['-s', '--noproxy', '*', '--connect-to', `${host}:443:127.0.0.1:${port}`, `https://${host}/`], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
}
function raw(port: number, then: (socket: Socket) => void): void {
  const socket = connect(port, '127.0.0.1', () => then(socket));
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
}

describe('the termination of TLS', () => {
  it.each([
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [[], false],
  ])('with ALPN %j agrees on %s and shows a leaf the client can verify', async (ALPNProtocols, agreed) => {
    let name: unknown;
    const result = await terminateOne((port) => {
      const socket = client(port, ALPNProtocols.length > 0 ? { ALPNProtocols } : {});
      socket.on('secureConnect', () => (name = socket.getPeerCertificate().subjectaltname));
    });
    expect(result).toMatchObject({ ok: true });
    if (result.ok) {
      onTestFinished(() => void result.socket.destroy());
      expect(result.socket.alpnProtocol).toBe(agreed);
    }
    while (name === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(name).toBe(`DNS:${host}`);
  });

  it.each([
    ['curl with other roots', 'cert-rejected', (port: number): void => curl(port)],
    // Node checks after its handshake and sends no alert: all that can be seen is that it left.
    ['a Node client with other roots', 'closed', (port: number): void => void client(port, { ca: [] })],
    [
      'a client without TLS 1.2',
      'no-shared-cipher',
      (port: number): void => void client(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ],
    [
      'a client that can do RSA alone',
      'no-shared-cipher',
      (port: number): void => void client(port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }),
    ],
    ['a client that ends at once', 'closed', (port: number): void => raw(port, (socket) => void socket.end())],
    ['a client that ends in its hello', 'closed', (port: number): void => raw(port, (socket) => void socket.end(Buffer.from([0x16, 3, 1, 1, 0, 1])))],
    ['a client that resets', 'reset', (port: number): void => raw(port, (socket) => void setTimeout(() => socket.resetAndDestroy(), 50))],
    ['a client that says nothing', 'timeout', (port: number): void => raw(port, () => undefined)],
    ['a client that speaks HTTP', 'other', (port: number): void => raw(port, (socket) => void socket.write('GET / HTTP/1.1\r\n\r\n'))],
  ] as const)('tells %s apart: %s', async (_who, failure, dial) => {
    const result = await terminateOne(dial, failure === 'timeout' ? 200 : 10_000);
    expect(result).toMatchObject({ ok: false, failure });
    if (!result.ok) expect(result.detail).not.toBe('');
  });

  it('refuses to speak for a host outside the authority', async () => {
    await expect(terminateOne((port) => void client(port), 1_000, 'example.org')).rejects.toMatchObject({ code: 'ca-unusable' });
  });

  it('serves many clients at once, each its own handshake', async () => {
    const terminator = new Terminator(new LeafCache({ issuer }), 10_000);
    const results: Promise<Termination>[] = [];
    const server = createServer(
      { pauseOnConnect: true },
      (socket) =>
        void results.push(
          terminator.terminate(
            socket.on('error', () => undefined),
            host,
          ),
        ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clients = Array.from({ length: 40 }, (_, i) => client(port, i % 4 === 0 ? { ca: [] } : {}));
    onTestFinished(() => {
      for (const socket of clients) socket.destroy();
      server.close();
    });
    await Promise.all(clients.map((socket) => new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve))));
    const outcomes = (await Promise.all(results)).map((result) => (result.ok ? 'ok' : result.failure));
    for (const result of await Promise.all(results)) if (result.ok) result.socket.destroy();
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(30);
    expect(outcomes.filter((outcome) => outcome === 'closed')).toHaveLength(10);
  });
});

describe('the code of a failed handshake', () => {
  it.each([
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '', 'cert-rejected'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', '', 'cert-rejected'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', '', 'cert-rejected'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', '', 'cert-rejected'],
    ['ERR_SSL_NO_SHARED_CIPHER', '', 'no-shared-cipher'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', '', 'no-shared-cipher'],
    ['ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM', '', 'no-shared-cipher'],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', '', 'timeout'],
    ['ECONNRESET', 'read ECONNRESET', 'reset'],
    ['ECONNRESET', 'Client network socket disconnected before secure TLS connection was established', 'closed'],
    ['EPIPE', '', 'closed'],
    ['ERR_SSL_HTTP_REQUEST', '', 'other'],
    [undefined, 'whatever', 'other'],
  ] as const)('%s (%s) means %s', (code, message, failure) => {
    expect(classify(Object.assign(new Error(message), code === undefined ? {} : { code }))).toBe(failure);
  });
});
