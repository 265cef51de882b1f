import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { appFacts } from '../../../../src/catalog/app-facts.ts';
import { packagesOf, packageWords } from '../../../../src/system/apps/found-package.ts';
import type { FoundPackage, PackagePlace } from '../../../../src/system/apps/found-package.ts';
import { packagesFromDpkg, programsFromReg, systemPackages } from '../../../../src/system/apps/system-packages.ts';
import { toolPackages } from '../../../../src/system/apps/tool-packages.ts';

function place(platform: NodeJS.Platform, env: PackagePlace['env'] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hd-packages-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (path: string, text = ''): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const made: PackagePlace = {
    platform,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.replace('HOME', join(folder, 'home'))])),
    home: join(folder, 'home'),
    root: join(folder, 'root'),
    run: (file) => Promise.reject(new Error(`${file} was run`)),
  };
  return { folder, put, made };
}

const named = (found: readonly FoundPackage[]): string[] =>
  found.map(({ kind, name, version }) => `${kind} ${name}${version === undefined ? '' : ` ${version}`}`).sort();

describe('packages of the system', () => {
  it('are read from the status file of dpkg, those of which only settings are left excepted', () => {
    const status = [
      'Package: code\nStatus: install ok installed\nPriority: optional\nVersion: 1.96.2-1\nDescription: Code editing. Redefined.\n more\n',
      'Package: cursor\nStatus: deinstall ok config-files\nVersion: 0.42\n',
      '',
    ].join('\n');
    expect(named(packagesFromDpkg(status))).toEqual(['system code 1.96.2-1']);
  });

  it('are read from the database of rpm, and from the folders of Snap, Flatpak and Homebrew', async () => {
    const { folder, put, made } = place('linux');
    put('root/var/lib/rpm/none');
    // The tables as rpm 4.16 and later make them (lib/backend/sqlite.c).
    const database = new DatabaseSync(join(folder, 'root/var/lib/rpm/rpmdb.sqlite'));
    database.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    database.exec("CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum))");
    database.exec("INSERT INTO Packages VALUES (1, x'00'); INSERT INTO Name VALUES ('code', 1, 0)");
    database.close();
    put('root/snap/chromium/current');
    put('home/.local/share/flatpak/app/dev.zed.Zed/current');
    put('root/home/linuxbrew/.linuxbrew/Cellar/gemini-cli/1.0/x');
    expect(named(await systemPackages(made))).toEqual(['system chromium', 'system code', 'system dev.zed.zed', 'system gemini-cli']);
  });

  it('are empty where there is no list at all', async () => {
    expect(await systemPackages(place('linux').made)).toEqual([]);
  });

  it('are read from the registry of Windows (documented output of reg query)', async () => {
    const output = [
      '',
      String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{771FD6B0-FA20-440A-A002-3B3BAC16DC50}_is1`,
      '    DisplayName    REG_SZ    Microsoft Visual Studio Code (User)',
      '',
      String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\62625`,
      '    DisplayName    REG_SZ    Cursor 0.45.11',
      '',
      'End of search: 2 match(es) found.',
    ].join('\r\n');
    expect(named(programsFromReg(output))).toEqual(['windows Cursor 0.45.11', 'windows Microsoft Visual Studio Code (User)']);
    const asked: string[] = [];
    const run: PackagePlace['run'] = (file, args) => {
      asked.push([file, ...args].join(' '));
      return Promise.resolve({ code: asked.length === 1 ? 0 : 1, stdout: asked.length === 1 ? output : '', stderr: '' });
    };
    const found = await systemPackages({ ...place('win32').made, run });
    expect(asked).toEqual([
      String.raw`reg query HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall /s /v DisplayName`,
      String.raw`reg query HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall /s /v DisplayName`,
      String.raw`reg query HKCU\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall /s /v DisplayName`,
    ]);
    const of = (app: string): string[] => packagesOf(appFacts.get(app)?.packages, found).map(packageWords);
    expect(of('vscode')).toEqual(['installed program: Microsoft Visual Studio Code (User)']);
    expect(of('cursor')).toEqual(['installed program: Cursor 0.45.11']);
    expect(of('claude-desktop')).toEqual([]);
  });

  it('of one product are not taken for another whose name goes on', () => {
    const found = programsFromReg('    DisplayName    REG_SZ    Claude Code\n    DisplayName    REG_SZ    PyCharm Community Edition 2025.1\n');
    expect(packagesOf(appFacts.get('claude-desktop')?.packages, found)).toEqual([]);
    expect(packagesOf(appFacts.get('claude-code')?.packages, found)).toHaveLength(1);
    expect(packagesOf(appFacts.get('jetbrains')?.packages, found)).toHaveLength(1);
  });
});

describe('packages of developers', () => {
  it('are found for npm with any version manager, pip, pipx, uv, cargo and the editors', async () => {
    const { put, made } = place('linux', { NPM_CONFIG_PREFIX: 'HOME/prefix' });
    put('root/usr/lib/node_modules/@openai/codex/package.json');
    put('home/prefix/lib/node_modules/opencode-ai/package.json');
    put('home/.nvm/versions/node/v22.1.0/lib/node_modules/@google/gemini-cli/package.json');
    put('home/.local/lib/python3.12/site-packages/aider_chat-0.80.1.dist-info/METADATA');
    put('home/.local/share/pipx/venvs/llm/bin/llm');
    put('home/.local/share/uv/tools/Aider.Chat/bin/aider');
    put('home/.cargo/.crates.toml', '[v1]\n"codex-cli 0.2.0 (git+https://github.com/openai/codex#1a2b)" = ["codex"]\n');
    put('home/.vscode/extensions/github.copilot-chat-0.23.2/package.json');
    put('home/.cursor/extensions/saoudrizwan.claude-dev-3.1.0-universal/package.json');
    put('home/.vscode-server/extensions/anthropic.claude-code-1.0.30-linux-x64/package.json');
    expect(named(await toolPackages(made))).toEqual([
      'cargo codex-cli 0.2.0',
      'extensions anthropic.claude-code 1.0.30',
      'extensions github.copilot-chat 0.23.2',
      'extensions saoudrizwan.claude-dev 3.1.0',
      'npm @google/gemini-cli',
      'npm @openai/codex',
      'npm opencode-ai',
      'pip aider-chat',
      'pip aider-chat 0.80.1',
      'pip llm',
    ]);
  });

  it('are looked for on Windows below the folders of the user only', async () => {
    const { put, made } = place('win32', { APPDATA: 'HOME/AppData/Roaming', LOCALAPPDATA: 'HOME/AppData/Local' });
    put('home/AppData/Roaming/npm/node_modules/@anthropic-ai/claude-code/package.json');
    put('home/AppData/Local/Programs/Python/Python312/Lib/site-packages/aider_chat-0.80.1.dist-info/METADATA');
    put('root/usr/lib/node_modules/@openai/codex/package.json');
    expect(named(await toolPackages(made))).toEqual(['npm @anthropic-ai/claude-code', 'pip aider-chat 0.80.1']);
  });
});
