import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openAuthority } from '../../../src/ca/authority.ts';
import { controlPath } from '../../../src/control/path.ts';
import { handlers, startServer, status } from '../control/fixture.ts';
import { cli, temporaryFolder } from './fixture.ts';

/** A home whose agent answers; its process is this one. */
async function homeWithAgent(): Promise<{ readonly home: string; readonly dataDir: string }> {
  const home = temporaryFolder();
  const dataDir = join(home, '.local/share/heimdall');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await openAuthority({ dir: dataDir, permitted: ['api.openai.com'] });
  const running = { ...status, pid: process.pid };
  const server = await startServer({ path: controlPath(dataDir, 'linux', {}), handlers: { ...handlers, 'status.get': () => running } });
  onTestFinished(() => server.close());
  return { home, dataDir };
}

describe('heimdall env', () => {
  test('prints nothing to evaluate where no agent runs, and says so', async () => {
    const { exit, out, err } = await cli({ home: temporaryFolder() }, 'env');
    expect([exit, out, err]).toEqual([3, '', expect.stringContaining('heimdall run')]);
  });

  test.each([
    ['bash', ['-c', 'eval "$LINES_OF_ENV"; env -0']],
    ['zsh', ['-c', 'eval "$LINES_OF_ENV"; env -0']],
    ['sh', ['-c', 'eval "$LINES_OF_ENV"; env -0']],
    ['fish', ['-c', 'printf "%s\\n" $LINES_OF_ENV | source; env -0']],
  ] as const)('prints lines that %s evaluates', async (shell, args) => {
    const { home, dataDir } = await homeWithAgent();
    const { exit, out } = await cli({ home, env: { SHELL: `/bin/${shell}` } }, 'env');
    expect(exit).toBe(0);
    const seen = execFileSync(shell, [...args], {
      env: { PATH: process.env.PATH, HOME: home, LINES_OF_ENV: out, NO_PROXY: 'intra.corp' },
      encoding: 'utf8',
    }).split('\0');
    expect(seen).toContain('HTTPS_PROXY=http://127.0.0.1:7465');
    expect(seen).toContain(`SSL_CERT_FILE=${join(dataDir, 'bundle.pem')}`);
    expect(seen.find((line) => line.startsWith('NO_PROXY='))).toMatch(/^NO_PROXY=intra\.corp,localhost,/);
    expect(readFileSync(join(dataDir, 'bundle.pem'), 'utf8')).toContain(readFileSync(join(dataDir, 'ca.pem'), 'utf8').trim());
  });

  test('takes the bundles that it made away again with restore', async () => {
    const { home, dataDir } = await homeWithAgent();
    await cli({ home }, 'env');
    expect((await cli({ home }, 'restore')).out).toContain('bundle.pem): put back as it was.');
    expect(() => readFileSync(join(dataDir, 'bundle.pem'))).toThrow('ENOENT');
  });

  test('prints PowerShell and JSON when asked', async () => {
    const { home } = await homeWithAgent();
    expect((await cli({ home }, 'env', '--shell', 'powershell')).out).toContain(`$env:HTTPS_PROXY = 'http://127.0.0.1:7465'`);
    for (const words of [['--json'], ['--shell', 'json']]) {
      const { out } = await cli({ home, env: { NO_PROXY: 'intra.corp' } }, 'env', ...words);
      const { variables } = JSON.parse(out) as { readonly variables: Readonly<Record<string, string>> };
      expect(variables).toMatchObject({ HTTPS_PROXY: 'http://127.0.0.1:7465', NODE_USE_ENV_PROXY: '1' });
      expect(variables['NO_PROXY']).toMatch(/^intra\.corp,/);
    }
  });

  test('says that it takes the place of another proxy, without its password', async () => {
    const { home } = await homeWithAgent();
    const { err } = await cli({ home, env: { HTTPS_PROXY: 'http://a:secret@proxy.corp.example:8080' } }, 'env');
    expect(err).toContain('http://proxy.corp.example:8080');
    expect(err).toContain('network.upstreamProxy');
    expect(err).not.toContain('secret');
  });

  test('prints what containers need, and that the proxy listens on loopback only', async () => {
    const { home, dataDir } = await homeWithAgent();
    const { exit, out } = await cli({ home }, 'env', '--for', 'docker');
    expect(exit).toBe(0);
    for (const words of [
      'loopback address of this computer only',
      `${join(dataDir, 'extra-ca.pem')}:/etc/heimdall/extra-ca.pem:ro`,
      '-e HTTPS_PROXY=http://',
      'services:',
    ]) {
      expect(out).toContain(words);
    }
    const dev = JSON.parse((await cli({ home }, 'env', '--for', 'devcontainer', '--json')).out) as { readonly text: string };
    expect(JSON.parse(dev.text)).toMatchObject({ containerEnv: { SSL_CERT_FILE: '/etc/heimdall/bundle.pem' } });
  });

  test('prints both kinds of WSL where none is found, with the truth about NAT', async () => {
    const { home } = await homeWithAgent();
    const { out } = await cli({ home }, 'env', '--for', 'wsl');
    expect(out).toContain('networkingMode=mirrored');
    expect(out).toContain('cannot reach the proxy of Windows at all');
    expect(out).toContain(`export HTTPS_PROXY='http://127.0.0.1:7465'`);
  });

  test('refuses a shell and a place at once, and explains itself', async () => {
    const home = temporaryFolder();
    expect((await cli({ home }, 'env', '--for', 'wsl', '--shell', 'bash')).exit).toBe(2);
    expect((await cli({ home }, 'env', '--for', 'moon')).exit).toBe(2);
    expect((await cli({ home }, 'env', '--help')).out).toContain('eval "$(heimdall env)"');
  });
});
