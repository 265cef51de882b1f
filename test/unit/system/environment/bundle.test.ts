import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { openAuthority } from '../../../../src/ca/authority.ts';
import { combinedBundle, extraBundle } from '../../../../src/system/bundle-files.ts';
import { makeBundles } from '../../../../src/system/environment/bundle.ts';
import { blocksIn } from '../../../../src/system/environment/root-sources.ts';
import { assignmentsIn } from '../../../../src/system/environment/user-environment.ts';
import { heimdallVariables } from '../../../../src/system/environment/variables.ts';
import { place, surface } from './machine.ts';
import type { Place } from './machine.ts';

const roots = rootCertificates.slice(0, 5).map((pem) => `${pem}\n`);

/** A certificate that no system knows. */
async function corporate({ machine }: Place): Promise<string> {
  const dir = join(machine.home, 'corporate');
  return (await openAuthority({ dir, permitted: ['a.example'] })).info.pem;
}

const certificates = (file: string): readonly string[] => blocksIn(readFileSync(file, 'utf8'));

describe('the combined bundle', () => {
  it.each([
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/var/lib/ca-certificates/ca-bundle.pem',
    '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
  ])('holds the roots of the system in %s and our own, each once', async (path) => {
    const { machine, put } = await place();
    put(path, [...roots, ...roots, machine.ca.pem].join('\n# a comment\n'));
    await makeBundles(machine);
    expect(certificates(combinedBundle(machine))).toEqual([...roots, `${machine.ca.pem.trim()}\n`]);
    expect(certificates(extraBundle(machine))).toEqual([`${machine.ca.pem.trim()}\n`]);
    // Programs of other users of this computer are not to read what they cannot reach anyhow; those of this user are.
    expect(statSync(combinedBundle(machine)).mode & 0o777).toBe(0o644);
  });

  it('holds the roots that Mozilla vouches for where the system has none', async () => {
    const { machine } = await place();
    await makeBundles(machine);
    expect(certificates(combinedBundle(machine))).toHaveLength(rootCertificates.length + 1);
  });

  it('verifies with OpenSSL, the certificates of the user included', async () => {
    const here = await place();
    const theirs = here.put('corp.pem', await corporate(here));
    const machine = { ...here.machine, env: { ...here.machine.env, SSL_CERT_FILE: theirs } };
    await makeBundles(machine);
    for (const file of [theirs, machine.ca.file]) {
      expect(execFileSync('openssl', ['verify', '-no-CApath', '-no-CAstore', '-CAfile', combinedBundle(machine), file], { encoding: 'utf8' })).toContain('OK');
    }
    expect(certificates(extraBundle(machine))).toHaveLength(2);
  });

  it.each([
    ['.bashrc', (path: string) => `export SSL_CERT_FILE="${path}" # for work\n`],
    ['.profile', (path: string) => `NODE_EXTRA_CA_CERTS=${path}; export NODE_EXTRA_CA_CERTS\n`],
    ['.zshenv', () => `export REQUESTS_CA_BUNDLE=~/corp.pem\n`],
    ['.config/fish/config.fish', () => `set -gx CURL_CA_BUNDLE $HOME/corp.pem\n`],
    ['.config/environment.d/corp.conf', () => 'SSL_CERT_FILE=${HOME}/corp.pem\n'],
    ['/etc/environment', (path: string) => `GIT_SSL_CAINFO="${path}"\n`],
    ['.aws/config', (path: string) => `[default]\nca_bundle = ${path}\n`],
  ])('holds the bundle that %s names, though no shell started the agent', async (name, text) => {
    const here = await place();
    const theirs = here.put('corp.pem', await corporate(here));
    here.put(name, text(theirs));
    await makeBundles(here.machine);
    expect(certificates(combinedBundle(here.machine))).toContain(readFileSync(theirs, 'utf8').trim() + '\n');
    const variables = heimdallVariables(here.machine, { SSL_CERT_FILE: theirs });
    expect(variables).toContainEqual({ name: 'SSL_CERT_FILE', value: combinedBundle(here.machine) });
  });

  it('passes over files that are gone, damaged certificates, and itself', async () => {
    const here = await place();
    const damaged = here.put('bad.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const env = {
      ...here.machine.env,
      SSL_CERT_FILE: damaged,
      PIP_CERT: '/gone.pem',
      CURL_CA_BUNDLE: combinedBundle(here.machine),
      NODE_EXTRA_CA_CERTS: extraBundle(here.machine),
    };
    const machine = { ...here.machine, env };
    here.put('/etc/ssl/cert.pem', roots.join(''));
    await makeBundles(machine);
    await makeBundles(machine);
    expect(certificates(combinedBundle(machine))).toHaveLength(6);
  });

  it('is renewed when its sources change, and gone after restore whatever became of it', async () => {
    const { machine, ledger, put } = await place();
    const file = put('/etc/ssl/certs/ca-certificates.crt', roots.join(''));
    await makeBundles(machine);
    writeFileSync(file, rootCertificates.slice(0, 7).join('\n'));
    await makeBundles(machine);
    expect(certificates(combinedBundle(machine))).toHaveLength(8);
    const id = `environment.bundle:${combinedBundle(machine)}`;
    writeFileSync(combinedBundle(machine), 'what someone else put');
    await ledger.revert(surface(machine, id));
    expect(existsSync(combinedBundle(machine))).toBe(false);
    expect(ledger.entry({ id })).toBeUndefined();
    rmSync(file);
  });
});

describe('assignments in start files', () => {
  it('are read where they are plain, and passed over where they must be computed', () => {
    const text = [
      'export A=1',
      'B="two words"',
      `C='$not a variable'`,
      'export D=$(date)',
      'E=$OTHER/x',
      'set -gx F ~/f',
      `$env:G = 'g'`,
      '# export H=1',
      'echo I=1',
      'export J=~/j',
    ].join('\n');
    expect(assignmentsIn(text, '/home/a').map(({ name, value }) => `${name}=${value}`)).toEqual([
      'A=1',
      'B=two words',
      'C=$not a variable',
      'F=/home/a/f',
      'G=g',
      'J=/home/a/j',
    ]);
  });
});
