import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { badCertificates, createAuthority } from '../../fakes/certificates.ts';
import type { BadCertificate, ServerCertificate } from '../../fakes/certificates.ts';

const host = 'api.openai.com';

/** What a strict client that trusts `root` alone makes of the server: `ok` or OpenSSL's reason. */
async function verdict(certificate: ServerCertificate, root: string): Promise<string> {
  const server = createServer({ ...certificate, ciphers: 'DEFAULT:@SECLEVEL=0' });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Promise((resolve) => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername: host, ca: [root] });
    socket.on('secureConnect', () => {
      resolve('ok');
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code ?? ''} ${error.message}`));
  });
}

test('a good leaf is accepted, straight from the root and over an intermediate', async () => {
  const authority = createAuthority();
  expect(await verdict(authority.issue({ names: [host] }), authority.root)).toBe('ok');
  expect(await verdict(authority.intermediate().issue({ names: [host] }), authority.root)).toBe('ok');
  expect(await verdict(authority.issue({ names: ['*.openai.com'] }), authority.root)).toBe('ok');
});

const reasons: Readonly<Record<BadCertificate, RegExp>> = {
  expired: /^CERT_HAS_EXPIRED/,
  'not-yet-valid': /^CERT_NOT_YET_VALID/,
  'wrong-host': /^ERR_TLS_CERT_ALTNAME_INVALID/,
  // Node and OpenSSL still read the common name; a browser does not. A client that must refuse it has to look by itself.
  'common-name-only': /^ok$/,
  'wildcard-too-high': /^ERR_TLS_CERT_ALTNAME_INVALID/,
  'self-signed': /^DEPTH_ZERO_SELF_SIGNED_CERT/,
  'untrusted-root': /^UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  'incomplete-chain': /^UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  'issuer-is-no-authority': /invalid CA certificate|key usage does not include certificate signing/,
  'client-usage-only': /^INVALID_PURPOSE/,
  'rsa-1024': /EE certificate key too weak/,
};

test.each(Object.entries(reasons))('the certificate that is %s is refused for that reason', async (kind, reason) => {
  const authority = createAuthority();
  expect(await verdict(badCertificates(authority, host)[kind as BadCertificate], authority.root)).toMatch(reason);
});

test('a leaf says what was asked for', () => {
  const leaf = new X509Certificate(createAuthority().issue({ names: ['a.example', '127.0.0.1'], toDay: 10 }).cert);
  expect(leaf.subjectAltName).toBe('DNS:a.example, IP Address:127.0.0.1');
  expect(leaf.subject).toBe('CN=a.example');
  expect(leaf.ca).toBe(false);
});
