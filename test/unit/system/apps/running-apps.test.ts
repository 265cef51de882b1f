import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { appOf } from '../../../../src/catalog/apps.ts';
import { environmentOf, findRunningApps, programsFromTasklist } from '../../../../src/system/apps/running-apps.ts';
import type { RunProgram } from '../../../../src/system/run-program.ts';
import { eventually } from '../../../integration/eventually.ts';

const nothing: RunProgram = (file) => Promise.reject(new Error(`${file} was run`));
const answering =
  (answers: Readonly<Record<string, string>>): RunProgram =>
  (file, args) => {
    const stdout = answers[[file, ...args].join(' ')] ?? answers[file];
    return Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' });
  };

describe('running apps', () => {
  it('are found on Linux in /proc with the environment they were started with', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: { HTTPS_PROXY: 'http://127.0.0.1:1', EMPTY: '' }, stdio: 'ignore' });
    onTestFinished(() => void child.kill());
    await once(child, 'spawn');
    const find = async () =>
      (await findRunningApps({ platform: 'linux', run: nothing, appOf, isWanted: (app) => app === 'node' })).find(({ pid }) => pid === child.pid);
    await eventually(async () => (await find())?.env?.get('HTTPS_PROXY') === 'http://127.0.0.1:1', 'the child in /proc');
    const found = await find();
    expect([found?.app, found?.executable, found?.env?.get('EMPTY'), found?.env?.has('PATH')]).toEqual(['node', process.execPath, '', false]);
  });

  it('are found on macOS from ps (documented output)', async () => {
    const run = answering({
      '/bin/ps -axww -o pid=,comm=': '    1 /sbin/launchd\n  812 /Applications/Cursor.app/Contents/MacOS/Cursor\n 4001 node\n',
      '/bin/ps -axww -o pid=,args=':
        '    1 /sbin/launchd\n  812 /Applications/Cursor.app/Contents/MacOS/Cursor --flag\n 4001 node /opt/homebrew/bin/gemini -p hi\n',
    });
    const found = await findRunningApps({ platform: 'darwin', run, appOf, isWanted: (app) => app !== 'launchd' });
    expect(found).toEqual([
      { pid: 812, app: 'cursor', executable: '/Applications/Cursor.app/Contents/MacOS/Cursor' },
      { pid: 4001, app: 'gemini-cli', executable: 'node' },
    ]);
  });

  it('are found on Windows from PowerShell, and by name alone where it is locked (documented outputs)', async () => {
    const json = JSON.stringify([
      { ProcessId: 0, Name: 'System Idle Process', ExecutablePath: null, CommandLine: null },
      {
        ProcessId: 812,
        Name: 'claude.exe',
        ExecutablePath: String.raw`C:\Users\a\AppData\Local\AnthropicClaude\app-0.9\claude.exe`,
        CommandLine: 'claude.exe',
      },
    ]);
    const options = { platform: 'win32', appOf, isWanted: () => true } as const;
    expect((await findRunningApps({ ...options, run: answering({ powershell: json }) })).map(({ pid, app }) => [pid, app])).toEqual([[812, 'claude-desktop']]);
    const list = '"System Idle Process","0","Services","0","8 K"\r\n"Cursor.exe","4711","Console","1","210,044 K"\r\n';
    expect((await findRunningApps({ ...options, run: answering({ tasklist: list }) })).map(({ pid, app }) => [pid, app])).toEqual([[4711, 'cursor']]);
    expect(programsFromTasklist('INFO: No tasks are running which match the specified criteria.')).toEqual([]);
  });

  it('read an environment as the kernel writes it', () => {
    expect([...environmentOf('A=1\0B=x=y\0=odd\0C=\0')]).toEqual([
      ['A', '1'],
      ['B', 'x=y'],
      ['C', ''],
    ]);
  });
});
