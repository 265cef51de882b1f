// A home as people have them: shells, AI tools, editors, certificate databases, each with settings of its own that must survive.
import { join } from 'node:path';
import { openAuthority } from '../../src/ca/authority.ts';
import type { ThrowAwayMachine } from './throw-away-machine.ts';

const files: Readonly<Record<string, string>> = {
  '.bashrc': '# mine\nalias ll="ls -l"\nexport EDITOR=vi\n',
  '.profile': '# ~/.profile without an end of line\n[ -n "$BASH_VERSION" ] && . "$HOME/.bashrc"',
  '.zshrc': 'setopt autocd\r\n',
  '.config/fish/config.fish': 'set -g fish_greeting\n',
  '.claude/settings.json': '{\n  // how I like it\n  "model": "opus",\n  "env": { "FOO": "bar", },\n}\n',
  '.codex/config.toml': '# my models\nmodel = "gpt-5"   # the big one\n\n[tui]\nnotifications = true\n',
  '.gemini/settings.json': '{"theme":"GitHub"}',
  '.config/Code/User/settings.json': '{\n\t"editor.fontSize": 13, // small\n\t"http.proxyStrictSSL": true\n}\n',
  '.config/Cursor/User/settings.json': '{}\n',
  '.config/JetBrains/IdeaIC2026.1/options/ui.lnf.xml': '<application>\n  <component name="UISettings" />\n</application>\n',
  '.config/opencode/opencode.json': '{ "$schema": "https://opencode.ai/config.json" }\n',
  '.gitconfig': '[user]\n\tname = A B ; comment\n\temail = a@example.com\n',
  '.npmrc': '; mine\nfund=false\n//registry.example.com/:_authToken=not-a-token\n',
  '.config/pip/pip.conf': '[global]\ntimeout = 60\n',
  '.docker/config.json': '{\n\t"auths": {}\n}',
  '.config/kioslaverc': '[Proxy Settings]\nNoProxyFor=localhost\n',
  '.mozilla/firefox/profiles.ini': '[Profile0]\nName=default\nIsRelative=1\nPath=abcd.default-esr\nDefault=1\n',
};

/** The certificate of another authority, as an organisation would have installed it. */
const corporateFolder = '.corporate';

export async function populate(machine: ThrowAwayMachine): Promise<void> {
  for (const [path, text] of Object.entries(files)) await machine.write(path, text);
  // An authority that somebody has put in place but not yet made known would come into force with ours.
  await machine.must(['update-ca-certificates']);
  const certificate = join(corporateFolder, 'ca.pem');
  await machine.write(certificate, await corporateRoot());
  for (const folder of ['.pki/nssdb', '.mozilla/firefox/abcd.default-esr']) {
    await machine.must(['mkdir', '-p', folder]);
    await machine.must(['certutil', '-N', '--empty-password', '-d', `sql:${folder}`]);
    await machine.must(['certutil', '-A', '-t', 'C,,', '-n', 'Corporate root', '-i', certificate, '-d', `sql:${folder}`]);
  }
  await machine.must(['gsettings', 'set', 'org.gnome.system.proxy', 'ignore-hosts', "['localhost', '10.0.0.0/8']"]);
}

async function corporateRoot(): Promise<string> {
  const { mkdtempSync, readFileSync, rmSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const folder = mkdtempSync(join(tmpdir(), 'corp-'));
  try {
    await openAuthority({ dir: folder, permitted: ['corp.example'] });
    return readFileSync(join(folder, 'ca.pem'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
