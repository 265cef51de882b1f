import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadSettings, settingsJsonSchema } from '../../../src/config/settings.ts';
import type { LoadSettingsOptions } from '../../../src/config/settings.ts';

const root = join(import.meta.dirname, '../../..');
const user = '/home/ann/.config/heimdall/settings.yaml';
const managed = '/etc/heimdall/settings.yaml';

/** A Linux machine with these files and variables. */
function machine(files: Record<string, string> = {}, env: Record<string, string> = {}): LoadSettingsOptions {
  const read = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return text;
  };
  return { platform: 'linux', home: '/home/ann', cwd: '/project', env, files: { read, mode: () => 0o100600 } };
}

describe('the layers', () => {
  test('without any file or variable give the defaults', () => {
    const loaded = loadSettings(machine());
    expect(loaded.settings).toMatchObject({ port: 7465, targets: [], log: { level: 'info' } });
    expect(loaded).toMatchObject({ targets: [], sources: [], concerns: [], dataDir: '/home/ann/.local/share/heimdall' });
    expect(loaded.layerOf('port')).toBe('default');
  });

  test('stand managed over command line over user over environment', () => {
    const env = { HEIMDALL_PORT: '4', HEIMDALL_LOG_LEVEL: 'debug', HEIMDALL_POLICY: 'p.yaml' };
    const options = machine({ [managed]: 'port: 1\n', [user]: 'port: 3\nnetwork: { connectTimeoutMs: 3 }\nlog: { level: warn }\n' }, env);
    const loaded = loadSettings({ ...options, overrides: { port: 2, log: { level: 'error' } } });
    expect(loaded.settings).toMatchObject({ port: 1, log: { level: 'error' }, network: { connectTimeoutMs: 3 }, policyFile: '/project/p.yaml' });
    expect(['port', 'log.level', 'network.connectTimeoutMs', 'policyFile', 'audit.retentionDays'].map((path) => loaded.layerOf(path))).toEqual([
      'managed',
      'command-line',
      'user',
      'environment',
      'default',
    ]);
    expect(loaded.sources).toEqual([
      { layer: 'managed', path: managed },
      { layer: 'user', path: user },
    ]);
  });

  test('may be JSON files', () => {
    expect(loadSettings(machine({ '/home/ann/.config/heimdall/settings.json': '{ "port": 9 }' })).settings.port).toBe(9);
  });

  test('take an empty file for one that sets nothing', () => {
    expect(loadSettings(machine({ [user]: '# nothing yet\n' })).settings.port).toBe(7465);
  });
});

describe('the environment', () => {
  test('HEIMDALL_GATEWAY_URL and HEIMDALL_VIRTUAL_KEY make a gateway', () => {
    const { targets } = loadSettings(machine({}, { HEIMDALL_GATEWAY_URL: 'https://gw.example', HEIMDALL_VIRTUAL_KEY: 'vk' }));
    expect(targets).toMatchObject([{ id: 'gateway', kind: 'gateway' }]);
    expect(targets[0]?.kind === 'gateway' && targets[0].virtualKey).toBe('vk');
  });

  test('gives way to targets of a file, and says so', () => {
    const loaded = loadSettings(machine({ [user]: 'targets: [{ id: direct, kind: origin }]\n' }, { HEIMDALL_GATEWAY_URL: 'https://gw.example' }));
    expect(loaded.targets).toEqual([{ id: 'direct', kind: 'origin' }]);
    expect(loaded.concerns).toEqual([{ code: 'settings-overridden', detail: 'HEIMDALL_GATEWAY_URL is set, but the user settings list targets' }]);
  });

  test.each([
    ['HEIMDALL_PORT', 'eighty', 'HEIMDALL_PORT: Invalid input: expected number, received string'],
    ['HEIMDALL_PORT', '99999', 'HEIMDALL_PORT: Too big: expected number to be <=65535'],
    ['HEIMDALL_LOG_LEVEL', 'inof', 'HEIMDALL_LOG_LEVEL: Invalid option: expected one of "debug"|"info"|"warn"|"error"'],
    ['HEIMDALL_GATEWAY_URL', 'gw.example', 'HEIMDALL_GATEWAY_URL: Invalid URL'],
  ])('%s=%s is refused by its name', (name, value, message) => {
    expect(() => loadSettings(machine({}, { [name]: value }))).toThrow(message);
  });

  test('an empty variable is no variable', () => {
    expect(loadSettings(machine({}, { HEIMDALL_PORT: '', HEIMDALL_GATEWAY_URL: ' ', HEIMDALL_CONFIG: '' })).settings).toMatchObject({
      port: 7465,
      targets: [],
    });
  });
});

describe('a file', () => {
  test.each([
    ['port: hello\n', `${user}:1:7: port: expected number, received string`],
    ['port: 1\nprot: 2\n', `${user}:2:1: unknown key "prot". Did you mean "port"?`],
    ['port: [1\n', `${user}:`],
  ])('that is wrong is refused with its name, the place and the reason: %j', (text, message) => {
    expect(() => loadSettings(machine({ [user]: text }))).toThrow(
      expect.objectContaining({ code: 'settings-invalid', message: expect.stringContaining(message) as string }) as Error,
    );
  });

  test('of the administrator that is wrong is refused even when the user could do without it', () => {
    expect(() => loadSettings(machine({ [managed]: 'port: x\n' }))).toThrow(`${managed}:1:7`);
  });

  test('that is there but cannot be read is refused, not passed over', () => {
    const denied = () => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    };
    expect(() => loadSettings({ ...machine(), files: { read: denied, mode: () => 0 } })).toThrow(/cannot be read: EACCES/);
  });

  test.each([
    [{ settingsFile: 'x.yaml' }, {}, '/project/x.yaml, which --settings names'],
    [{}, { HEIMDALL_CONFIG: '~/y.yaml' }, '/home/ann/y.yaml, which HEIMDALL_CONFIG names'],
  ])('that is named must exist: %j %j', (options, env, message) => {
    expect(() => loadSettings({ ...machine({}, env), ...options })).toThrow(message);
  });

  test('names other files from its own folder', () => {
    const text =
      'policyFile: policy.yaml\nnetwork: { extraRoots: [ca.pem, /abs.pem] }\ntargets: [{ id: g, kind: gateway, url: "https://g.example", virtualKey: { file: ~/vk } }]\n';
    const { settings, targets } = loadSettings(machine({ [user]: text, '/home/ann/vk': 'vk-file' }));
    expect(settings.policyFile).toBe('/home/ann/.config/heimdall/policy.yaml');
    expect(settings.network.extraRoots).toEqual(['/home/ann/.config/heimdall/ca.pem', '/abs.pem']);
    expect(targets[0]?.kind === 'gateway' && targets[0].virtualKey).toBe('vk-file');
  });

  test('with a key in place is printed without the key', () => {
    const loaded = loadSettings(machine({ [user]: 'targets: [{ id: g, kind: gateway, url: "https://g.example", virtualKey: sk-bf-s3cret }]\n' }));
    expect(JSON.stringify(loaded) + inspect(loaded, { depth: 9 })).not.toContain('s3cret');
  });
});

test('a wrong option on the command line is refused as such', () => {
  expect(() => loadSettings({ ...machine(), overrides: { port: 99_999 } })).toThrow('command line: port: Too big: expected number to be <=65535');
});

test('real files are read from a real disk, and an exposed key file is a concern', () => {
  const home = mkdtempSync(join(tmpdir(), 'heimdall-config-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, '.config', 'heimdall'), { recursive: true });
  writeFileSync(join(home, '.config', 'heimdall', 'vk'), 'vk-1\n');
  chmodSync(join(home, '.config', 'heimdall', 'vk'), 0o644);
  writeFileSync(
    join(home, '.config', 'heimdall', 'settings.yaml'),
    'targets: [{ id: g, kind: gateway, url: "https://g.example", virtualKey: { file: vk } }]\n',
  );
  const loaded = loadSettings({ platform: 'linux', env: {}, home, cwd: home });
  expect(loaded.targets).toHaveLength(1);
  expect(loaded.concerns.map((concern) => concern.code)).toEqual(['secret-exposed']);
});

test('the published JSON Schema is the one of the settings', () => {
  const published = JSON.parse(readFileSync(join(root, 'schema/settings.schema.json'), 'utf8')) as unknown;
  expect(published, 'write JSON.stringify(settingsJsonSchema()) into schema/settings.schema.json').toEqual(JSON.parse(JSON.stringify(settingsJsonSchema())));
});

test('the example is valid and shows the defaults', () => {
  const example = readFileSync(join(root, 'examples/settings.yaml'), 'utf8');
  const { targets, ...rest } = loadSettings(machine({ [user]: example })).settings;
  const { targets: none, ...defaults } = loadSettings(machine()).settings;
  expect(rest).toEqual(defaults);
  expect([targets.length, none.length]).toEqual([2, 0]);
});
