import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SetupMachine } from '../../../../src/system/surface.ts';
import { linuxAnchors } from '../../../../src/system/trust/anchors.ts';
import { documentedTools, hearing, lookOf, throwAwayMachine } from './machine.ts';
import type { ThrowAwayMachine } from './machine.ts';

const publicRoots = '/usr/share/ca-certificates/mozilla';

/** A root folder with three public roots and one of its owner, all made current by the real tool. */
async function debian(changes: Partial<SetupMachine> = {}): Promise<ThrowAwayMachine & { readonly root: string }> {
  const thrown = await throwAwayMachine({ isPrivileged: true, ...changes });
  const root = thrown.machine.root;
  for (const folder of ['etc/ssl/certs/java', 'usr/local/share/ca-certificates', 'usr/share/ca-certificates/mozilla']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const names = readdirSync(publicRoots).slice(0, 4);
  for (const name of names.slice(0, 3)) copyFileSync(join(publicRoots, name), join(root, 'usr/share/ca-certificates/mozilla', name));
  writeFileSync(
    join(root, 'etc/ca-certificates.conf'),
    names
      .slice(0, 3)
      .map((name) => `mozilla/${name}\n`)
      .join(''),
  );
  copyFileSync(join(publicRoots, names[3] ?? ''), join(root, 'usr/local/share/ca-certificates', 'corporate.crt'));
  writeFileSync(join(root, 'etc/ssl/certs/java/cacerts'), 'of Java');
  update(root);
  return { ...thrown, root };
}

function update(root: string): void {
  const places = [
    ['--certsconf', 'etc/ca-certificates.conf'],
    ['--certsdir', 'usr/share/ca-certificates'],
    ['--localcertsdir', 'usr/local/share/ca-certificates'],
    ['--etccertsdir', 'etc/ssl/certs'],
  ];
  const args = places.flatMap(([option = '', path = '']) => [option, join(root, path)]);
  execFileSync('/usr/sbin/update-ca-certificates', ['--hooksdir', '/nonexistent', ...args], { stdio: 'ignore' });
}

/** What openssl finds by the hashed links of the folder, and in the bundle. */
function verifies({ root, ca }: SetupMachine): readonly boolean[] {
  const certs = join(root, 'etc/ssl/certs');
  return [
    ['-no-CAfile', '-CApath', certs],
    ['-no-CApath', '-CAfile', join(certs, 'ca-certificates.crt')],
  ].map((args) => {
    try {
      execFileSync('openssl', ['verify', ...args, ca.file], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

describe('the trusted roots of Debian', () => {
  it('hold ours for whoever reads the bundle or the folder, and are put back byte for byte', async () => {
    const { machine, ledger, root } = await debian();
    const before = lookOf(root);
    const surface = linuxAnchors(machine);
    expect(await surface.obstacle()).toBeUndefined();
    await ledger.apply(surface);
    expect(verifies(machine)).toEqual([true, true]);
    expect(await surface.roots?.()).toContain(machine.ca.pem);
    expect(readFileSync(join(root, 'etc/ssl/certs/java/cacerts'), 'utf8')).toBe('of Java');
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(lookOf(root)).toEqual(before);
    expect(existsSync(join(machine.dataDir, 'kept'))).toBe(false);
  });

  it('are put back as they were even where the tool would tidy them', async () => {
    const { machine, ledger, root } = await debian();
    symlinkSync('/gone/long-ago.pem', join(root, 'etc/ssl/certs/orphan.pem'));
    const bundle = join(root, 'etc/ssl/certs/ca-certificates.crt');
    writeFileSync(bundle, `# by hand\n${readFileSync(bundle, 'utf8')}`);
    const before = lookOf(root);
    await ledger.apply(linuxAnchors(machine));
    await ledger.revert(linuxAnchors(machine));
    expect(lookOf(root)).toEqual(before);
  });

  it('keep a root that somebody has added since', async () => {
    const { machine, ledger, root } = await debian();
    const surface = linuxAnchors(machine);
    await ledger.apply(surface);
    const added = readdirSync(publicRoots)[7] ?? '';
    copyFileSync(join(publicRoots, added), join(root, 'usr/local/share/ca-certificates', 'added.crt'));
    update(root);
    const withAdded = readFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(readFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')).toBe(withAdded.replace(machine.ca.pem, ''));
    expect(verifies(machine)).toEqual([false, false]);
    expect(Object.keys(lookOf(root)).filter((name) => name.includes('heimdall'))).toEqual([]);
  });

  it('hold the new CA alone after a renewal, and are still put back byte for byte', async () => {
    const thrown = await debian();
    const before = lookOf(thrown.root);
    await thrown.ledger.apply(linuxAnchors(thrown.machine));
    const renewed = await thrown.renewed();
    await thrown.ledger.apply(linuxAnchors(renewed));
    expect([verifies(thrown.machine), verifies(renewed)]).toEqual([
      [false, false],
      [true, true],
    ]);
    await thrown.ledger.revert(linuxAnchors(renewed));
    expect(lookOf(thrown.root)).toEqual(before);
  });

  it('are put back byte for byte when the tool was cut short', async () => {
    const { machine, ledger, root } = await debian();
    const before = lookOf(root);
    const killed: SetupMachine = {
      ...machine,
      run: hearing(machine.run, () => {
        // Half of its work: links and a bundle that is not yet in its place.
        const certs = join(root, 'etc/ssl/certs');
        const [link = ''] = readdirSync(certs).filter((name) => name.endsWith('.0'));
        rmSync(join(certs, link));
        symlinkSync('nowhere.pem', join(certs, 'heimdall-half.pem'));
        writeFileSync(join(certs, 'ca-certificates.crt.new'), 'half of');
        throw new Error('killed');
      }),
    };
    await expect(ledger.apply(linuxAnchors(killed))).rejects.toThrow('killed');
    expect(await ledger.revert(linuxAnchors(machine))).toMatchObject({ outcome: 'restored' });
    expect(lookOf(root)).toEqual(before);
  });

  it('are put back byte for byte when we were killed before it was noted that the tool had finished', async () => {
    const { machine, ledger, root } = await debian();
    const before = lookOf(root);
    const killed: SetupMachine = {
      ...machine,
      run: async (file, args) => {
        await machine.run(file, args);
        throw new Error('killed');
      },
    };
    await expect(ledger.apply(linuxAnchors(killed))).rejects.toThrow('killed');
    expect(await ledger.revert(linuxAnchors(machine))).toMatchObject({ outcome: 'restored' });
    expect(lookOf(root)).toEqual(before);
  });

  it('are put back byte for byte when the tool is still running', async () => {
    const { machine, ledger, root } = await debian();
    const before = lookOf(root);
    let tool: Promise<unknown> = Promise.resolve();
    const killed: SetupMachine = {
      ...machine,
      run: (file, args) => {
        tool = machine.run(file, args);
        return Promise.reject(new Error('killed'));
      },
    };
    await expect(ledger.apply(linuxAnchors(killed))).rejects.toThrow('killed');
    expect(await ledger.revert(linuxAnchors(machine))).toMatchObject({ outcome: 'restored' });
    await tool;
    expect(lookOf(root)).toEqual(before);
  });

  it('are left alone by somebody who may not change them, who reads the command that does', async () => {
    const { machine, ledger } = await debian();
    const user = { ...machine, isPrivileged: false };
    expect(await linuxAnchors(user).obstacle()).toContain(`sudo heimdall setup --only trust --data-dir ${machine.dataDir}`);
    await ledger.apply(linuxAnchors(machine));
    expect(await linuxAnchors(user).obstacle()).toBeUndefined();
  });
});

describe('the trusted roots of other families, by the documentation of their tools', () => {
  it.each([
    ['Fedora', '/etc/pki/ca-trust/source/anchors', '/etc/pki/ca-trust/extracted/pem', '/usr/bin/update-ca-trust extract', 'tls-ca-bundle.pem'],
    ['Arch', '/etc/ca-certificates/trust-source/anchors', '/etc/ca-certificates/extracted', '/usr/bin/trust extract-compat', 'tls-ca-bundle.pem'],
    ['openSUSE', '/etc/pki/trust/anchors', '/var/lib/ca-certificates', '/usr/sbin/update-ca-certificates', 'ca-bundle.pem'],
  ])('%s: lays the certificate down, calls the tool, and puts everything back', async (_, anchors, generated, command, bundle) => {
    const thrown = await throwAwayMachine({ isPrivileged: true });
    const root = thrown.machine.root;
    for (const folder of [anchors, generated, '/etc/ssl/certs']) mkdirSync(join(root, folder), { recursive: true });
    const file = join(root, generated, bundle);
    writeFileSync(file, 'The roots of the world\n');
    const before = lookOf(root);
    const { run, lines } = documentedTools(() => {
      const own = readdirSync(join(root, anchors)).map((name) => readFileSync(join(root, anchors, name), 'utf8'));
      writeFileSync(file, `The roots of the world\n${own.join('')}`);
      return '';
    });
    const machine = { ...thrown.machine, run };
    const surface = linuxAnchors(machine);
    await thrown.ledger.apply(surface);
    expect(lines).toEqual([command]);
    expect(await surface.roots?.()).toEqual([machine.ca.pem]);
    expect(await thrown.ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(lookOf(root)).toEqual(before);
  });

  it('says what to do on a system with none of these folders', async () => {
    const { machine } = await throwAwayMachine({ isPrivileged: true });
    expect(await linuxAnchors(machine).obstacle()).toContain(machine.ca.file);
  });
});
