import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthority, type Authority } from '../../../src/ca/authority.ts';
import type { Issuer } from '../../../src/ca/issuer.ts';
import { LeafCache, tlsFloor } from '../../../src/ca/leaf-cache.ts';

const hour = 3_600_000;
const host = 'api.openai.com';
let dir = '';
let authority: Authority;
let clock = Date.now();
let minted: string[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'heimdall-leaves-'));
  authority = await openAuthority({ dir, permitted: [host, 'api.anthropic.com', '*.business.githubcopilot.com'], now: () => new Date(clock) });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cacheOf = (capacity = 512): LeafCache => {
  minted = [];
  const issuer: Issuer = {
    ...authority,
    issue: (name) => {
      minted.push(name);
      return authority.issue(name);
    },
  };
  return new LeafCache({ issuer, capacity, now: () => clock });
};

describe('the leaf cache', () => {
  it('mints once for a host, whatever its case', async () => {
    const cache = cacheOf();
    const first = await cache.contextFor(host);
    expect(await cache.contextFor('API.openai.COM')).toBe(first);
    expect(minted).toEqual([host]);
  });

  it('mints once for calls that come together', async () => {
    const cache = cacheOf();
    const contexts = await Promise.all(Array.from({ length: 20 }, () => cache.contextFor(host)));
    expect(new Set(contexts).size).toBe(1);
    expect(minted).toHaveLength(1);
  });

  it('keeps each full host name apart', async () => {
    const cache = cacheOf();
    const names = [host, 'api.anthropic.com', 'a.business.githubcopilot.com', 'b.business.githubcopilot.com'];
    const leaves = await Promise.all(names.map((name) => cache.leafFor(name)));
    expect(new Set(leaves.map(({ material }) => material.certPem)).size).toBe(names.length);
    expect(cache.size).toBe(names.length);
  });

  it('drops the host unused for longest when it is full', async () => {
    const cache = cacheOf(2);
    await cache.contextFor(host);
    await cache.contextFor('api.anthropic.com');
    await cache.contextFor(host);
    await cache.contextFor('a.business.githubcopilot.com');
    expect(cache.size).toBe(2);
    await cache.contextFor(host);
    expect(minted).toHaveLength(3);
    await cache.contextFor('api.anthropic.com');
    expect(minted).toHaveLength(4);
  });

  it('mints anew within an hour of the end, and not before', async () => {
    const cache = cacheOf();
    const start = clock;
    const { material } = await cache.leafFor(host);
    clock = material.notAfter - hour - 1000;
    await cache.leafFor(host);
    expect(minted).toHaveLength(1);
    clock = material.notAfter - hour + 1000;
    const renewed = await cache.leafFor(host);
    expect(minted).toHaveLength(2);
    expect(renewed.material.notAfter).toBeGreaterThan(material.notAfter);
    clock = start;
  });

  it('mints anew when the clock was set back to before the leaf begins', async () => {
    const cache = cacheOf();
    const start = clock;
    await cache.leafFor(host);
    clock = start - 72 * hour;
    const { material } = await cache.leafFor(host);
    expect(minted).toHaveLength(2);
    expect(material.notBefore).toBeLessThanOrEqual(clock);
    clock = start;
  });

  it('remembers no failure', async () => {
    const cache = cacheOf();
    await expect(cache.contextFor('bank.example')).rejects.toMatchObject({ code: 'ca-unusable' });
    await expect(cache.contextFor('bank.example')).rejects.toMatchObject({ code: 'ca-unusable' });
    expect(minted).toHaveLength(2);
    expect(cache.size).toBe(0);
  });
});

describe('a TLS server with a cached leaf', () => {
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    const context: SecureContext = await cacheOf().contextFor(host);
    server = createServer({ ...tlsFloor, SNICallback: (_name, done) => done(null, context) }, (_request, response) => response.end('reached'));
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  const shake = (options: ConnectionOptions): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, servername: host, ca: authority.pem, ...options }, () => {
        socket.destroy();
        resolve(socket);
      });
      socket.on('error', reject);
    });

  it('is trusted by Node with the CA, over TLS 1.2 and 1.3', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await shake({ minVersion: version, maxVersion: version });
      expect(socket.authorized).toBe(true);
    }
  });

  it('is not trusted without the CA, nor for another name', async () => {
    await expect(shake({ ca: [] })).rejects.toThrow(/unable to (verify|get)/i);
    await expect(shake({ servername: 'api.anthropic.com' })).rejects.toThrow(/does not match/);
  });

  it('is trusted by curl with the CA alone', async () => {
    const url = `https://${host}:${port}/`;
    const args = ['--silent', '--show-error', '--noproxy', '*', '--resolve', `${host}:${port}:127.0.0.1`, '--cacert', authority.info.file, url];
    const output = await new Promise<string>((resolve, reject) => {
      execFile('curl', args, (error, stdout) => (error === null ? resolve(stdout) : reject(new Error('curl failed', { cause: error }))));
    });
    expect(output).toBe('reached');
  });

  it('refuses TLS 1.1', async () => {
    await expect(shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow(/protocol version|version/i);
  });

  it('refuses clients without forward secrecy, and without authenticated encryption', async () => {
    for (const ciphers of ['AES128-GCM-SHA256', 'AES256-SHA', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
      await expect(shake({ maxVersion: 'TLSv1.2', ciphers }), ciphers).rejects.toThrow(/handshake failure/i);
    }
  });

  it('agrees on each of its TLS 1.2 suites', async () => {
    for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305']) {
      expect((await shake({ maxVersion: 'TLSv1.2', ciphers })).authorized, ciphers).toBe(true);
    }
  });
});
