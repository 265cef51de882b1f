// The stores of macOS and Windows. Their tools answer here as their documentation says; nothing was recorded on such a system.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';
import { commonNameOf, sha1Of } from '../../../../src/system/trust/certificates.ts';
import { trustSurfaces } from '../../../../src/system/trust/surfaces.ts';
import { documentedTools, throwAwayMachine } from './machine.ts';

function surface(machine: SetupMachine, id: string): SetupSurface {
  const found = trustSurfaces(machine).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

/** Keychains by path, and the trust settings of the user and of the administrator. */
function macos() {
  const keychains = new Map<string, Map<string, string>>();
  const settings = { user: new Set<string>(), admin: new Set<string>() };
  const inside = (keychain: string): Map<string, string> => {
    const known = keychains.get(keychain) ?? new Map<string, string>();
    keychains.set(keychain, known);
    return known;
  };
  const tools = documentedTools((line) => {
    const words = line.split(' ');
    const last = words.at(-1) ?? '';
    const domain = words.includes('-d') ? settings.admin : settings.user;
    if (words[1] === 'find-certificate') return [...inside(last).values()].join('');
    if (words[1] === 'dump-trust-settings') {
      const certs = [...domain].map(
        (name, index) => `Cert ${index}: ${name}\n   Number of trust settings : 1\n   Trust Setting 0:\n      Policy OID            : SSL\n`,
      );
      return domain.size === 0 ? undefined : `Number of trusted certs = ${domain.size}\n${certs.join('')}`;
    }
    if (words[1] === 'add-trusted-cert') {
      const pem = readFileSync(last, 'utf8');
      inside(words[words.indexOf('-k') + 1] ?? '').set(sha1Of(pem), pem);
      domain.add(commonNameOf(pem));
      return '';
    }
    if (words[1] === 'remove-trusted-cert') return domain.delete(commonNameOf(readFileSync(last, 'utf8'))) ? '' : undefined;
    if (words[1] === 'delete-certificate') return inside(last).delete(words[3] ?? '') ? '' : undefined;
    return undefined;
  });
  return { ...tools, keychains, settings };
}

describe('the keychains of macOS', () => {
  it('the login keychain holds ours, trusted for TLS alone, and loses it again with its settings', async () => {
    const { run, lines, settings } = macos();
    const { machine, ledger } = await throwAwayMachine({ platform: 'darwin', run });
    const keychain = surface(machine, 'trust.login-keychain');
    expect(await keychain.obstacle()).toBeUndefined();
    await ledger.apply(keychain);
    const file = `${machine.home}/Library/Keychains/login.keychain-db`;
    expect(lines).toContain(`/usr/bin/security add-trusted-cert -r trustRoot -p ssl -k ${file} ${machine.ca.file}`);
    expect(await keychain.roots?.()).toEqual([machine.ca.pem]);
    expect(await ledger.revert(keychain)).toMatchObject({ outcome: 'restored' });
    expect(lines.at(-1)).toBe(`/usr/bin/security delete-certificate -Z ${sha1Of(machine.ca.pem)} ${file}`);
    expect([await keychain.roots?.(), [...settings.user]]).toEqual([[], []]);
  });

  it('a certificate without trust settings is no root', async () => {
    const { run, settings } = macos();
    const { machine, ledger } = await throwAwayMachine({ platform: 'darwin', run });
    const keychain = surface(machine, 'trust.login-keychain');
    await ledger.apply(keychain);
    settings.user.clear();
    expect(await keychain.roots?.()).toEqual([]);
  });

  it('the System keychain is for an administrator, and then the login keychain is not needed', async () => {
    const { run, lines } = macos();
    const { machine, ledger } = await throwAwayMachine({ platform: 'darwin', run });
    const system = surface(machine, 'trust.system-keychain');
    expect(await system.obstacle()).toContain(`sudo heimdall setup --only trust --data-dir ${machine.dataDir}`);
    const privileged = { ...machine, isPrivileged: true };
    expect(await surface(privileged, 'trust.system-keychain').obstacle()).toBeUndefined();
    expect(await surface(privileged, 'trust.login-keychain').obstacle()).toContain('System keychain is used instead');
    await ledger.apply(surface(privileged, 'trust.system-keychain'));
    expect(lines.some((line) => line.includes(`add-trusted-cert -d -r trustRoot -p ssl -k ${machine.root}/Library/Keychains/System.keychain`))).toBe(true);
    expect(await surface(machine, 'trust.login-keychain').obstacle()).toContain('System keychain is used instead');
    expect(await system.obstacle()).toBeUndefined();
    await ledger.revert(surface(privileged, 'trust.system-keychain'));
    expect(await surface(machine, 'trust.login-keychain').obstacle()).toBeUndefined();
  });

  it('hold the new CA alone after a renewal', async () => {
    const { run, keychains } = macos();
    const thrown = await throwAwayMachine({ platform: 'darwin', run });
    await thrown.ledger.apply(surface(thrown.machine, 'trust.login-keychain'));
    const renewed = await thrown.renewed();
    await thrown.ledger.apply(surface(renewed, 'trust.login-keychain'));
    const login = keychains.get(`${thrown.machine.home}/Library/Keychains/login.keychain-db`);
    expect([...(login?.values() ?? [])]).toEqual([renewed.ca.pem]);
    await thrown.ledger.revert(surface(renewed, 'trust.login-keychain'));
    expect(login?.size).toBe(0);
  });
});

/** Two root stores; the user's shows the machine's as well. */
function windows() {
  const stores = { user: new Map<string, string>(), machine: new Map<string, string>() };
  const tools = documentedTools((line) => {
    const words = line.split(' ');
    if (words[0] === 'powershell.exe') {
      const shown = line.includes('CurrentUser') ? [...stores.user.values(), ...stores.machine.values()] : [...stores.machine.values()];
      return shown.join('').replaceAll('\n', '\r\n');
    }
    const store = words.includes('-user') ? stores.user : stores.machine;
    const last = words.at(-1) ?? '';
    if (words.includes('-addstore')) store.set(sha1Of(readFileSync(last, 'utf8')), readFileSync(last, 'utf8'));
    if (words.includes('-delstore')) return store.delete(last) ? '' : undefined;
    return '';
  });
  return { ...tools, stores };
}

describe('the root stores of Windows', () => {
  it("the user's holds ours and loses it again", async () => {
    const { run, lines, stores } = windows();
    const { machine, ledger } = await throwAwayMachine({ platform: 'win32', run });
    const store = surface(machine, 'trust.user-root');
    expect(await store.obstacle()).toBeUndefined();
    await ledger.apply(store);
    expect(lines).toContain(`certutil.exe -user -addstore Root ${machine.ca.file}`);
    expect(await store.roots?.()).toEqual([machine.ca.pem]);
    expect(await ledger.revert(store)).toMatchObject({ outcome: 'restored' });
    expect(lines.at(-1)).toBe(`certutil.exe -user -delstore Root ${sha1Of(machine.ca.pem)}`);
    expect(stores.user.size).toBe(0);
  });

  it("the machine's is for an administrator, and then the user's is not needed", async () => {
    const { run, stores } = windows();
    const { machine, ledger } = await throwAwayMachine({ platform: 'win32', run });
    const obstacle = await surface(machine, 'trust.machine-root').obstacle();
    expect(obstacle).toContain('opened as administrator');
    expect(obstacle).not.toContain('sudo');
    const privileged = { ...machine, isPrivileged: true };
    expect(await surface(privileged, 'trust.user-root').obstacle()).toContain('store of this computer is used instead');
    await ledger.apply(surface(privileged, 'trust.machine-root'));
    expect([stores.machine.size, stores.user.size]).toEqual([1, 0]);
    // The user's programs go by it, so the user's store has nothing to add.
    await ledger.apply(surface(machine, 'trust.user-root'));
    expect(stores.user.size).toBe(0);
  });

  it('hold the new CA alone after a renewal', async () => {
    const { run, stores } = windows();
    const thrown = await throwAwayMachine({ platform: 'win32', run });
    await thrown.ledger.apply(surface(thrown.machine, 'trust.user-root'));
    const renewed = await thrown.renewed();
    await thrown.ledger.apply(surface(renewed, 'trust.user-root'));
    expect([...stores.user.values()]).toEqual([renewed.ca.pem]);
  });
});
