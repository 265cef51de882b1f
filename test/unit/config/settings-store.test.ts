import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SettingsStore } from '../../../src/config/settings-store.ts';
import { loadSettings } from '../../../src/config/settings.ts';
import type { LoadSettingsOptions } from '../../../src/config/settings.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'heimdall-settings-'));
  file = join(home, '.config/heimdall/settings.yaml');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (more: Partial<LoadSettingsOptions> = {}): SettingsStore =>
  new SettingsStore(loadSettings({ platform: 'linux', env: {}, home, cwd: home, dataDir: join(home, 'data'), ...more }));
const write = (text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const entry = (store: SettingsStore, key: string) => store.view().entries.find((each) => each.key === key);

describe('changing settings from a window', () => {
  it('adds a gateway and its key, and keeps the key out of the settings file', () => {
    const store = open();
    store.set('gateway.url', 'https://gateway.example.com');
    const view = store.set('gateway.virtualKey', 'sk-bf-secret');
    expect(view.needsRestart).toBe(true);
    expect(entry(store, 'gateway.virtualKey')?.value).toBe('set');
    expect(readFileSync(file, 'utf8')).not.toContain('sk-bf-secret');
    expect(statSync(join(home, 'data/virtual-key')).mode & 0o777).toBe(0o600);
    const [target] = loadSettings({ platform: 'linux', env: {}, home, cwd: home, dataDir: join(home, 'data') }).targets;
    expect(target?.kind === 'gateway' ? target.virtualKey : undefined).toBe('sk-bf-secret');
  });

  it('takes both out again and leaves no key behind', () => {
    const store = open();
    store.set('gateway.url', 'https://gateway.example.com');
    store.set('gateway.virtualKey', 'sk-bf-secret');
    store.set('gateway.virtualKey', null);
    store.set('gateway.url', null);
    expect(existsSync(join(home, 'data/virtual-key'))).toBe(false);
    expect(entry(store, 'gateway.url')?.value).toBeNull();
    expect(store.view().needsRestart).toBe(false);
  });

  it('keeps comments, order and everything else in the file', () => {
    write('# mine\nport: 9000 # high\naudit:\n  retentionDays: 30\n');
    open().set('port', 9001);
    expect(readFileSync(file, 'utf8')).toBe('# mine\nport: 9001 # high\naudit:\n  retentionDays: 30\n');
  });

  it('keeps other targets and a key written in place when the address changes', () => {
    write('targets:\n  - { id: gw, kind: gateway, url: "https://old.example", virtualKey: in-place }\n  - { id: direct, kind: origin }\n');
    open().set('gateway.url', 'https://new.example');
    const { targets } = loadSettings({ platform: 'linux', env: {}, home, cwd: home });
    expect(targets.map((target) => [target.id, target.kind === 'gateway' ? [target.url.host, target.virtualKey] : []])).toEqual([
      ['gw', ['new.example', 'in-place']],
      ['direct', []],
    ]);
  });

  it.each([
    ['port', 99_999],
    ['log.level', 'loud'],
    ['gateway.url', 'not an address'],
  ] as const)('refuses %s = %s and leaves the file as it was', (key, value) => {
    write('port: 9000\n');
    expect(() => open().set(key, value)).toThrow();
    expect(readFileSync(file, 'utf8')).toBe('port: 9000\n');
  });

  it('refuses a key without a gateway', () => {
    expect(() => open().set('gateway.virtualKey', 'x')).toThrow(/needs a gateway/);
  });

  it('says who locked an entry, and does not change it', () => {
    const managed = '/etc/heimdall/settings.yaml';
    const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    const files = {
      read: (path: string) => {
        if (path === managed) return 'port: 7000\n';
        throw missing;
      },
      mode: () => 0o600,
    };
    const store = open({ files });
    expect(entry(store, 'port')).toMatchObject({ value: 7000, layer: 'managed', file: managed, lockedBy: expect.stringContaining(managed) as string });
    expect(() => store.set('port', 1)).toThrow(/Your administrator set it/);
    expect(entry(open({ overrides: { port: 5 } }), 'port')?.lockedBy).toContain('command line');
  });

  it('writes JSON where the file is JSON', () => {
    file = join(home, '.config/heimdall/settings.json');
    write('{ "port": 9000 }');
    open().set('audit.retentionDays', 10);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ port: 9000, audit: { retentionDays: 10 } });
  });
});
