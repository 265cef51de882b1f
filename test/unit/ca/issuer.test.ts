import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthority, type Authority } from '../../../src/ca/authority.ts';
import { leafCertificate } from '../../../src/ca/certificate.ts';
import { codeOf } from '../../../src/contract/errors.ts';

const permitted = ['api.openai.com', '*.business.githubcopilot.com'];
const day = 86_400_000;
let dir = '';
let authority: Authority;
let clock: Date;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'heimdall-issuer-'));
  clock = new Date();
  authority = await openAuthority({ dir, permitted, now: () => clock });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const written = (certPem: string): string => {
  const file = join(dir, 'leaf.pem');
  writeFileSync(file, certPem);
  return file;
};
const verified = (certPem: string, host: string): { ok: boolean; output: string } => {
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', host, '-CAfile', authority.info.file, written(certPem)];
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return { ok: status === 0, output: stdout + stderr };
};

describe('a leaf', () => {
  it('carries every extension that strict verifiers ask for, as OpenSSL reads it', async () => {
    const { certPem } = await authority.issue('api.openai.com');
    const text = execFileSync('openssl', ['x509', '-in', written(certPem), '-noout', '-text'], { encoding: 'utf8' });
    expect(text).toMatch(/Subject: *\n/);
    expect(text).toMatch(/Subject Alternative Name: critical\s+DNS:api\.openai\.com\n/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\n/);
    const keyId = (name: string, of: string): string | undefined => new RegExp(`${name} Key Identifier: \\s+([0-9A-F:]+)`).exec(of)?.[1];
    const caText = execFileSync('openssl', ['x509', '-in', authority.info.file, '-noout', '-text'], { encoding: 'utf8' });
    expect(keyId('Authority', text)).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
    expect(keyId('Authority', text)).toBe(keyId('Subject', caText));
    expect(keyId('Subject', text)).not.toBe(keyId('Subject', caText));
  });

  it('is accepted by OpenSSL in its strict mode', async () => {
    for (const host of ['api.openai.com', 'proxy.business.githubcopilot.com']) {
      const { certPem } = await authority.issue(host);
      expect(verified(certPem, host)).toMatchObject({ ok: true });
    }
  });

  it('is for its own host only', async () => {
    const { certPem } = await authority.issue('api.openai.com');
    const certificate = new X509Certificate(certPem);
    expect(certificate.subjectAltName).toBe('DNS:api.openai.com');
    expect(certificate.checkHost('api.openai.com')).toBe('api.openai.com');
    expect(certificate.checkHost('x.api.openai.com')).toBeUndefined();
    expect(verified(certPem, 'api.anthropic.com').ok).toBe(false);
  });

  it('is signed by the CA and matches its key', async () => {
    const { certPem, keyPem } = await authority.issue('API.OpenAI.com');
    const certificate = new X509Certificate(certPem);
    expect(certificate.verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.subjectAltName).toBe('DNS:api.openai.com');
  });

  it('lives a week, begun a day ago for clocks that are behind', async () => {
    const { certPem, notBefore, notAfter } = await authority.issue('api.openai.com');
    expect(notAfter - clock.getTime()).toBe(7 * day);
    expect(clock.getTime() - notBefore).toBe(day);
    expect(Math.abs(new X509Certificate(certPem).validToDate.getTime() - notAfter)).toBeLessThan(1000);
  });

  it('has a serial number of 128 bits, positive and never the same', async () => {
    const serials = new Set<string>();
    for (let count = 0; count < 50; count += 1) serials.add(new X509Certificate((await authority.issue('api.openai.com')).certPem).serialNumber);
    expect(serials.size).toBe(50);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it('does not outlive its CA, and is not made after the CA’s end', async () => {
    const before = clock;
    clock = new Date(authority.info.notAfter - day);
    expect((await authority.issue('api.openai.com')).notAfter).toBe(authority.info.notAfter);
    clock = new Date(authority.info.notAfter);
    const failure = await authority.issue('api.openai.com').catch((error: unknown) => error);
    clock = before;
    expect(codeOf(failure)).toBe('ca-unusable');
    expect(String(failure)).toMatch(/expired on .* Restart Heimdall/);
  });
});

describe('a host outside the CA’s names', () => {
  const outside = [
    'bank.example',
    'openai.com',
    'x.api.openai.com',
    'api.openai.com.evil.example',
    'evil-api.openai.com',
    'business.githubcopilot.com',
    'a.b.business.githubcopilot.com',
    '*.business.githubcopilot.com',
    '.business.githubcopilot.com',
    '127.0.0.1',
    '::1',
    'api.openai.com\0.evil.example',
    'api.openai.com.',
    'api_openai_com',
    '',
  ];
  for (const host of outside) {
    it(`is refused by the issuer: ${JSON.stringify(host)}`, async () => {
      expect(authority.mayIssue(host)).toBe(false);
      expect(codeOf(await authority.issue(host).catch((error: unknown) => error))).toBe('ca-unusable');
    });
  }

  it('is refused by OpenSSL too, when someone with the key signs it by hand', () => {
    const authorityKey = createPrivateKey(readFileSync(join(dir, 'ca-key.pem')));
    const leafKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
    const forHost = (host: string): string => leafCertificate(host, leafKey, authorityKey, validity);
    expect(verified(forHost('api.openai.com'), 'api.openai.com').ok).toBe(true);
    const forged = verified(forHost('bank.example'), 'bank.example');
    expect(forged.ok).toBe(false);
    expect(forged.output).toContain('permitted subtree violation');
  });

  it('is refused by OpenSSL when it is an address, signed by OpenSSL itself with the CA’s key', () => {
    const request = join(dir, 'address.csr');
    const leaf = join(dir, 'address.pem');
    const extensions = join(dir, 'address.ext');
    writeFileSync(extensions, 'subjectAltName=critical,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\nbasicConstraints=CA:FALSE\n');
    const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
    run('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(dir, 'address.key'), '-subj', '/', '-out', request);
    run('x509', '-req', '-in', request, '-CA', authority.info.file, '-CAkey', join(dir, 'ca-key.pem'), '-extfile', extensions, '-days', '2', '-out', leaf);
    const { status, stdout, stderr } = spawnSync('openssl', ['verify', '-CAfile', authority.info.file, leaf], { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('excluded subtree violation');
  });
});
