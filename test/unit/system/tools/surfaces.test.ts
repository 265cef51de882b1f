// The settings of each tool: what is set in files as people have them, and that everything comes back.
import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { combinedBundle, extraBundle } from '../../../../src/system/bundle-files.ts';
import { mergedNoProxy } from '../../../../src/system/no-proxy.ts';
import { certificatesOfTools } from '../../../../src/system/tools/surfaces.ts';
import { lookOf } from '../trust/machine.ts';
import { putProgram, toolMachine } from './tool-files.ts';

const proxy = 'http://127.0.0.1:7465';

/** In the style of each tool's documentation. */
const fixtures = {
  '.claude/settings.json': `{
  "$schema": "https://json.schemastore.org/claude-code-settings.json",
  "permissions": {
    "allow": ["Bash(npm run lint)"],
  },
  // corporate
  "env": {
    "HTTPS_PROXY": "http://proxy.corp:3128",
    "NO_PROXY": "intranet.corp"
  }
}
`,
  '.codex/config.toml':
    '# mine\nmodel = "gpt-5"  # best\n\n[shell_environment_policy]\ninherit = "core"\nset = { MY = "1" }\n\n[projects."/x"]\ntrust_level = "trusted"\n',
  '.codex/.env': '# keys\nOPENAI_API_KEY=sk-secret-0000\nhttps_proxy="http://proxy.corp:3128"\n',
  '.gemini/.env': 'GEMINI_API_KEY="secret-1111"',
  '.config/Code/User/settings.json':
    '{\r\n\t// look\r\n\t"editor.fontSize": 14,\r\n\t"http.proxySupport": "off",\r\n\t"http.systemCertificates": false, // why\r\n}\r\n',
  '.config/Cursor/User/settings.json': '{}',
  '.config/JetBrains/IntelliJIdea2026.2/options/ide.general.xml': '<application>\n</application>',
  '.config/JetBrains/PyCharm2025.3/options/proxy.settings.xml':
    '<application>\n  <component name="HttpConfigurable">\n    <option name="USE_PROXY_PAC" value="true" />\n    <option name="PROXY_EXCEPTIONS" value="*.corp" />\n  </component>\n</application>',
  '.config/JetBrains/consentOptions/accepted': '',
  '.gitconfig': '[user]\n\tname = A\n[http "https://git.corp/"]\n\tsslCAInfo = /x.pem\n',
  '.npmrc': '//registry.corp/:_authToken=npm_secret2222\nsave-exact=true\n',
  '.config/pip/pip.conf': '[global]\ntimeout = 60\n',
  '.docker/config.json': '{\n\t"auths": {\n\t\t"x": {\n\t\t\t"auth": "c2VjcmV0"\n\t\t}\n\t}\n}',
} as const;

test('where no tool is, there is nothing to wire', async () => {
  const machine = await toolMachine({});
  expect(machine.surfaces()).toEqual([]);
});

test('every tool is wired, and everything comes back byte for byte', async () => {
  const machine = await toolMachine(fixtures);
  const before = lookOf(machine.machine.home);
  await machine.apply();

  const claude: unknown = JSON.parse(
    machine
      .text('.claude/settings.json')
      .replace(/^\s*\/\/.*$/m, '')
      .replace('],\n  }', ']}'),
  );
  expect(claude).toMatchObject({
    env: {
      HTTPS_PROXY: proxy,
      HTTP_PROXY: proxy,
      NO_PROXY: mergedNoProxy('intranet.corp'),
      NODE_EXTRA_CA_CERTS: extraBundle(machine.machine),
    },
    permissions: { allow: ['Bash(npm run lint)'] },
  });
  expect(machine.text('.claude/settings.json')).toContain('// corporate');

  expect(machine.text('.codex/.env')).toContain(`# keys\nOPENAI_API_KEY=sk-secret-0000\nhttps_proxy=${proxy}\nHTTPS_PROXY=${proxy}\n`);
  expect(machine.text('.codex/config.toml')).toContain(`set = { MY = "1", HTTPS_PROXY = "${proxy}", HTTP_PROXY = "${proxy}", `);
  expect(machine.text('.codex/config.toml')).toContain('model = "gpt-5"  # best\n');
  expect(machine.text('.gemini/.env')).toContain(`GEMINI_API_KEY="secret-1111"\nHTTPS_PROXY=${proxy}\n`);

  const code = machine.text('.config/Code/User/settings.json');
  expect(code).toBe(
    `{\r\n\t// look\r\n\t"editor.fontSize": 14,\r\n\t"http.proxySupport": "override",\r\n\t"http.systemCertificates": true, // why\r\n\t"http.proxy": "${proxy}",\r\n}\r\n`,
  );
  expect(JSON.parse(machine.text('.config/Cursor/User/settings.json'))).toEqual({ 'http.proxy': proxy });

  expect(machine.text('.config/JetBrains/IntelliJIdea2026.2/options/proxy.settings.xml')).toContain('<option name="PROXY_PORT" value="7465" />');
  const pycharm = machine.text('.config/JetBrains/PyCharm2025.3/options/proxy.settings.xml');
  expect(pycharm).toContain('<option name="USE_PROXY_PAC" value="false" />');
  expect(pycharm).toContain('value="*.corp,localhost,');

  expect(machine.text('.gitconfig')).toBe(`${fixtures['.gitconfig']}[http]\n\tproxy = ${proxy}\n`);
  expect(machine.text('.npmrc')).toContain(`save-exact=true\nproxy=${proxy}\nhttps-proxy=${proxy}\nnoproxy=localhost,`);
  expect(machine.text('.config/pip/pip.conf')).toBe(`[global]\ntimeout = 60\nproxy = ${proxy}\n`);
  expect(machine.text('.docker/config.json')).toBe(fixtures['.docker/config.json']);

  expect(new Set(await machine.revert())).toEqual(new Set(['restored', 'already-original']));
  expect(lookOf(machine.machine.home)).toEqual(before);
});

test('every surface is live, of the group tools, and named by its file', async () => {
  const machine = await toolMachine(fixtures);
  const surfaces = machine.surfaces();
  expect(surfaces).toHaveLength(12);
  for (const { id, group, life, what } of surfaces) {
    expect([group, life]).toEqual(['tools', 'live']);
    expect(id).toMatch(/^tools\.(?:claude-code|codex|gemini-cli|vscode|jetbrains|git|npm|pip|docker):\//);
    expect(what).toContain('(~/');
  }
});

test('no word for people holds a secret of a file', async () => {
  const machine = await toolMachine({ ...fixtures, '.npmrc': 'proxy=http://me:secret3333@proxy.corp:3128\n', '.config/pip/pip.conf': '[global\nsecret4444' });
  const words = await Promise.all(machine.surfaces().map(async (surface) => [surface.what, surface.to, await surface.obstacle()].join('\n')));
  expect(words.join('\n')).not.toMatch(/secret|c2VjcmV0/);
  expect(words.join('\n')).toContain('npm has a proxy of its own (proxy.corp:3128)');
});

test('what the user changes meanwhile stays, without what is ours', async () => {
  const machine = await toolMachine(fixtures);
  await machine.apply();
  machine.put('.claude/settings.json', machine.text('.claude/settings.json').replace('"permissions"', '"model": "opus",\n  "permissions"'));
  machine.put('.gitconfig', `${machine.text('.gitconfig')}[alias]\n\tl = log\n`);
  machine.put('.codex/.env', machine.text('.codex/.env').replace(`HTTP_PROXY=${proxy}`, 'HTTP_PROXY=http://mine:1'));
  machine.put(
    '.config/Code/User/settings.json',
    JSON.stringify({ 'editor.fontSize': 15, 'http.proxySupport': 'override', 'http.systemCertificates': true, 'http.proxy': proxy }),
  );
  await machine.revert();
  expect(machine.text('.claude/settings.json')).toBe(fixtures['.claude/settings.json'].replace('"permissions"', '"model": "opus",\n  "permissions"'));
  expect(machine.text('.gitconfig')).toBe(`${fixtures['.gitconfig']}[alias]\n\tl = log\n`);
  expect(machine.text('.codex/.env')).toBe('# keys\nOPENAI_API_KEY=sk-secret-0000\nhttps_proxy=http://proxy.corp:3128\nHTTP_PROXY=http://mine:1\n');
  expect(JSON.parse(machine.text('.config/Code/User/settings.json'))).toEqual({
    'editor.fontSize': 15,
    'http.proxySupport': 'off',
    'http.systemCertificates': false,
  });
});

test('a file that was made for us goes, with its folders, also when somebody emptied it', async () => {
  const machine = await toolMachine({});
  putProgram(machine, '.local/bin/claude');
  putProgram(machine, '.local/bin/codex');
  const before = lookOf(machine.machine.home);
  await machine.apply();
  expect(JSON.parse(machine.text('.claude/settings.json'))).toHaveProperty('env.HTTPS_PROXY', proxy);
  await machine.revert();
  expect(lookOf(machine.machine.home)).toEqual(before);
});

test('what an administrator’s run makes in a home belongs to its user', async () => {
  const machine = await toolMachine({ '.codex/config.toml': '' });
  putProgram(machine, '.local/bin/claude');
  const { home } = machine.machine;
  // Only an administrator can give folders away; for anybody else all is their own already.
  if (process.getuid?.() === 0) for (const folder of [home, join(home, '.codex')]) chownSync(folder, 12_345, 12_345);
  await machine.apply();
  for (const path of ['.codex/.env', '.claude', '.claude/settings.json']) expect(statSync(join(home, path)).uid).toBe(statSync(home).uid);
});

test('a port that has moved is set anew, and the original is still the first', async () => {
  const machine = await toolMachine(fixtures);
  const before = lookOf(machine.machine.home);
  await machine.apply();
  const moved = machine.at(7500);
  await moved.apply();
  expect(moved.text('.gitconfig')).toContain('proxy = http://127.0.0.1:7500\n');
  expect(moved.text('.npmrc')).not.toContain('7465');
  await machine.at(0).revert();
  expect(lookOf(machine.machine.home)).toEqual(before);
});

test('a value of before that leads to a dead port is not put back', async () => {
  const dead = 'http://127.0.0.1:9999';
  const machine = await toolMachine(
    {
      '.claude/settings.json': `{\n  "env": {\n    "HTTPS_PROXY": "${dead}",\n    "A": "1"\n  }\n}\n`,
      '.config/JetBrains/GoLand2026.1/options/proxy.settings.xml':
        '<application>\n  <component name="HttpConfigurable">\n    <option name="USE_HTTP_PROXY" value="true" />\n    <option name="PROXY_HOST" value="localhost" />\n    <option name="PROXY_PORT" value="9999" />\n    <option name="other" value="1" />\n  </component>\n</application>',
    },
    {},
    (port) => port === 9999,
  );
  await machine.apply();
  await machine.revert();
  expect(JSON.parse(machine.text('.claude/settings.json'))).toEqual({ env: { A: '1' } });
  expect(machine.text('.config/JetBrains/GoLand2026.1/options/proxy.settings.xml')).toBe(
    '<application>\n  <component name="HttpConfigurable">\n    <option name="other" value="1" />\n  </component>\n</application>',
  );
});

test.each([
  ['.claude/settings.json', '{ "env": ', 'not valid JSON'],
  ['.claude/settings.json', '{ "env": [] }', 'not built as Claude Code expects it'],
  ['.claude/settings.json', '[1]', 'does not hold an object'],
  ['.codex/config.toml', '[a\n', 'not valid TOML'],
  ['.gitconfig', 'proxy\n', 'not valid git settings'],
  ['.npmrc', '[section]\n', 'not valid npm settings'],
  ['.config/JetBrains/GoLand2026.1/options/proxy.settings.xml', '<application>', 'not valid XML'],
])('%s with %j is not touched, and it is said why', async (path, text, words) => {
  const machine = await toolMachine({ [path]: text });
  const surface = machine.surfaces().find(({ id }) => id.endsWith(path));
  expect(await surface?.obstacle()).toContain(words);
  if (surface !== undefined) await machine.ledger.apply(surface).catch(() => undefined);
  expect(machine.text(path)).toBe(text);
});

test('a file in another encoding is not touched', async () => {
  const machine = await toolMachine({});
  writeFileSync(join(machine.machine.home, '.gitconfig'), Buffer.from('[user]\n\tname = J\xF6rg\n', 'latin1'));
  expect(await machine.surface('tools.git:.gitconfig').obstacle()).toContain('not written in UTF-8');
});

test('git and npm keep a proxy of the user’s', async () => {
  const machine = await toolMachine({ '.gitconfig': '[http]\n\tproxy = http://proxy.corp:3128\n', '.npmrc': 'https-proxy = "http://proxy.corp:3128"\n' });
  const before = lookOf(machine.machine.home);
  expect(await machine.surface('tools.git:.gitconfig').obstacle()).toContain('left as it is');
  for (const surface of machine.surfaces()) await machine.ledger.apply(surface);
  expect(lookOf(machine.machine.home)).toEqual(before);
});

test('certificates of the user’s are replaced only by a bundle that holds them', async () => {
  const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
  const machine = await toolMachine({ 'corp.pem': pem('AAAA'), 'other.pem': pem('CCCC') });
  const [corp, other] = ['corp.pem', 'other.pem'].map((name) => join(machine.machine.home, name));
  machine.put('.npmrc', `cafile=${corp ?? ''}\n`);
  machine.put('.gitconfig', `[http]\n\tsslCAInfo = ${other ?? ''}\n`);
  writeFileSync(combinedBundle(machine.machine), pem('AA\nAA') + pem('BBBB'));
  expect(certificatesOfTools(machine.machine)).toEqual([other, corp]);
  await machine.apply();
  expect(machine.text('.npmrc')).toContain(`cafile=${combinedBundle(machine.machine)}\n`);
  expect(machine.text('.gitconfig')).toContain(`sslCAInfo = ${other ?? ''}\n\tproxy = ${proxy}\n`);
  // Also while ours stands in their place.
  expect(certificatesOfTools(machine.machine)).toEqual([other, corp]);
  await machine.revert();
  expect(machine.text('.npmrc')).toBe(`cafile=${corp ?? ''}\n`);
});

test('where the bundles were not made, none is named that would leave a tool without roots', async () => {
  const machine = await toolMachine({ '.codex/config.toml': '', '.claude/settings.json': '{}' });
  for (const bundle of [combinedBundle(machine.machine), extraBundle(machine.machine)]) rmSync(bundle);
  await machine.apply();
  expect(machine.text('.codex/.env')).not.toContain('SSL_CERT_FILE');
  expect(JSON.parse(machine.text('.claude/settings.json'))).toHaveProperty('env.NODE_EXTRA_CA_CERTS', machine.machine.ca.file);
  await machine.revert();
  expect(machine.text('.claude/settings.json')).toBe('{}');
});

test('a tool that is gone, or whose folder is named no more, is still put back', async () => {
  const machine = await toolMachine({ 'elsewhere/settings.json': '{\n  "a": 1\n}\n' });
  const folder = join(machine.machine.home, 'elsewhere');
  const named = await toolMachine({}, { env: { CLAUDE_CONFIG_DIR: folder }, home: machine.machine.home, dataDir: machine.machine.dataDir });
  await named.apply();
  expect(machine.text('elsewhere/settings.json')).toContain(proxy);
  expect(machine.surfaces().map(({ id }) => id)).toEqual([`tools.claude-code:${folder}/settings.json`]);
  await machine.revert();
  expect(machine.text('elsewhere/settings.json')).toBe('{\n  "a": 1\n}\n');
  expect(machine.surfaces()).toEqual([]);
});

test('Claude Code for the whole machine is wired by an administrator only, and told where it overrules the user', async () => {
  const user = await toolMachine({
    '.claude/settings.json': '{}',
    'root/etc/claude-code/managed-settings.json': '{"env": {"HTTPS_PROXY": "http://proxy.corp:1"}}',
  });
  expect(user.surfaces().map(({ id }) => id)).toEqual([`tools.claude-code:${user.machine.home}/.claude/settings.json`]);
  expect(await user.surfaces()[0]?.obstacle()).toContain('wins over the user’s settings');
  const administrator = await toolMachine({ '.claude/settings.json': '{}' }, { isPrivileged: true });
  await administrator.apply();
  expect(JSON.parse(administrator.text('root/etc/claude-code/managed-settings.json'))).toHaveProperty('env.HTTPS_PROXY', proxy);
  await administrator.revert();
  expect(lookOf(administrator.machine.root)).toEqual({});
});

test('Gemini CLI: a file of ours never hides ~/.env', async () => {
  const machine = await toolMachine({ '.env': 'GEMINI_API_KEY=x\n', '.gemini/settings.json': '{}' });
  expect(await machine.surface('tools.gemini-cli:.gemini/.env').obstacle()).toContain('would hide');
});

test('Codex: commands that inherit everything need no setting', async () => {
  const machine = await toolMachine({ '.codex/config.toml': 'model = "gpt-5"\n' });
  expect(machine.surfaces().map(({ id }) => id)).toEqual([`tools.codex:${machine.machine.home}/.codex/.env`]);
});

test('an editor from Flatpak is wired in its own home', async () => {
  const machine = await toolMachine({ '.var/app/com.vscodium.codium/config/VSCodium/User/settings.json': '' });
  await machine.apply();
  expect(JSON.parse(machine.text('.var/app/com.vscodium.codium/config/VSCodium/User/settings.json'))).toEqual({ 'http.proxy': proxy });
  await machine.revert();
  expect(machine.text('.var/app/com.vscodium.codium/config/VSCodium/User/settings.json')).toBe('');
});

test('git: a file in ~/.config is taken where there is no ~/.gitconfig', async () => {
  const machine = await toolMachine({ '.config/git/config': '[user]\n\tname = A\n' });
  expect(machine.surfaces().map(({ id }) => id)).toEqual([`tools.git:${machine.machine.home}/.config/git/config`]);
});

test('Docker: on Linux it is said why not, on macOS containers reach the proxy by the name of the host', async () => {
  const linux = await toolMachine({ '.docker/config.json': '{}' });
  expect(await linux.surfaces()[0]?.obstacle()).toContain('heimdall env --for docker');
  const mac = await toolMachine({ '.docker/config.json': '{\n\t"credsStore": "desktop"\n}' }, { platform: 'darwin' });
  await mac.apply();
  expect(JSON.parse(mac.text('.docker/config.json'))).toMatchObject({
    credsStore: 'desktop',
    proxies: { default: { httpsProxy: 'http://host.docker.internal:7465', noProxy: mergedNoProxy(undefined) } },
  });
  await mac.revert();
  expect(mac.text('.docker/config.json')).toBe('{\n\t"credsStore": "desktop"\n}');
});

/** Paths as these systems document them; run here with the separators of this one. */
test.each([
  ['darwin' as const, 'Library/Application Support'],
  ['win32' as const, 'AppData/Roaming'],
])('%s: settings are found where the system has them', async (platform, folder) => {
  const machine = await toolMachine({}, { platform, env: {} });
  for (const path of ['Code/User', 'Windsurf/User', 'JetBrains/WebStorm2026.1/options', 'pip'])
    mkdirSync(join(machine.machine.home, folder, path), { recursive: true });
  machine.put(`${folder}/pip/pip.${platform === 'win32' ? 'ini' : 'conf'}`, '');
  expect(machine.surfaces().map(({ id }) => id.slice(id.indexOf(folder)))).toEqual([
    `${folder}/Code/User/settings.json`,
    `${folder}/Windsurf/User/settings.json`,
    `${folder}/JetBrains/WebStorm2026.1/options/proxy.settings.xml`,
    `${folder}/pip/pip.${platform === 'win32' ? 'ini' : 'conf'}`,
  ]);
});

test('a folder that vanishes with its tool leaves nothing to put back', async () => {
  const machine = await toolMachine({ '.gemini/settings.json': '{}' });
  await machine.apply();
  rmSync(join(machine.machine.home, '.gemini'), { recursive: true });
  const [surface] = machine.surfaces();
  expect(surface?.id).toContain('.gemini/.env');
  expect(['already-original', 'kept-theirs', 'restored']).toContain((await machine.revert())[0]);
});
