import { execFileSync, spawn } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openAuthority } from '../../../src/ca/authority.ts';
import { AgentError } from '../../../src/contract/errors.ts';

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-ca-'));
  folders.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const permitted = ['api.openai.com', 'api.anthropic.com', '*.business.githubcopilot.com'];
const day = 86_400_000;
const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' });
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const at = (time: number) => () => new Date(time);
const asides = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith('.old'));

describe('the certificate authority', () => {
  it('says so when the key is gone and the certificate that clients may trust is another one', async () => {
    const dir = folder();
    await openAuthority({ dir, permitted });
    rmSync(join(dir, 'ca-key.pem'));
    expect((await openAuthority({ dir, permitted })).renewed).toMatch(/key of the earlier CA is gone/);
    expect((await openAuthority({ dir, permitted })).renewed).toBeUndefined();
  });

  it('is a P-256 CA bound to the permitted hosts, as OpenSSL reads it', async () => {
    const dir = folder();
    const authority = await openAuthority({ dir, permitted });
    const text = openssl('x509', '-in', join(dir, 'ca.pem'), '-noout', '-text');
    expect(text).toContain('Signature Algorithm: ecdsa-with-SHA256');
    expect(text).toContain('NIST CURVE: P-256');
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    expect(text).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\n/);
    expect(text).toContain('Subject Key Identifier');
    expect(text).toMatch(
      /Name Constraints: critical\s+Permitted:\s+DNS:api\.anthropic\.com\s+DNS:api\.openai\.com\s+DNS:business\.githubcopilot\.com\s+Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0/,
    );
    expect(authority.info.subject).toMatch(/^O=Heimdall, CN=Heimdall CA [0-9a-f]{8}$/);
    expect(authority.info.permitted).toEqual([...permitted].sort());
    expect(authority.info.fingerprint).toBe(new X509Certificate(authority.pem).fingerprint256);
    expect(authority.renewed).toBeUndefined();
  });

  it('keeps its key readable by its owner alone, in a folder of its owner alone', async () => {
    const dir = join(folder(), 'made', 'here');
    await openAuthority({ dir, permitted });
    expect(modeOf(join(dir, 'ca-key.pem'))).toBe(0o600);
    expect(modeOf(dir)).toBe(0o700);
    expect(modeOf(join(dir, 'ca.pem'))).toBe(0o644);
    expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).not.toContain('PRIVATE');
  });

  it('is the same one at the next start', async () => {
    const dir = folder();
    const first = await openAuthority({ dir, permitted });
    const second = await openAuthority({ dir, permitted: [...permitted].reverse() });
    expect(second.pem).toBe(first.pem);
    expect(second.renewed).toBeUndefined();
    expect(second.warnings).toEqual([]);
  });

  it('has another key and another name on another installation', async () => {
    const [one, two] = await Promise.all([openAuthority({ dir: folder(), permitted }), openAuthority({ dir: folder(), permitted })]);
    expect(new X509Certificate(one.pem).publicKey.equals(new X509Certificate(two.pem).publicKey)).toBe(false);
    expect(one.info.subject).not.toBe(two.info.subject);
  });

  it('closes a key file and a folder that were open to others, and says so', async () => {
    const dir = folder();
    const first = await openAuthority({ dir, permitted });
    chmodSync(join(dir, 'ca-key.pem'), 0o644);
    chmodSync(dir, 0o755);
    const second = await openAuthority({ dir, permitted });
    expect(modeOf(join(dir, 'ca-key.pem'))).toBe(0o600);
    expect(modeOf(dir)).toBe(0o700);
    expect(second.warnings.join('\n')).toMatch(/ca-key\.pem was open to others \(mode 644\)/);
    expect(second.pem).toBe(first.pem);
  });

  it('writes a lost or stale public copy again without a new CA', async () => {
    const dir = folder();
    const first = await openAuthority({ dir, permitted });
    rmSync(join(dir, 'ca.pem'));
    expect((await openAuthority({ dir, permitted })).pem).toBe(first.pem);
    writeFileSync(join(dir, 'ca.pem'), 'something else');
    const third = await openAuthority({ dir, permitted });
    expect(third.renewed).toBeUndefined();
    expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).toBe(first.pem);
  });

  it('refuses a list of hosts that would bind nothing or is malformed', async () => {
    const dir = folder();
    for (const bad of [[], ['com'], ['*'], ['*.*.example.com'], ['10.0.0.1'], ['exa mple.com'], ['a..b'], ['.example.com'], ['example.com.']]) {
      await expect(openAuthority({ dir, permitted: bad }), JSON.stringify(bad)).rejects.toThrow(AgentError);
    }
    expect(readdirSync(dir)).toEqual([]);
  });

  it('refuses a key file that is a link, because it may lead anywhere', async () => {
    const dir = folder();
    const elsewhere = join(folder(), 'key.pem');
    writeFileSync(elsewhere, 'x');
    symlinkSync(elsewhere, join(dir, 'ca-key.pem'));
    await expect(openAuthority({ dir, permitted })).rejects.toMatchObject({
      code: 'ca-unusable',
      message: expect.stringContaining('not a plain file') as string,
    });
    expect(readFileSync(elsewhere, 'utf8')).toBe('x');
  });

  it('names the folder when it cannot be made', async () => {
    const file = join(folder(), 'a-file');
    writeFileSync(file, '');
    await expect(openAuthority({ dir: join(file, 'ca'), permitted })).rejects.toMatchObject({ code: 'ca-unusable', cause: expect.any(Error) as Error });
  });
});

describe('a CA that no longer serves is set aside and replaced', () => {
  const damages: readonly (readonly [string, RegExp, (dir: string) => void])[] = [
    [
      'its key belongs to another certificate',
      /did not belong/,
      (dir) => {
        const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
        writeFileSync(join(dir, 'ca-key.pem'), key + readFileSync(join(dir, 'ca.pem'), 'utf8'));
      },
    ],
    [
      'its file holds a key and no certificate',
      /no key and certificate/,
      (dir) => {
        const file = join(dir, 'ca-key.pem');
        writeFileSync(file, createPrivateKey(readFileSync(file)).export({ type: 'pkcs8', format: 'pem' }));
      },
    ],
    ['its file is empty', /no key and certificate/, (dir) => writeFileSync(join(dir, 'ca-key.pem'), '')],
    [
      'its file is cut short',
      /no key and certificate/,
      (dir) => {
        const file = join(dir, 'ca-key.pem');
        writeFileSync(file, readFileSync(file, 'utf8').slice(0, 500));
      },
    ],
    [
      'its PEM holds nonsense',
      /could not be read as PEM/,
      (dir) => {
        const nonsense = (name: string) => `-----BEGIN ${name}-----\nbm9uc2Vuc2U=\n-----END ${name}-----\n`;
        writeFileSync(join(dir, 'ca-key.pem'), nonsense('PRIVATE KEY') + nonsense('CERTIFICATE'));
      },
    ],
  ];
  for (const [name, reason, damage] of damages) {
    it(`when ${name}`, async () => {
      const dir = folder();
      const first = await openAuthority({ dir, permitted });
      damage(dir);
      const damaged = readFileSync(join(dir, 'ca-key.pem'), 'utf8');
      const second = await openAuthority({ dir, permitted });
      expect(second.renewed).toMatch(reason);
      expect(second.pem).not.toBe(first.pem);
      expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).toBe(second.pem);
      expect(asides(dir)).toHaveLength(1);
      expect(readFileSync(join(dir, asides(dir)[0] ?? ''), 'utf8')).toBe(damaged);
      expect(second.renewed).toContain(asides(dir)[0]);
      expect((await openAuthority({ dir, permitted })).renewed).toBeUndefined();
    });
  }

  it('when the hosts to intercept have changed', async () => {
    const dir = folder();
    const first = await openAuthority({ dir, permitted });
    const second = await openAuthority({ dir, permitted: [...permitted, 'api.mistral.ai'] });
    expect(second.renewed).toMatch(/list of intercepted hosts has changed/);
    expect(second.info.fingerprint).not.toBe(first.info.fingerprint);
    expect(second.mayIssue('api.mistral.ai')).toBe(true);
  });

  it('when it has expired, and a month before', async () => {
    const dir = folder();
    const start = Date.UTC(2026, 0, 1);
    const first = await openAuthority({ dir, permitted, now: at(start) });
    expect((await openAuthority({ dir, permitted, now: at(start + 690 * day) })).pem).toBe(first.pem);
    const early = await openAuthority({ dir, permitted, now: at(start + 710 * day) });
    expect(early.renewed).toMatch(/would have expired/);
    const late = await openAuthority({ dir, permitted, now: at(start + 3000 * day) });
    expect(late.renewed).toMatch(/it expired on/);
    expect(asides(dir)).toHaveLength(2);
  });

  it('but not when the clock was set back to before it was made', async () => {
    const dir = folder();
    const first = await openAuthority({ dir, permitted });
    const second = await openAuthority({ dir, permitted, now: at(0) });
    expect(second.pem).toBe(first.pem);
    expect(second.renewed).toBeUndefined();
  });

  it('survives the year 2050, where the encoding of dates changes', async () => {
    const dir = folder();
    const authority = await openAuthority({ dir, permitted, now: at(Date.UTC(2049, 5, 1)) });
    expect(new Date(authority.info.notAfter).toISOString()).toBe('2051-06-01T00:00:00.000Z');
  });
});

describe('several processes', () => {
  const script = new URL('./open-authority.fixture.ts', import.meta.url).pathname;
  const start = (dir: string) => {
    const child = spawn(process.execPath, [script, dir, ...permitted], { stdio: ['ignore', 'pipe', 'inherit'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    const ended = new Promise<string>((resolve) => child.on('close', () => resolve(Buffer.concat(output).toString())));
    return { child, ended };
  };

  it('that start together agree on one CA', async () => {
    const dir = folder();
    const prints = await Promise.all([start(dir), start(dir), start(dir)].map(({ ended }) => ended));
    expect(new Set(prints).size).toBe(1);
    expect(prints[0]).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(asides(dir)).toEqual([]);
  });

  it('killed at any moment of the making leave a folder in which the next start succeeds', async () => {
    const dir = folder();
    for (let round = 0; round < 6; round += 1) {
      const { child, ended } = start(dir);
      await new Promise((resolve) => setTimeout(resolve, 30 * round));
      child.kill('SIGKILL');
      await ended;
    }
    const authority = await openAuthority({ dir, permitted });
    expect(authority.renewed).toBeUndefined();
    expect(existsSync(join(dir, 'ca.pem'))).toBe(true);
  });
});
