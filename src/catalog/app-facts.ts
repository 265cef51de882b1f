// What is known of each app: where it learns of a proxy, whose roots it believes, a host it calls, what its packages are called.
import type { AppFacts, ProxyRoute, TrustStore } from '../contract/coverage.ts';

const system: ProxyRoute = { kind: 'system' };
const environment: ProxyRoute = { kind: 'environment' };
const environmentOnLinux: ProxyRoute = { kind: 'environment', on: ['linux'] };
const systemOffLinux: ProxyRoute = { kind: 'system', on: ['darwin', 'win32'] };
const settings = (tool: string, within?: string): ProxyRoute => ({ kind: 'settings', surface: `tools.${tool}:`, ...(within === undefined ? {} : { within }) });

const anthropic = 'api.anthropic.com';
const openai = 'api.openai.com';
const gemini = 'generativelanguage.googleapis.com';
const copilot = 'api.githubcopilot.com';

/** Chromium's own network code follows the desktop, and the environment where Linux has none; its trust is NSS there, the system's elsewhere. */
const browserRoutes: readonly ProxyRoute[] = [system, environmentOnLinux];
const browserTrust: readonly TrustStore[] = ['nss', 'os'];
/** VS Code and its forks: Chromium's network code and Node's, which reads the editor's setting first. */
const editorTrust: readonly TrustStore[] = ['os', 'node-extra'];
const editors = ['vscode', 'vscodium', 'cursor', 'windsurf'];

const editor = (tool: string, host: string, packages: AppFacts['packages'] & object): AppFacts => ({
  routes: [settings('vscode', tool), system, environment],
  trust: editorTrust,
  host,
  packages,
});
const extension = (host: string, provider: string | undefined, ids: readonly string[]): AppFacts => ({
  routes: [settings('vscode'), system, environment],
  trust: editorTrust,
  host,
  packages: { extensions: ids },
  partOf: { apps: editors, provider },
});
const browser = (names: readonly string[], windows: readonly string[]): AppFacts => ({
  routes: browserRoutes,
  trust: browserTrust,
  host: openai,
  packages: { system: names, windows },
});

const facts: readonly (readonly [string, AppFacts])[] = [
  [
    'claude-code',
    {
      routes: [settings('claude-code'), environment],
      trust: ['os', 'node-extra'],
      host: anthropic,
      packages: { npm: ['@anthropic-ai/claude-code'], system: ['claude-code'], extensions: ['anthropic.claude-code'], windows: ['Claude Code'] },
    },
  ],
  ['claude-desktop', { routes: browserRoutes, trust: browserTrust, host: anthropic, packages: { system: ['claude', 'claude-desktop'], windows: ['Claude'] } }],
  [
    'codex',
    {
      routes: [settings('codex'), environment, systemOffLinux],
      trust: ['bundle', 'os'],
      host: openai,
      packages: { npm: ['@openai/codex'], system: ['codex'], cargo: ['codex-cli'], extensions: ['openai.chatgpt'], windows: ['Codex'] },
    },
  ],
  [
    'gemini-cli',
    {
      routes: [settings('gemini-cli'), environment],
      trust: ['node-extra'],
      host: gemini,
      packages: { npm: ['@google/gemini-cli'], system: ['gemini-cli'] },
    },
  ],
  [
    'opencode',
    {
      routes: [environment],
      trust: ['node-extra'],
      host: anthropic,
      packages: { npm: ['opencode-ai'], system: ['opencode'], extensions: ['sst-dev.opencode'] },
    },
  ],
  ['crush', { routes: [environment], trust: ['bundle', 'os'], host: anthropic, packages: { npm: ['@charmland/crush'], system: ['crush'] } }],
  ['aider', { routes: [environment], trust: ['bundle'], host: openai, packages: { pip: ['aider-chat', 'aider-install'], system: ['aider'] } }],
  [
    'goose',
    {
      routes: [environment],
      trust: ['bundle', 'os'],
      host: openai,
      packages: { system: ['block-goose-cli', 'goose'], cargo: ['goose-cli'], windows: ['Goose'] },
    },
  ],
  [
    'copilot-cli',
    {
      routes: [environment],
      trust: ['node-extra'],
      host: copilot,
      packages: { npm: ['@github/copilot'], system: ['copilot-cli'], windows: ['GitHub Copilot CLI'] },
    },
  ],
  ['cursor', editor('Cursor', 'api2.cursor.sh', { system: ['cursor'], windows: ['Cursor'] })],
  ['cursor-cli', { routes: [environment], trust: ['node-extra'], host: 'api2.cursor.sh', packages: { system: ['cursor-cli', 'cursor-agent'] } }],
  ['windsurf', editor('Windsurf', 'server.codeium.com', { system: ['windsurf'], windows: ['Windsurf'] })],
  [
    'vscode',
    editor('Code', copilot, { system: ['code', 'code-insiders', 'visual-studio-code', 'com.visualstudio.code'], windows: ['Microsoft Visual Studio Code'] }),
  ],
  ['vscodium', editor('VSCodium', openai, { system: ['codium', 'vscodium', 'com.vscodium.codium'], windows: ['VSCodium'] })],
  [
    'zed',
    {
      routes: [environment, { kind: 'own', where: 'the "proxy" entry of the settings of Zed' }],
      trust: ['os'],
      host: 'cloud.zed.dev',
      packages: { system: ['zed', 'zed-editor', 'dev.zed.zed'], windows: ['Zed'] },
    },
  ],
  ['chatgpt-desktop', { routes: browserRoutes, trust: browserTrust, host: openai, packages: { system: ['chatgpt'], windows: ['ChatGPT'] } }],
  [
    'jetbrains',
    {
      routes: [settings('jetbrains'), system],
      trust: ['os', 'java'],
      host: 'api.jetbrains.ai',
      packages: {
        system: [
          'intellij-idea-ultimate',
          'intellij-idea-community',
          'pycharm-professional',
          'pycharm-community',
          'webstorm',
          'goland',
          'clion',
          'phpstorm',
          'rider',
        ],
        windows: ['IntelliJ IDEA', 'PyCharm', 'WebStorm', 'GoLand', 'CLion', 'PhpStorm', 'JetBrains Rider'],
      },
    },
  ],
  ['ollama', { routes: [environment], trust: ['bundle', 'os'], host: 'ollama.com', packages: { system: ['ollama', 'ollama-app'], windows: ['Ollama'] } }],
  ['copilot-editor', extension(copilot, 'github', ['github.copilot', 'github.copilot-chat'])],
  ['continue', extension(openai, undefined, ['continue.continue'])],
  ['cline', extension(anthropic, undefined, ['saoudrizwan.claude-dev'])],
  ['roo-code', extension(anthropic, undefined, ['rooveterinaryinc.roo-cline'])],
  ['gemini-editor', extension('cloudcode-pa.googleapis.com', 'google', ['google.geminicodeassist'])],
  ['chrome', browser(['google-chrome', 'google-chrome-stable'], ['Google Chrome'])],
  ['chromium', browser(['chromium', 'chromium-browser', 'org.chromium.chromium'], ['Chromium'])],
  ['edge', browser(['microsoft-edge', 'microsoft-edge-stable'], ['Microsoft Edge'])],
  ['brave', browser(['brave-browser', 'brave', 'com.brave.browser'], ['Brave'])],
  [
    'firefox',
    {
      routes: [system, environmentOnLinux],
      trust: ['firefox'],
      host: openai,
      packages: { system: ['firefox', 'firefox-esr', 'org.mozilla.firefox'], windows: ['Mozilla Firefox'] },
    },
  ],
  ['safari', { routes: [system], trust: ['os'], host: openai }],
  ['curl', { routes: [environment], trust: ['bundle', 'os'], host: openai, packages: { system: ['curl'] } }],
  ['wget', { routes: [environment], trust: ['os'], host: openai, packages: { system: ['wget'] } }],
  ['git', { routes: [settings('git'), environment], trust: ['bundle', 'os'], host: openai, packages: { system: ['git'], windows: ['Git'] } }],
  ['node', { routes: [environment], trust: ['node-extra'], host: openai }],
  ['python', { routes: [environment], trust: ['bundle'], host: openai }],
];

/** By catalog id. An app that is not in it: nothing is known of how it could be covered. */
export const appFacts: ReadonlyMap<string, AppFacts> = new Map(facts);
