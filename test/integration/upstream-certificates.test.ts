import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAuthority } from '../../src/ca/authority.ts';
import { LeafCache } from '../../src/ca/leaf-cache.ts';
import { interceptedHosts } from '../../src/catalog/match.ts';
import { badCertificates, createAuthority } from '../fakes/certificates.ts';
import type { BadCertificate, ServerCertificate } from '../fakes/certificates.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProviderOptions } from '../fakes/provider.ts';
import { inferenceCall } from './inference-call.ts';
import { call, openHttp2, readStream } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';

const host = 'api.openai.com';
const authority = createAuthority();
const weakestTls = { ciphers: 'DEFAULT:@SECLEVEL=0' };

async function providerWith(certificate: ServerCertificate, tls: NonNullable<FakeProviderOptions['tls']> = {}) {
  const provider = await startFakeProvider({ certificate, tls });
  onTestFinished(() => provider.close());
  return { provider, running: await runAgent({ hosts: { [host]: provider }, roots: [authority.root] }) };
}

/** One call of each kind: the client gets an error that names host and reason, the provider nothing at all. */
async function expectRefused({ provider, running }: Awaited<ReturnType<typeof providerWith>>, code: string, reason: RegExp): Promise<void> {
  const inference = await call(running, host, inferenceCall('openai-chat', 'secret prompt'));
  const native = await call(running, host, { path: '/v1/models', headers: { accept: 'text/html' } });
  const session = await openHttp2(running, host);
  const overHttp2 = await readStream(session.request({ ':path': '/v1/models' }));
  for (const answer of [inference, native, overHttp2]) {
    expect(answer.status).toBe(502);
    expect(answer.body.toString()).toContain(host);
    expect(answer.body.toString()).toMatch(reason);
  }
  expect(provider.requests).toHaveLength(0);
  const rows = await running.rows(3);
  for (const { record } of rows) expect(record).toMatchObject({ outcome: 'failed-closed', status: 502, error: { code } });
}

describe('an upstream', () => {
  const reasons: Readonly<Record<BadCertificate, RegExp>> = {
    expired: /expired/,
    'not-yet-valid': /not valid yet/,
    'wrong-host': /other names/,
    'common-name-only': /other names/,
    'wildcard-too-high': /other names/,
    'self-signed': /self-signed/,
    'untrusted-root': /does not trust|incomplete|root unknown/,
    'incomplete-chain': /chain|issuer|verified/,
    'issuer-is-no-authority': /may not issue|not acceptable|INVALID_CA/,
    'client-usage-only': /may not be used|purpose/,
    'rsa-1024': /too weak/,
  };

  it.for(Object.keys(reasons) as BadCertificate[])('whose certificate is bad (%s) gets nothing, and the client an error that says why', async (kind) => {
    const certificate = badCertificates(authority, host)[kind];
    await expectRefused(await providerWith(certificate, weakestTls), 'upstream-certificate', reasons[kind]);
  });

  it('with a good certificate of the same authority is reached', async () => {
    const { provider, running } = await providerWith(authority.issue({ names: [host] }));
    expect((await call(running, host, inferenceCall('openai-chat', 'hello'))).status).toBe(200);
    expect(provider.serverNames).toEqual([host]);
  });

  it('that speaks TLS 1.1 at most, or no cipher with forward secrecy, gets nothing', async () => {
    const certificate = authority.issue({ names: [host], keyType: 'RSA-2048' });
    await expectRefused(await providerWith(certificate, { ...weakestTls, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }), 'upstream-tls', /handshake/);
    await expectRefused(await providerWith(certificate, { ciphers: 'AES128-GCM-SHA256:AES256-SHA256', maxVersion: 'TLSv1.2' }), 'upstream-tls', /handshake/);
  });

  it('with a leaf of our own CA is refused, even where that CA is listed among the roots', async () => {
    const first = await runAgent();
    await first.close();
    const own = await openAuthority({ dir: first.dataDir, permitted: interceptedHosts() });
    const { material } = await new LeafCache({ issuer: own }).leafFor(host);
    const server = createServer({ key: material.keyPem, cert: material.certPem }, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const running = await runAgent({ folder: first.folder, hosts: { [host]: { port, root: readFileSync(first.caFile, 'utf8') } } });
    const answer = await call(running, host, { path: '/v1/models' });
    expect(answer.status).toBe(502);
    expect(await running.onlyRecord()).toMatchObject({ error: { code: 'upstream-certificate' } });
  });
});
