import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';
import { markOf } from '../../../../src/system/trust/certificates.ts';
import { javaKeystore } from '../../../../src/system/trust/java-keystore.ts';
import { javaKeystores } from '../../../../src/system/trust/java-keystores.ts';
import { lookOf, throwAwayMachine } from './machine.ts';

const sharedStore = '/etc/ssl/certs/java/cacerts';

/** The store of Debian's Java, in a runtime of this machine. */
function withRuntime(machine: SetupMachine, type: 'debian' | 'pkcs12' = 'debian'): string {
  const file = join(machine.root, 'usr/lib/jvm/java-17/lib/security/cacerts');
  mkdirSync(dirname(file), { recursive: true });
  if (type === 'debian') copyFileSync(sharedStore, file);
  else
    addOther(machine, file, 'corporate', ['-storetype', 'PKCS12', '-J-Dkeystore.pkcs12.macAlgorithm=NONE', '-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE']);
  return file;
}

function addOther({ dataDir }: SetupMachine, file: string, alias: string, args: readonly string[] = []): void {
  const pem = join(dataDir, `${alias}.pem`);
  const subject = ['-subj', `/CN=${alias}`, '-days', '30', '-keyout', join(dataDir, 'key')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-out', pem, ...subject], { stdio: 'ignore' });
  keytool(file, '-importcert', '-noprompt', '-alias', alias, '-file', pem, ...args);
}

const keytool = (file: string, ...args: readonly string[]): string =>
  execFileSync('keytool', [...args, '-keystore', file, '-storepass', 'changeit'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const surfaceOf = (machine: SetupMachine): SetupSurface => {
  const [keystore] = javaKeystores(machine, []);
  if (keystore === undefined) throw new Error('no store was found');
  return javaKeystore(machine, keystore);
};

describe('a certificate store of Java', () => {
  it.each(['debian', 'pkcs12'] as const)('of the kind %s holds ours, and is put back byte for byte', async (type) => {
    const { machine, ledger } = await throwAwayMachine();
    const file = withRuntime(machine, type);
    const before = lookOf(machine.root);
    const surface = surfaceOf(machine);
    expect(surface.id).toBe(`trust.java:${file}`);
    await ledger.apply(surface);
    expect(keytool(file, '-list')).toContain(`heimdall-${markOf(machine).toLowerCase()}`);
    expect(await surface.roots?.()).toContain(machine.ca.pem);
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(lookOf(machine.root)).toEqual(before);
  });

  it('keeps what somebody has added since', async () => {
    const { machine, ledger } = await throwAwayMachine();
    const file = withRuntime(machine);
    await ledger.apply(surfaceOf(machine));
    addOther(machine, file, 'added');
    expect(await ledger.revert(surfaceOf(machine))).toMatchObject({ outcome: 'restored' });
    expect(keytool(file, '-list')).toContain('added');
    expect(keytool(file, '-list')).not.toContain('heimdall');
  });

  it('holds the new CA alone after a renewal, and is still put back byte for byte', async () => {
    const thrown = await throwAwayMachine();
    const file = withRuntime(thrown.machine);
    const before = lookOf(thrown.machine.root);
    await thrown.ledger.apply(surfaceOf(thrown.machine));
    const renewed = await thrown.renewed();
    await thrown.ledger.apply(surfaceOf(renewed));
    const listed = keytool(file, '-list');
    expect([...listed.matchAll(/^heimdall-([0-9a-f]{8}),/gm)].map(([, mark]) => mark)).toEqual([markOf(renewed).toLowerCase()]);
    await thrown.ledger.revert(surfaceOf(renewed));
    expect(lookOf(thrown.machine.root)).toEqual(before);
  });

  it('replaces a CA of ours that an installation before this one has left', async () => {
    const thrown = await throwAwayMachine();
    const file = withRuntime(thrown.machine);
    const older = await thrown.renewed();
    keytool(file, '-importcert', '-noprompt', '-alias', `heimdall-${markOf(older).toLowerCase()}`, '-file', older.ca.file);
    await thrown.ledger.apply(surfaceOf(thrown.machine));
    expect(keytool(file, '-list')).not.toContain(markOf(older).toLowerCase());
  });

  it('says how to go on where the store has a password of its own', async () => {
    const { machine, ledger } = await throwAwayMachine();
    const file = withRuntime(machine);
    keytool(file, '-storepasswd', '-new', 'something else');
    const before = lookOf(machine.root);
    await expect(ledger.apply(surfaceOf(machine))).rejects.toThrow('keytool -importcert');
    expect(lookOf(machine.root)).toEqual(before);
  });
});

describe('the certificate stores of Java on a machine', () => {
  it('are found once, whatever leads to them', async () => {
    const { machine } = await throwAwayMachine();
    const shared = join(machine.root, sharedStore);
    mkdirSync(dirname(shared), { recursive: true });
    writeFileSync(shared, 'store');
    for (const version of ['java-17', 'java-21']) {
      const security = join(machine.root, 'usr/lib/jvm', version, 'lib/security');
      mkdirSync(security, { recursive: true });
      symlinkSync(shared, join(security, 'cacerts'));
    }
    const own = join(machine.home, '.sdkman/candidates/java/25-tem');
    for (const [folder, name] of [
      ['lib/security', 'cacerts'],
      ['bin', 'keytool'],
    ] as const) {
      mkdirSync(join(own, folder), { recursive: true });
      writeFileSync(join(own, folder, name), '');
    }
    symlinkSync(own, join(machine.home, '.sdkman/candidates/java/current'));
    const found = javaKeystores({ ...machine, env: { JAVA_HOME: own } }, []);
    expect(found).toEqual([
      { file: join(own, 'lib/security/cacerts'), keytool: join(own, 'bin/keytool') },
      { file: shared, keytool: undefined },
    ]);
    expect(javaKeystores(machine, [join(machine.root, 'etc/ssl/certs')]).map(({ file }) => file)).toEqual([join(own, 'lib/security/cacerts')]);
  });

  it('are found on macOS and on Windows', async () => {
    const { machine } = await throwAwayMachine();
    const places = ['Library/Java/JavaVirtualMachines/temurin-21.jdk/Contents/Home', 'Program Files/Eclipse Adoptium/jdk-21'];
    for (const place of places) {
      mkdirSync(join(machine.root, place, 'lib/security'), { recursive: true });
      writeFileSync(join(machine.root, place, 'lib/security/cacerts'), '');
    }
    const found = (platform: NodeJS.Platform): readonly string[] =>
      javaKeystores({ ...machine, platform, env: { ProgramFiles: '/Program Files' } }, []).map(({ file }) => file);
    expect(found('darwin')).toEqual([join(machine.root, places[0] ?? '', 'lib/security/cacerts')]);
    expect(found('win32')).toEqual([join(machine.root, places[1] ?? '', 'lib/security/cacerts')]);
  });

  it('leaves nothing beside them', async () => {
    const { machine, ledger } = await throwAwayMachine();
    const file = withRuntime(machine);
    await ledger.apply(surfaceOf(machine));
    expect(readdirSync(dirname(file))).toEqual(['cacerts']);
    expect(existsSync(join(machine.dataDir, 'kept/stage'))).toBe(false);
  });
});
