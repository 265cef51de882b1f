import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { combinedBundle, extraBundle } from '../../../../src/system/bundle-files.ts';
import { environmentSurfaces } from '../../../../src/system/environment/surfaces.ts';
import type { Ledger } from '../../../../src/system/ledger.ts';
import type { SetupMachine } from '../../../../src/system/surface.ts';
import { place, seenBy, surface, withShells } from './machine.ts';

async function applyAll(machine: SetupMachine, ledger: Ledger): Promise<void> {
  for (const each of environmentSurfaces(machine)) if ((await each.obstacle()) === undefined) await ledger.apply(each);
}

async function revert(machine: SetupMachine, ledger: Ledger, life: 'live' | 'all'): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (const each of environmentSurfaces(machine)) if (life === 'all' || each.life === life) outcomes.push((await ledger.revert(each)).outcome);
  return outcomes;
}

const shells = [
  ['bash', ['-lc', 'env -0']],
  ['bash', ['-ic', 'env -0']],
  ['zsh', ['-lc', 'env -0']],
  ['zsh', ['-ic', 'env -0']],
  ['fish', ['-lc', 'env -0']],
  ['fish', ['-ic', 'env -0']],
  ['sh', ['-lc', 'env -0']],
] as const;

describe('new shells', () => {
  it.each(shells)('%s %j has the variables while the agent lives, and nothing of them afterwards', async (shell, args) => {
    const here = await place();
    const { machine, ledger } = here;
    withShells(here);
    const before = seenBy(shell, args, machine);
    await applyAll(machine, ledger);
    expect(seenBy(shell, args, machine)).toMatchObject({
      HTTPS_PROXY: 'http://127.0.0.1:7465',
      https_proxy: 'http://127.0.0.1:7465',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: extraBundle(machine),
      SSL_CERT_FILE: combinedBundle(machine),
      NO_PROXY: expect.stringContaining('localhost,127.0.0.1') as string,
      JDK_JAVA_OPTIONS: expect.stringContaining('-Dhttps.proxyPort=7465') as string,
    });
    expect(seenBy(shell, args, machine)).not.toHaveProperty('GIT_SSL_CAINFO');
    await revert(machine, ledger, 'live');
    expect(seenBy(shell, args, machine)).toEqual(before);
  });

  it.each(shells)('%s %j takes nothing from a script that a killed agent left behind', async (shell, args) => {
    const dead = spawnSync('true').pid;
    const here = await place({ agentPid: () => dead });
    withShells(here);
    await applyAll(here.machine, here.ledger);
    expect(seenBy(shell, args, here.machine)).not.toHaveProperty('HTTPS_PROXY');
    expect(seenBy(shell, args, here.machine)).not.toHaveProperty('HEIMDALL_PROXY');
  });

  it.each(shells)('%s %j reads a script in a folder with spaces, quotes and dollars', async (shell, args) => {
    const here = await place({}, `it's "my" $HOME \`x\` \\ 100% home`);
    withShells(here);
    await applyAll(here.machine, here.ledger);
    expect(seenBy(shell, args, here.machine)).toMatchObject({ SSL_CERT_FILE: combinedBundle(here.machine) });
  });

  it.each(shells)('%s %j does not let values grow in a shell within a shell, also when the port has moved', async (shell, args) => {
    let port = 7465;
    const here = await place({ port: () => port });
    withShells(here);
    await applyAll(here.machine, here.ledger);
    const once = seenBy(shell, args, here.machine, { NO_PROXY: 'intra.corp', JDK_JAVA_OPTIONS: '-Xmx1g' });
    expect(once['NO_PROXY']).toMatch(/^intra\.corp,localhost,/);
    expect(once['no_proxy']).toBe(once['NO_PROXY']);
    expect(once['JDK_JAVA_OPTIONS']).toMatch(/^-Xmx1g -Dheimdall=begin /);
    expect(seenBy(shell, args, here.machine, once)).toEqual(once);
    port = 9000;
    await applyAll(here.machine, here.ledger);
    const moved = JSON.parse(JSON.stringify(once).replaceAll('7465', '9000')) as typeof once;
    expect(seenBy(shell, args, here.machine, once)).toEqual(moved);
  });

  it.each(shells)('%s %j leaves a proxy that the agent does not know, and takes the place of one that it goes on through', async (shell, args) => {
    const corporate = { HTTPS_PROXY: 'http://proxy.corp.example:8080' };
    const unaware = await place();
    withShells(unaware);
    await applyAll(unaware.machine, unaware.ledger);
    const left = seenBy(shell, args, unaware.machine, corporate);
    expect(left).toMatchObject(corporate);
    expect(left).not.toHaveProperty('SSL_CERT_FILE');
    const aware = await place();
    const machine = { ...aware.machine, env: { ...aware.machine.env, ...corporate } };
    withShells(aware);
    await applyAll(machine, aware.ledger);
    expect(seenBy(shell, args, machine, corporate)).toMatchObject({ HTTPS_PROXY: 'http://127.0.0.1:7465' });
  });

  it.each(shells)('%s %j keeps a bundle that ours does not hold', async (shell, args) => {
    const here = await place();
    withShells(here);
    const known = here.put('corp.pem', readFileSync(here.machine.ca.file, 'utf8'));
    const machine = { ...here.machine, env: { ...here.machine.env, GIT_SSL_CAINFO: known } };
    await applyAll(machine, here.ledger);
    expect(seenBy(shell, args, machine, { SSL_CERT_FILE: '/other/roots.pem', GIT_SSL_CAINFO: known, PIP_CERT: '/other/pip.pem' })).toMatchObject({
      SSL_CERT_FILE: '/other/roots.pem',
      PIP_CERT: '/other/pip.pem',
      GIT_SSL_CAINFO: combinedBundle(machine),
      REQUESTS_CA_BUNDLE: combinedBundle(machine),
    });
  });

  it('reads the script under set -eu without leaving a name behind', async () => {
    const { machine, ledger } = await place();
    await applyAll(machine, ledger);
    const line = `set -eu; . ${JSON.stringify(join(machine.dataDir, 'env.sh'))}; LEFT=$(set | grep -c '^_heimdall' || true); export LEFT; env -0`;
    for (const shell of ['bash', 'sh', 'zsh']) expect(seenBy(shell, ['-c', line], machine)).toMatchObject({ HTTPS_PROXY: 'http://127.0.0.1:7465', LEFT: '0' });
  });
});

describe('start files', () => {
  const texts = [
    ['an ordinary file', 'alias ll="ls -l"\nexport A=1\n'],
    ['a file without a last line break', 'alias ll="ls -l"'],
    ['an empty file', ''],
    ['a file with line breaks of Windows', 'echo a\r\necho b\r\n'],
    ['a file that ends in empty lines', 'echo a\n\n\n'],
    ['a file with umlauts and a byte order mark', '\uFEFF# Grüße\necho ü\n'],
  ] as const;

  it.each(texts)('%s is put back byte for byte', async (_, text) => {
    const { machine, ledger, put } = await place();
    const file = put('.bashrc', text);
    const bytes = readFileSync(file);
    await ledger.apply(surface(machine, `environment.shell:${file}`));
    expect(readFileSync(file, 'utf8')).toContain('# >>> heimdall >>>');
    await ledger.apply(surface(machine, `environment.shell:${file}`));
    expect(readFileSync(file, 'utf8').match(/>>> heimdall >>>/g)).toHaveLength(1);
    expect(await ledger.revert(surface(machine, `environment.shell:${file}`))).toMatchObject({ outcome: 'restored' });
    expect(readFileSync(file)).toEqual(bytes);
  });

  it.each(texts)('%s keeps what the user has written meanwhile, and loses only the block', async (_, text) => {
    const { machine, ledger, put } = await place();
    const file = put('.bashrc', text);
    await ledger.apply(surface(machine, `environment.shell:${file}`));
    writeFileSync(file, `# first\n${readFileSync(file, 'utf8')}echo last\n`);
    expect(await ledger.revert(surface(machine, `environment.shell:${file}`))).toMatchObject({ outcome: 'restored' });
    expect(readFileSync(file, 'utf8')).toBe(`# first\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}echo last\n`);
    writeFileSync(file, text);
    await ledger.apply(surface(machine, `environment.shell:${file}`));
    writeFileSync(file, `# first\n${readFileSync(file, 'utf8')}`);
    await ledger.revert(surface(machine, `environment.shell:${file}`));
    expect(readFileSync(file, 'utf8')).toBe(`# first\n${text}`);
  });

  it('is left alone where the user has taken the block out', async () => {
    const { machine, ledger, put } = await place();
    const file = put('.bashrc', 'echo a\n');
    const bashrc = surface(machine, `environment.shell:${file}`);
    await ledger.apply(bashrc);
    writeFileSync(file, 'echo b\n');
    expect(await ledger.revert(bashrc)).toMatchObject({ outcome: 'kept-theirs' });
    expect(readFileSync(file, 'utf8')).toBe('echo b\n');
  });

  it('that are links stay links, and their targets are put back', async () => {
    const { machine, ledger, put } = await place();
    const target = put('dotfiles/bashrc', 'echo a');
    const link = join(machine.home, '.bashrc');
    symlinkSync('dotfiles/bashrc', link);
    await ledger.apply(surface(machine, `environment.shell:${link}`));
    expect(readlinkSync(link)).toBe('dotfiles/bashrc');
    expect(readFileSync(target, 'utf8')).toContain('# >>> heimdall >>>');
    await ledger.revert(surface(machine, `environment.shell:${link}`));
    expect([readlinkSync(link), readFileSync(target, 'utf8')]).toEqual(['dotfiles/bashrc', 'echo a']);
  });

  it('that cannot or must not be written are told in words, and left', async () => {
    const { machine, put } = await place();
    const file = put('.bashrc', 'echo a\n');
    const bashrc = surface(machine, `environment.shell:${file}`);
    chmodSync(file, 0o444);
    expect(await bashrc.obstacle()).toContain('is not writable for you');
    expect(await bashrc.obstacle()).toContain('eval "$(heimdall env)"');
    chmodSync(file, 0o644);
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x65, 0x00]));
    expect(await bashrc.obstacle()).toContain('is not UTF-8 text');
    const dangling = join(machine.home, '.profile');
    symlinkSync('gone', dangling);
    expect(await surface(machine, `environment.shell:${dangling}`).obstacle()).toContain('a link to a file that is not there');
  });

  it('that were made for the block go again, folders included', async () => {
    const here = await place();
    withShells(here);
    await applyAll(here.machine, here.ledger);
    const made = ['.bashrc', '.profile', '.zshenv', '.config/fish/conf.d/heimdall.fish'].map((name) => join(here.machine.home, name));
    expect(made.filter((file) => !existsSync(file))).toEqual([]);
    expect(existsSync(join(here.machine.home, '.bash_profile'))).toBe(false);
    await revert(here.machine, here.ledger, 'all');
    expect(made.filter((file) => existsSync(file))).toEqual([]);
    expect(existsSync(join(here.machine.home, '.config'))).toBe(false);
    expect(here.ledger.open()).toEqual([]);
  });

  it('of bash are the one that it reads when it logs in, and the one with a block in it', async () => {
    const { machine, ledger, put } = await place();
    put('.bashrc', '');
    const profile = put('.profile', 'echo p\n');
    const ids = (): readonly string[] =>
      environmentSurfaces(machine).flatMap(({ id }) => (/^environment\.shell:.*\/([^/]+)$/.exec(id)?.[1] ? [id.slice(id.lastIndexOf('/') + 1)] : []));
    expect(ids()).toEqual(['.bashrc', '.profile']);
    await ledger.apply(surface(machine, `environment.shell:${profile}`));
    put('.bash_profile', '');
    expect(ids()).toEqual(['.bashrc', '.bash_profile', '.profile']);
  });

  it('of zsh are found where .zshenv says', async () => {
    const { machine, put } = await place();
    put('.zshenv', 'export ZDOTDIR="$HOME/.config/zsh"\n');
    const file = put('.config/zsh/.zshrc', '');
    expect(surface(machine, `environment.shell:${file}`).life).toBe('lasting');
  });

  it('of PowerShell on Windows are only those that are there', async () => {
    const { machine, ledger } = await place({ platform: 'win32' });
    expect(environmentSurfaces(machine).filter(({ id }) => id.startsWith('environment.shell:'))).toEqual([]);
    const profile = join(machine.home, 'Documents', 'PowerShell', 'profile.ps1');
    mkdirSync(dirname(profile), { recursive: true });
    writeFileSync(profile, 'Set-Alias g git\r\n');
    await ledger.apply(surface(machine, `environment.shell:${profile}`));
    expect(readFileSync(profile, 'utf8')).toBe(
      [
        'Set-Alias g git',
        '# >>> heimdall >>>',
        '# Reads the variables of Heimdall while its agent runs, and nothing otherwise. `heimdall restore` takes these lines out.',
        `if (Test-Path -LiteralPath '${machine.dataDir}/env.ps1' -PathType Leaf) { . '${machine.dataDir}/env.ps1' }`,
        '# <<< heimdall <<<',
        '',
      ].join('\r\n'),
    );
    await ledger.revert(surface(machine, `environment.shell:${profile}`));
    expect(readFileSync(profile, 'utf8')).toBe('Set-Alias g git\r\n');
  });
});
