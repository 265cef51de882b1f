import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { existingProxy } from '../../../../src/system/proxy/existing-proxy.ts';
import { proxySurfaces } from '../../../../src/system/proxy/surfaces.ts';
import { only, testMachine } from './machine.ts';
import type { TestMachine } from './machine.ts';

const schema = 'org.gnome.system.proxy';
const gnome = ({ machine }: TestMachine) => only(proxySurfaces(machine), 'proxy.gnome');
const get = async ({ machine }: TestMachine, key: string): Promise<string> => (await machine.run('gsettings', ['get', schema, key])).stdout.trim();
async function set({ machine }: TestMachine, path: string, key: string, value: string): Promise<void> {
  await machine.run('gsettings', ['set', path, key, value]);
}

describe('the proxy of a GNOME desktop', () => {
  it('is our PAC file while we stand there, follows the port, and leaves no trace', async () => {
    const test = testMachine('linux');
    await test.ledger.apply(gnome(test));
    expect([await get(test, 'mode'), await get(test, 'autoconfig-url')]).toEqual([`'auto'`, `'http://127.0.0.1:7465/proxy.pac'`]);
    test.port = 9000;
    await test.ledger.apply(gnome(test));
    expect(await get(test, 'autoconfig-url')).toBe(`'http://127.0.0.1:9000/proxy.pac'`);
    expect(await test.ledger.revert(gnome(test))).toMatchObject({ outcome: 'restored' });
    expect([await get(test, 'mode'), await get(test, 'autoconfig-url')]).toEqual([`'none'`, `''`]);
    expect(readFileSync(join(test.machine.home, '.config/glib-2.0/settings/keyfile'), 'utf8')).not.toContain('autoconfig-url');
  });

  it('is theirs beneath ours: a proxy by hand is what the agent goes on through, and comes back', async () => {
    const test = testMachine('linux');
    await set(test, `${schema}.https`, 'host', 'proxy.corp.example');
    await set(test, `${schema}.https`, 'port', '3128');
    await set(test, schema, 'ignore-hosts', "['localhost', '*.corp.example']");
    await set(test, schema, 'mode', 'manual');
    const theirs = { kind: 'manual', https: 'http://proxy.corp.example:3128', http: undefined, noProxy: ['localhost', '*.corp.example'] };
    expect(await existingProxy(test.machine, test.ledger.open())).toMatchObject(theirs);
    await test.ledger.apply(gnome(test));
    expect(await get(test, 'mode')).toBe(`'auto'`);
    expect(await existingProxy(test.machine, test.ledger.open())).toMatchObject(theirs);
    await test.ledger.revert(gnome(test));
    expect(await get(test, 'mode')).toBe(`'manual'`);
  });

  it('is theirs beneath ours: a PAC file', async () => {
    const test = testMachine('linux');
    await set(test, schema, 'autoconfig-url', 'http://wpad.corp.example/wpad.dat');
    await set(test, schema, 'mode', 'auto');
    await test.ledger.apply(gnome(test));
    expect(await existingProxy(test.machine, test.ledger.open())).toMatchObject({ kind: 'pac', url: 'http://wpad.corp.example/wpad.dat' });
    await test.ledger.revert(gnome(test));
    expect(await get(test, 'autoconfig-url')).toBe(`'http://wpad.corp.example/wpad.dat'`);
  });

  it('is never ourselves', async () => {
    const test = testMachine('linux');
    await set(test, schema, 'autoconfig-url', 'http://127.0.0.1:7000/proxy.pac');
    await set(test, schema, 'mode', 'auto');
    expect(await existingProxy(test.machine, [])).toEqual({ kind: 'direct' });
    await set(test, `${schema}.https`, 'host', '127.0.0.1');
    await set(test, `${schema}.https`, 'port', '7465');
    await set(test, schema, 'mode', 'manual');
    expect(await existingProxy(test.machine, [])).toEqual({ kind: 'direct' });
  });

  it('keeps what the user chose since, and what the user changed beside ours', async () => {
    const test = testMachine('linux');
    await test.ledger.apply(gnome(test));
    await set(test, schema, 'ignore-hosts', "['only.mine']");
    await set(test, schema, 'mode', 'none');
    await test.ledger.revert(gnome(test));
    expect([await get(test, 'mode'), await get(test, 'autoconfig-url'), await get(test, 'ignore-hosts')]).toEqual([`'none'`, `''`, `['only.mine']`]);
  });

  it('never comes back as a proxy on a port of this computer where nothing listens', async () => {
    const test = testMachine('linux');
    await set(test, `${schema}.http`, 'host', 'localhost');
    await set(test, `${schema}.http`, 'port', '8888');
    await set(test, schema, 'mode', 'manual');
    await test.ledger.apply(gnome(test));
    const { detail } = await test.ledger.revert(gnome(test));
    expect(detail).toContain('port 8888');
    expect(await get(test, 'mode')).toBe(`'none'`);
  });

  it('says so where an administrator has locked it, and where there is no such desktop', async () => {
    const locked = testMachine('linux', (line) => (line.includes('writable') ? 'false\n' : ''));
    expect(await gnome(locked).obstacle()).toContain('administrator');
    const none = testMachine('linux');
    const without = { ...none.machine, run: () => Promise.resolve({ code: -1, stdout: '', stderr: 'spawn gsettings ENOENT' }) };
    expect(await only(proxySurfaces(without), 'proxy.gnome').obstacle()).toContain('no gsettings');
  });
});

describe('the proxy of a KDE desktop', () => {
  const text = '[Proxy Settings]\nNoProxyFor=localhost,.corp.example\nProxyType=1\nhttpsProxy=http://proxy.corp.example 3128\n\n[Other]\nkey[$i]=locked\n';

  it('is our script, tells programs that run, and comes back byte for byte', async () => {
    const test = testMachine('linux', () => '');
    const file = join(test.machine.home, '.config/kioslaverc');
    mkdirSync(join(test.machine.home, '.config'));
    writeFileSync(file, text);
    const surface = only(proxySurfaces(test.machine), 'proxy.kde');
    expect(await surface.obstacle()).toBeUndefined();
    await test.ledger.apply(surface);
    expect(readFileSync(file, 'utf8')).toContain('ProxyType=2');
    expect(readFileSync(file, 'utf8')).toContain('Proxy Config Script=http://127.0.0.1:7465/proxy.pac');
    expect(test.lines.some((line) => line.includes('reparseSlaveConfiguration'))).toBe(true);
    expect(await existingProxy({ ...test.machine, run: () => Promise.resolve({ code: 1, stdout: '', stderr: '' }) }, test.ledger.open())).toMatchObject({
      kind: 'manual',
      https: 'http://proxy.corp.example:3128',
      noProxy: ['localhost', '.corp.example'],
    });
    await test.ledger.revert(surface);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('hides nothing and stops nothing where its file cannot be read', async () => {
    const test = testMachine('linux', () => undefined);
    mkdirSync(join(test.machine.home, '.config'));
    // An immutable group and a nested one: KDE understands them, our reader does not.
    writeFileSync(join(test.machine.home, '.config/kioslaverc'), '[Proxy Settings][$i]\nProxyType=1\n\n[Other][Inner]\na=1\n');
    expect(await existingProxy(test.machine, [])).toEqual({ kind: 'direct' });
  });

  it('is looked for only where KDE is', () => {
    expect(proxySurfaces(testMachine('linux').machine).some(({ id }) => id.startsWith('proxy.kde'))).toBe(false);
  });
});

describe('QUIC', () => {
  it('is switched off by policy in browsers that are installed, and the policy goes without a trace', async () => {
    const test = testMachine('linux');
    mkdirSync(join(test.machine.root, 'usr/bin'), { recursive: true });
    writeFileSync(join(test.machine.root, 'usr/bin/chromium'), '');
    const surface = only(proxySurfaces(test.machine), 'proxy.quic');
    const file = join(test.machine.root, 'etc/chromium/policies/managed/heimdall.json');
    await test.ledger.apply(surface);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ QuicAllowed: false });
    await test.ledger.revert(surface);
    expect(() => readFileSync(file)).toThrow('ENOENT');
    expect(() => rmSync(join(test.machine.root, 'etc'))).toThrow('ENOENT');
    expect(await only(proxySurfaces({ ...test.machine, isPrivileged: false }), 'proxy.quic').obstacle()).toContain('administrator');
  });
});
