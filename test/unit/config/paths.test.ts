import { describe, expect, test } from 'vitest';
import { absolutePath, heimdallPaths } from '../../../src/config/paths.ts';

const linux = { platform: 'linux', home: '/home/ann', cwd: '/project', env: {} } as const;
const mac = { platform: 'darwin', home: '/Users/ann', cwd: '/project', env: {} } as const;
const windows = { platform: 'win32', home: 'C:\\Users\\ann', cwd: 'C:\\work', env: {} } as const;

describe('the usual places', () => {
  test('on Linux follow XDG, and a relative XDG folder is ignored', () => {
    expect(heimdallPaths(linux)).toMatchObject({ dataDir: '/home/ann/.local/share/heimdall' });
    expect(heimdallPaths(linux).userFiles[0]).toBe('/home/ann/.config/heimdall/settings.yaml');
    expect(heimdallPaths(linux).managedFiles[0]).toBe('/etc/heimdall/settings.yaml');
    const env = { XDG_CONFIG_HOME: '/cfg', XDG_DATA_HOME: 'relative' };
    expect(heimdallPaths({ ...linux, env }).userFiles[2]).toBe('/cfg/heimdall/settings.json');
    expect(heimdallPaths({ ...linux, env }).dataDir).toBe('/home/ann/.local/share/heimdall');
  });

  test('on macOS are in Application Support', () => {
    expect(heimdallPaths(mac).dataDir).toBe('/Users/ann/Library/Application Support/Heimdall');
    expect(heimdallPaths(mac).managedFiles[0]).toBe('/Library/Application Support/Heimdall/settings.yaml');
  });

  test('on Windows are in AppData and ProgramData', () => {
    const env = { LOCALAPPDATA: 'D:\\Local', APPDATA: 'D:\\Roaming', ProgramData: 'D:\\Evil' };
    expect(heimdallPaths({ ...windows, env }).dataDir).toBe('D:\\Local\\Heimdall');
    expect(heimdallPaths({ ...windows, env }).userFiles[0]).toBe('D:\\Roaming\\Heimdall\\settings.yaml');
    expect(heimdallPaths(windows).dataDir).toBe('C:\\Users\\ann\\AppData\\Local\\Heimdall');
  });

  test('on Windows cannot be moved away from the administrator by a variable', () => {
    expect(heimdallPaths({ ...windows, env: { ProgramData: 'D:\\Evil' } }).managedFiles[0]).toBe('C:\\ProgramData\\Heimdall\\settings.yaml');
  });
});

test.each([
  [linux, 'data', '/project/data'],
  [linux, '/data', '/data'],
  [linux, '~/data', '/home/ann/data'],
  [linux, '', '/home/ann/.local/share/heimdall'],
  [windows, '~\\data', 'C:\\Users\\ann\\data'],
])('HEIMDALL_DATA_DIR=%2$s moves the data folder', (machine, value, expected) => {
  expect(heimdallPaths({ ...machine, env: { HEIMDALL_DATA_DIR: value } }).dataDir).toBe(expected);
});

test('a tilde inside a path is a tilde', () => {
  expect(absolutePath('a~/b', '/base', linux)).toBe('/base/a~/b');
});
