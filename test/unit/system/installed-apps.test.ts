import { describe, expect, it } from 'vitest';
import { namedApps } from '../../../src/catalog/app-names.ts';
import { appOf } from '../../../src/catalog/apps.ts';
import { findInstalledApps } from '../../../src/system/installed-apps.ts';

const find = async (platform: NodeJS.Platform, env: Record<string, string>, folders: Record<string, readonly string[]>) =>
  Object.fromEntries(
    await findInstalledApps({
      platform,
      env,
      appOf,
      isAiApp: (app) => namedApps.get(app)?.isAiApp === true,
      list: (folder) => Promise.resolve(folders[folder] ?? []),
    }),
  );

describe('installed apps', () => {
  it('are found on Linux by launcher and by program on the PATH, tools that are no AI apps left out', async () => {
    const folders = { '/usr/share/applications': ['cursor.desktop', 'mail.desktop'], '/opt/bin': ['claude', 'curl', 'ls'], '/home/a/.local/bin': ['aider'] };
    expect(await find('linux', { PATH: '/opt/bin:relative', HOME: '/home/a' }, folders)).toEqual({
      cursor: '/usr/share/applications/cursor.desktop',
      'claude-code': '/opt/bin/claude',
      aider: '/home/a/.local/bin/aider',
    });
  });

  it('are found on macOS by bundle', async () => {
    expect(await find('darwin', {}, { '/Applications': ['ChatGPT.app', 'Mail.app', 'Visual Studio Code.app'] })).toEqual({
      'chatgpt-desktop': '/Applications/ChatGPT.app',
      vscode: '/Applications/Visual Studio Code.app',
    });
  });

  it('are found on Windows by folder and by program', async () => {
    const env = { LOCALAPPDATA: 'C:\\L', Path: 'C:\\npm' };
    expect(await find('win32', env, { 'C:\\L\\Programs': ['cursor'], 'C:\\npm': ['codex.cmd', 'readme.txt'] })).toEqual({
      cursor: 'C:\\L\\Programs\\cursor',
      codex: 'C:\\npm\\codex.cmd',
    });
  });
});
