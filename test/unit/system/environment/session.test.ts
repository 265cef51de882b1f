// The environment of a session. Outputs of macOS and Windows tools are as their documentation gives them, not recorded there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuoted, parsedEnvironment } from '../../../../src/system/environment/systemd-user.ts';
import { parsedRegistry } from '../../../../src/system/environment/windows-user.ts';
import type { ProgramResult, RunProgram } from '../../../../src/system/run-program.ts';
import { place, surface } from './machine.ts';

const said = (stdout: string, code = 0): Promise<ProgramResult> => Promise.resolve({ code, stdout, stderr: '' });

/** A session in memory that keeps what it is told in the words of `launchctl` or `systemctl --user`. */
function session(values: Map<string, string>): { readonly run: RunProgram; readonly lines: string[] } {
  const lines: string[] = [];
  const run: RunProgram = (file, args) => {
    lines.push([file, ...args].join(' '));
    const [verb, name = '', value = ''] = file === 'systemctl' ? args.slice(1) : args;
    if (verb === 'getenv') return said(values.has(name) ? `${values.get(name) ?? ''}\n` : '');
    if (verb === 'show-environment')
      return said([...values].map(([key, each]) => `${key}=${/^[\w/:.,@%+=-]*$/.test(each) ? each : `$'${each.replace(/[\\']/g, '\\$&')}'`}\n`).join(''));
    if (verb === 'setenv') values.set(name, value);
    if (verb === 'unsetenv') values.delete(name);
    if (verb === 'set-environment') for (const word of args.slice(2)) values.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    if (verb === 'unset-environment') for (const word of args.slice(2)) values.delete(word);
    return said('');
  };
  return { run, lines };
}

describe.each([
  ['launchd of macOS', 'darwin', 'environment.launchd'],
  ['systemd of a Linux session', 'linux', 'environment.user'],
] as const)('%s', (_, platform, id) => {
  it('has the variables joined with those that were there, and exactly those again afterwards', async () => {
    const values = new Map([
      ['NO_PROXY', 'intra.corp'],
      ['EDITOR', 'vi'],
      ['JDK_JAVA_OPTIONS', "-Da='b c'"],
    ]);
    const before = new Map(values);
    const { machine, ledger } = await place({ platform, run: session(values).run });
    await ledger.apply(surface(machine, id));
    expect(values.get('HTTPS_PROXY')).toBe('http://127.0.0.1:7465');
    expect(values.get('NO_PROXY')).toMatch(/^intra\.corp,localhost,/);
    expect(values.get('JDK_JAVA_OPTIONS')).toMatch(/^-Da='b c' -Dheimdall=begin/);
    expect(await ledger.revert(surface(machine, id))).toMatchObject({ outcome: 'restored' });
    expect(values).toEqual(before);
  });

  it('follows the port, and keeps what someone else has set since', async () => {
    const values = new Map<string, string>();
    let port = 7465;
    const { machine, ledger } = await place({ platform, run: session(values).run, port: () => port });
    await ledger.apply(surface(machine, id));
    port = 9000;
    await ledger.apply(surface(machine, id));
    expect(values.get('https_proxy')).toBe('http://127.0.0.1:9000');
    values.set('SSL_CERT_FILE', '/their/own.pem');
    await ledger.revert(surface(machine, id));
    expect([...values]).toEqual([['SSL_CERT_FILE', '/their/own.pem']]);
  });

  it('never puts back a proxy at a port of this computer where nothing listens', async () => {
    const values = new Map([['HTTPS_PROXY', 'http://127.0.0.1:9']]);
    const here = await place({ platform, run: session(values).run });
    const machine = { ...here.machine, env: { ...here.machine.env, HTTPS_PROXY: 'http://127.0.0.1:9' } };
    await here.ledger.apply(surface(machine, id));
    const { Ledger } = await import('../../../../src/system/ledger.ts');
    const restored = await new Ledger(machine.dataDir, () => Promise.resolve(true)).revert(surface(machine, id));
    expect(restored.detail).toContain('port 9 of this computer');
    expect(values.has('HTTPS_PROXY')).toBe(false);
  });

  it('is left alone where it has a proxy that the agent does not know', async () => {
    const values = new Map([['HTTPS_PROXY', 'http://proxy.corp.example:8080']]);
    const { machine, ledger } = await place({ platform, run: session(values).run });
    await ledger.apply(surface(machine, id));
    expect([...values]).toEqual([['HTTPS_PROXY', 'http://proxy.corp.example:8080']]);
  });
});

describe('systemd', () => {
  it('is told to be missing where no session answers', async () => {
    const { machine } = await place();
    expect(await surface(machine, 'environment.user').obstacle()).toContain('No systemd session answers here');
  });

  it('shows values in quotes where they need them', () => {
    expect([...parsedEnvironment(`A=b\nC=$'d e\\'f\\\\g\\n'\nH="i j"\nnot a line\n`)]).toEqual([
      ['A', 'b'],
      ['C', "d e'f\\g\n"],
      ['H', 'i j'],
    ]);
  });

  it('gets a file for coming sessions only where the agent starts with them', async () => {
    const { machine, ledger, put } = await place();
    const file = join(machine.home, '.config', 'environment.d', '90-heimdall.conf');
    expect(await surface(machine, `environment.d:${file}`).obstacle()).toContain('heimdall setup --service');
    put('.config/systemd/user/heimdall.service', '');
    expect(await surface(machine, `environment.d:${file}`).obstacle()).toBeUndefined();
    await ledger.apply(surface(machine, `environment.d:${file}`));
    expect(readFileSync(file, 'utf8')).toContain('HTTPS_PROXY="http://127.0.0.1:7465"');
    await ledger.revert(surface(machine, `environment.d:${file}`));
    expect(existsSync(dirname(file))).toBe(false);
  });

  it('reads each value of the file as it was meant', async () => {
    const { machine } = await place();
    const folder = join(machine.home, '.config', 'environment.d');
    mkdirSync(folder, { recursive: true });
    const values = ['/plain/path', 'a b', `it's "quoted"`, 'a$b ${HOME} $$', 'back\\slash `tick` #no'];
    writeFileSync(join(folder, '90-heimdall.conf'), values.map((value, index) => `V${index}=${fileQuoted(value)}\n`).join(''));
    // What systemd itself runs at the start of a session.
    const generator = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator';
    const seen = parsedEnvironment(execFileSync(generator, { env: { HOME: machine.home, PATH: process.env.PATH }, encoding: 'utf8' }));
    expect(values.map((_, index) => seen.get(`V${index}`))).toEqual(values);
  });
});

describe('the environment of a Windows user', () => {
  it('is read with the kind of each value', () => {
    const json = '{"NO_PROXY":{"kind":"String","value":"intra"},"SSL_CERT_FILE":{"kind":"ExpandString","value":"%USERPROFILE%\\\\c.pem"}}';
    expect(parsedRegistry(json, ['NO_PROXY', 'SSL_CERT_FILE', 'HTTPS_PROXY'])).toEqual({
      NO_PROXY: 'intra',
      SSL_CERT_FILE: String.raw`%USERPROFILE%\c.pem`,
      'SSL_CERT_FILE (expand)': 'yes',
      HTTPS_PROXY: null,
    });
  });

  it('is set by PowerShell, which tells the desktop, and put back with the kind that was there', async () => {
    const registry = new Map<string, { readonly kind: string; readonly value: string }>([['NO_PROXY', { kind: 'ExpandString', value: '%COMPUTERNAME%' }]]);
    const before = new Map(registry);
    const scripts: string[] = [];
    const run: RunProgram = (file, args) => {
      expect([file, args.slice(0, 3)]).toEqual(['powershell.exe', ['-NoProfile', '-NonInteractive', '-EncodedCommand']]);
      const script = Buffer.from(args[3] ?? '', 'base64').toString('utf16le');
      scripts.push(script);
      for (const [, name = '', value = '', kind] of script.matchAll(/\$key\.SetValue\('(\w+)', '((?:[^']|'')*)', (?:'(\w+)'|\$\()/g)) {
        registry.set(name, { kind: kind ?? registry.get(name)?.kind ?? 'String', value: value.replaceAll("''", "'") });
      }
      for (const [, name = ''] of script.matchAll(/\$key\.DeleteValue\('(\w+)', \$false\)/g)) registry.delete(name);
      return said(script.includes('ConvertTo-Json') ? JSON.stringify(Object.fromEntries(registry)) : '');
    };
    const { machine, ledger } = await place({ platform: 'win32', run });
    await ledger.apply(surface(machine, 'environment.user'));
    expect(registry.get('HTTPS_PROXY')).toEqual({ kind: 'String', value: 'http://127.0.0.1:7465' });
    expect(registry.has('https_proxy')).toBe(false);
    expect(registry.get('NO_PROXY')).toMatchObject({ kind: 'ExpandString', value: expect.stringMatching(/^%COMPUTERNAME%,localhost/) as string });
    expect(scripts.at(-1)).toContain(`'Environment', 2, 5000`);
    await ledger.revert(surface(machine, 'environment.user'));
    expect(registry).toEqual(before);
  });
});
