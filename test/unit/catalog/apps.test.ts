import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appOf } from '../../../src/catalog/apps.ts';

describe('telling the app from its program', () => {
  it.each([
    ['/home/ann/.local/share/claude/versions/2.1.197', 'claude-code'],
    ['/home/ann/.local/bin/claude', 'claude-code'],
    ['C:\\Users\\ann\\.local\\bin\\claude.exe', 'claude-code'],
    ['/opt/node_modules/@anthropic-ai/claude-code-linux-x64/claude', 'claude-code'],
    ['/Applications/Claude.app/Contents/MacOS/Claude', 'claude-desktop'],
    ['C:\\Users\\ann\\AppData\\Local\\AnthropicClaude\\app-1.2.3\\claude.exe', 'claude-desktop'],
    ['/usr/local/bin/codex', 'codex'],
    ['/opt/node_modules/@openai/codex-linux-x64/vendor/codex/codex', 'codex'],
    ['/home/ann/.opencode/bin/opencode', 'opencode'],
    ['/Applications/Cursor.app/Contents/Frameworks/Cursor Helper.app/Contents/MacOS/Cursor Helper', 'cursor'],
    ['C:\\Users\\ann\\AppData\\Local\\Programs\\cursor\\Cursor.exe', 'cursor'],
    ['/usr/share/code/code', 'vscode'],
    ['C:\\Program Files\\Microsoft VS Code\\Code.exe', 'vscode'],
    ['/Applications/Visual Studio Code.app/Contents/MacOS/Electron', 'vscode'],
    ['/opt/google/chrome/chrome', 'chrome'],
    ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'chrome'],
    ['/usr/lib/chromium/chromium', 'chromium'],
    ['/usr/lib/firefox-esr/firefox-esr', 'firefox'],
    ['C:\\Program Files\\Mozilla Firefox\\firefox.exe', 'firefox'],
    ['C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe', 'edge'],
    ['/usr/bin/curl', 'curl'],
    ['C:\\Windows\\System32\\curl.exe', 'curl'],
    ['/usr/bin/python3.12', 'python'],
    ['C:\\Python313\\pythonw.exe', 'python'],
    ['/usr/local/bin/node', 'node'],
    ['/usr/bin/node (deleted)', 'node'],
    ['/Applications/ChatGPT.app/Contents/MacOS/ChatGPT', 'chatgpt-desktop'],
    ['/home/ann/.local/zed.app/libexec/zed-editor', 'zed'],
    ['/opt/idea-IU/bin/idea', 'jetbrains'],
    ['C:\\Program Files\\JetBrains\\PyCharm 2026.2\\bin\\pycharm64.exe', 'jetbrains'],
    ['/opt/acme/bin/Acme-Agent', 'acme-agent'],
    ['C:\\Tools\\My Tool.EXE', 'my tool'],
    ['curl', 'curl'],
    ['', ''],
  ])('calls %s %s', (executable, app) => {
    expect(appOf(executable)).toBe(app);
  });

  it.each([
    [['node', '/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js', '-p', 'hello'], 'claude-code'],
    [['node', '--no-warnings', '/usr/lib/node_modules/@google/gemini-cli/dist/index.js'], 'gemini-cli'],
    [['node', 'C:\\npm\\node_modules\\@openai\\codex\\bin\\codex.js'], 'codex'],
    [['node', '/usr/local/bin/claude'], 'claude-code'],
    [['node', '/usr/local/bin/gemini'], 'gemini-cli'],
    [['node', '/home/ann/project/server.js'], 'node'],
    [['node', '/home/ann/project/claude.js'], 'node'],
    [['node'], 'node'],
    [[], 'node'],
    [['node', '-e', '1'], 'node'],
  ])('tells what Node runs from %j: %s', (commandLine, app) => {
    expect(appOf('/usr/bin/node', commandLine)).toBe(app);
  });

  it('tells what Python runs by its script', () => {
    expect(appOf('/usr/bin/python3.12', ['python3', '/home/ann/.local/bin/aider'])).toBe('aider');
    expect(appOf('/usr/bin/python3.12', ['python3', '-m', 'http.server'])).toBe('python');
  });

  it('does not let the arguments of an ordinary program name it', () => {
    expect(appOf('/usr/bin/curl', ['curl', '/usr/local/bin/claude'])).toBe('curl');
  });

  it('answers any executable and command line without throwing', () => {
    fc.assert(fc.property(fc.string(), fc.array(fc.string()), (executable, commandLine) => typeof appOf(executable, commandLine) === 'string'));
  });
});
