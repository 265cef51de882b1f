import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proveStores } from '../../../../src/system/apps/trust-stores.ts';
import type { SetupSurface } from '../../../../src/system/surface.ts';

const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

function surface(id: string, roots?: () => Promise<readonly string[]>): SetupSurface {
  const unused = (): never => {
    throw new Error('not asked for here');
  };
  return {
    id,
    group: 'trust',
    life: 'lasting',
    what: id,
    to: '',
    wanted: unused,
    obstacle: unused,
    read: unused,
    write: unused,
    ...(roots === undefined ? {} : { roots }),
  };
}

describe('the stores of the machine', () => {
  it('are tried by a handshake only where they hold the certificate', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hd-stores-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    writeFileSync(join(dataDir, 'bundle.pem'), `# roots\n${pem('AAAA')}${pem('OURS')}`);
    const machine = { dataDir, port: () => 7465, ca: { file: '', fingerprint: '', pem: pem('OU\nRS') } };
    const tried: (readonly string[])[] = [];
    const surfaces = [
      surface('trust.nss:/h/.pki/nssdb', () => Promise.resolve([pem('OURS')])),
      surface('trust.anchors', () => Promise.resolve([pem('AAAA')])),
      surface('trust.java:/j/cacerts', () => Promise.reject(new Error('keytool is missing'))),
      surface('trust.login-keychain'),
      surface('proxy.gnome'),
    ];
    const proofs = await proveStores(machine, surfaces, 'api.openai.com', (roots, where) => {
      tried.push([...roots.map((root) => root.replace(/\s/g, '')), where.host, String(where.port)]);
      return Promise.resolve(roots.length === 1 ? { ok: true } : { ok: false, reason: 'another issuer' });
    });
    expect(proofs.map(({ store, ok, wasTried, reason }) => [store, ok, wasTried, reason])).toEqual([
      ['nss', true, true, undefined],
      ['os', false, false, 'The certificate of Heimdall is not in it.'],
      ['java', false, false, 'It cannot be read: keytool is missing'],
      ['bundle', false, true, 'another issuer'],
      ['node-extra', false, false, 'It is not there.'],
    ]);
    expect(tried.map((each) => each.slice(-2))).toEqual([
      ['api.openai.com', '7465'],
      ['api.openai.com', '7465'],
    ]);
  });
});
