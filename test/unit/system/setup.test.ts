import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuthority } from '../../../src/ca/authority.ts';
import { programRunner } from '../../../src/system/run-program.ts';
import type { ProgramResult, RunProgram } from '../../../src/system/run-program.ts';
import type { SetupMachine } from '../../../src/system/setup-surface.ts';
import { setupMachine } from '../../../src/system/setup-machine.ts';
import { Setup } from '../../../src/system/setup.ts';

let home: string;
let dataDir: string;
let machine: SetupMachine;
let port = 7465;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'heimdall-setup-'));
  dataDir = join(home, 'data');
  mkdirSync(dataDir);
  await openAuthority({ dir: dataDir, permitted: ['api.openai.com'] });
  port = 7465;
  // Settings of the desktop in a file of this home, no session bus needed.
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), GSETTINGS_BACKEND: 'keyfile' };
  machine = setupMachine({ platform: 'linux', env, home, dataDir }, () => `http://127.0.0.1:${port}/proxy.pac`);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const proxy = async (key: string): Promise<string> => (await machine.run('gsettings', ['get', 'org.gnome.system.proxy', key])).stdout.trim();

describe('capture on a GNOME desktop', () => {
  it('sets the PAC file, follows the port, and puts back what was there', async () => {
    const setup = new Setup(dataDir, machine);
    expect(await setup.apply('capture')).toMatchObject({ state: 'done' });
    expect([await proxy('mode'), await proxy('autoconfig-url')]).toEqual([`'auto'`, `'http://127.0.0.1:7465/proxy.pac'`]);
    port = 9000;
    await new Setup(dataDir, machine).refresh();
    expect(await proxy('autoconfig-url')).toBe(`'http://127.0.0.1:9000/proxy.pac'`);
    expect(await new Setup(dataDir, machine).restore()).toEqual([{ surface: 'capture.gnome', outcome: 'restored' }]);
    expect([await proxy('mode'), await proxy('autoconfig-url')]).toEqual([`'none'`, `''`]);
  });

  it('does not replace a proxy that is set already', async () => {
    await machine.run('gsettings', ['set', 'org.gnome.system.proxy', 'mode', 'manual']);
    const setup = new Setup(dataDir, machine);
    const step = await setup.apply('capture');
    expect(step).toMatchObject({ state: 'unavailable' });
    expect(step.reason).toContain('A proxy is already set');
    expect(await proxy('mode')).toBe(`'manual'`);
  });

  it('keeps what the user chose since', async () => {
    const setup = new Setup(dataDir, machine);
    await setup.apply('capture');
    await machine.run('gsettings', ['set', 'org.gnome.system.proxy', 'mode', 'manual']);
    expect(await setup.restore()).toMatchObject([{ outcome: 'kept-theirs' }]);
    expect(await proxy('mode')).toBe(`'manual'`);
  });
});

/** A system in memory that answers its tools as their documentation says; written by hand, not recorded. */
function fakeTools(answer: (line: string) => string | undefined): { run: RunProgram; lines: string[] } {
  const lines: string[] = [];
  const run = (file: string, args: readonly string[]): Promise<ProgramResult> => {
    const line = [file, ...args].join(' ');
    lines.push(line);
    const stdout = answer(line);
    return Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' });
  };
  return { run, lines };
}

describe('macOS, by its documented tools', () => {
  it('sets and puts back the PAC of every network service that is on', async () => {
    const state = new Map([
      ['Wi-Fi', { url: '(null)', on: 'No' }],
      ['Thunderbolt Bridge', { url: '(null)', on: 'No' }],
    ]);
    const { run, lines } = fakeTools((line) => {
      if (line.endsWith('-listallnetworkservices')) return 'An asterisk (*) denotes that a network service is disabled.\nWi-Fi\nThunderbolt Bridge\n*Old VPN\n';
      const [, verb, service, value] = /-(getautoproxyurl|setautoproxyurl|setautoproxystate) (Wi-Fi|Thunderbolt Bridge) ?(.*)$/.exec(line) ?? [];
      const entry = state.get(service ?? '');
      if (!entry) return undefined;
      if (verb === 'setautoproxyurl') Object.assign(entry, { url: value, on: 'Yes' });
      if (verb === 'setautoproxystate') entry.on = value === 'on' ? 'Yes' : 'No';
      return `URL: ${entry.url}\nEnabled: ${entry.on}\n`;
    });
    const setup = new Setup(dataDir, { ...machine, platform: 'darwin', run });
    expect(await setup.apply('capture')).toMatchObject({ state: 'done' });
    expect(state.get('Wi-Fi')).toEqual({ url: 'http://127.0.0.1:7465/proxy.pac', on: 'Yes' });
    expect(await setup.restore()).toMatchObject([{ outcome: 'restored' }]);
    expect([...state.values()].map(({ on }) => on)).toEqual(['No', 'No']);
    expect(lines.some((line) => line.includes('Old VPN'))).toBe(false);
  });
});

describe('Windows, by its documented tools', () => {
  it('sets and puts back the setup script, and leaves a corporate one alone', async () => {
    let script: string | undefined;
    const { run } = fakeTools((line) => {
      if (line.includes(' query ') && line.includes('AutoConfigURL')) return script && `\r\nHKEY_CURRENT_USER\r\n    AutoConfigURL    REG_SZ    ${script}\r\n`;
      if (line.includes(' query ')) return '    ProxyEnable    REG_DWORD    0x0\r\n';
      script = / add .*\/d (\S+) /.exec(line)?.[1];
      return '';
    });
    const setup = new Setup(dataDir, { ...machine, platform: 'win32', run });
    expect(await setup.apply('capture')).toMatchObject({ state: 'done' });
    expect(script).toBe('http://127.0.0.1:7465/proxy.pac');
    await setup.restore();
    expect(script).toBeUndefined();
    script = 'http://proxy.corp.example/wpad.dat';
    expect(await setup.step('capture')).toMatchObject({ state: 'unavailable' });
  });
});
