// What no client and no environment may change: whose certificates count, and which addresses are reached.
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import { UpstreamPool } from '../../../../src/proxy/upstream/pool.ts';
import { createAuthority } from '../../../fakes/certificates.ts';
import { connectorTo, getCall, host, run } from './upstream-call.ts';

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it('a false certificate is refused whatever the environment says', async () => {
  const port = await portOf(createTlsServer({ ...createAuthority('Nobody').issue({ names: [host] }) }, (socket) => socket.on('error', () => undefined)));
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const opened = connectorTo({ [host]: `127.0.0.1:${port}` }).openTls({ scheme: 'https', host, port: 443, isTrusted: false }, ['http/1.1']);
  await expect(opened).rejects.toMatchObject({ code: 'upstream-certificate' });
});

it('a connection kept to an address of the settings is not lent to a client who names that address', async () => {
  const port = await portOf(
    createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    }),
  );
  const pool = new UpstreamPool(connectorTo({}));
  onTestFinished(() => pool.close());
  const call = (isTrusted: boolean) => ({ ...getCall(), destination: { scheme: 'http', host: '127.0.0.1', port, isTrusted } as const });
  expect((await run(pool, call(true))).heads).toHaveLength(1);
  await expect(run(pool, call(false))).rejects.toMatchObject({ code: 'address-refused' });
  expect((await run(pool, call(true))).wasKept).toBe(true);
});

it.each(['constructor', '__proto__', 'toString'])('the name %s is a name like any other', (name) => {
  const guarded = connectorTo({});
  expect(() => guarded.check({ scheme: 'https', host: name, port: 443, isTrusted: false })).not.toThrow();
});
