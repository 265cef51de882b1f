import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from './fixture.ts';
import { openKeyStore } from '../../../src/keys/key-store.ts';

/** A home whose data folder is named, and its command line. */
function machine() {
  const home = temporaryFolder();
  const data = join(home, 'data');
  const run = (stdin: string, ...argv: string[]) => cli({ home, stdin, env: { HEIMDALL_DATA_DIR: data } }, 'keys', ...argv);
  return { data, run };
}

describe('keys of providers', () => {
  it('are read from standard input, stored, listed without their values, and removed', async () => {
    const { data, run } = machine();
    const added = await run('sk-SECRET-1\n', 'add', 'openai');
    expect([added.exit, added.out]).toEqual([0, 'The key main of OpenAI is in a file that you alone can read.\n']);
    expect((await run('gsk_SECRET', 'add', 'groq', '--label', 'second', '--weight', '0.5')).exit).toBe(0);
    const store = await openKeyStore({ dir: data, platform: 'linux', env: {}, follows: false });
    expect([store.secretOf('openai', 'main'), store.secretOf('groq', 'second')]).toEqual(['sk-SECRET-1', 'gsk_SECRET']);
    const [table, json] = [await run('', 'list'), await run('', 'list', '--json')];
    expect(table.out).toMatch(/groq\s+second\s+0\.5\s+file/);
    expect(JSON.parse(json.out)).toMatchObject({
      keys: expect.arrayContaining([expect.objectContaining({ provider: 'openai', label: 'main', weight: 1, place: 'file' })]) as unknown,
      virtualKeys: [],
    });
    expect((await run('', 'remove', 'openai', 'main')).exit).toBe(0);
    const again = await run('', 'remove', 'openai', 'main');
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining('There is no key main of openai')]);
    expect([added, table, json, again].map(({ out, err }) => out + err).join()).not.toMatch(/SECRET|RET-1/);
  });

  it('are refused where they could not be used', async () => {
    const { run } = machine();
    const tries = [
      await run('x', 'add', 'nobody'),
      await run('x', 'add', 'elevenlabs'),
      await run('', 'add', 'openai'),
      await run('x', 'add', 'openai', '--weight', 'heavy'),
    ];
    expect(tries.map(({ exit }) => exit)).toEqual([2, 2, 2, 2]);
    expect(tries[0]?.err).toContain('heimdall keys providers');
    expect(tries[1]?.err).toContain('speech');
    expect(tries[2]?.err).toContain('heimdall keys add openai');
    expect((await run('two words', 'add', 'openai')).exit).toBe(1);
  });

  it('say what the address of their provider needs', async () => {
    const { run } = machine();
    expect((await run('k', 'add', 'azure')).err).toContain('https://<resource>.openai.azure.com');
  });

  it('are not touched in a folder that others can read', async () => {
    const { data, run } = machine();
    await run('sk-SECRET', 'add', 'openai');
    chmodSync(join(data, 'keys'), 0o755);
    const listed = await run('', 'list');
    expect(listed.exit).toBe(1);
    expect(listed.err).toContain('mode 755');
  });
});

it('the providers are listed with what they speak and where', async () => {
  const { run } = machine();
  const { out } = await run('', 'providers');
  expect(out).toMatch(/anthropic\s+Anthropic\s+anthropic-messages, openai-chat\s+https:\/\/api\.anthropic\.com/);
  expect(out).toMatch(/azure\s.*given in the settings/);
  expect((JSON.parse((await run('', 'providers', '--json')).out) as { id: string }[]).some(({ id }) => id === 'ollama')).toBe(true);
});

describe('virtual keys', () => {
  it('are printed once, alone on standard output, and kept as a hash', async () => {
    const { data, run } = machine();
    const made = await run('', 'create', 'team-a');
    const key = made.out.trim();
    expect(key).toMatch(/^sk-hd-[\w-]{32}$/);
    expect(made.err).toContain('OPENAI_BASE_URL=http://127.0.0.1:7465/v1');
    expect(made.err).not.toContain(key);
    const files = readdirSync(join(data, 'keys'))
      .map((name) => readFileSync(join(data, 'keys', name), 'utf8'))
      .join();
    expect(files).toContain(createHash('sha256').update(key).digest('hex'));
    expect(files).not.toContain(key);
    expect((await run('', 'list')).out).toContain('team-a');
  });

  it('are not made twice, and can be revoked', async () => {
    const { run } = machine();
    const made = JSON.parse((await run('', 'create', 'ci', '--json')).out) as { key: string; variables: Record<string, string> };
    expect(made.variables).toMatchObject({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:7465/anthropic', OPENAI_API_KEY: made.key });
    const twice = await run('', 'create', 'ci');
    expect([twice.exit, twice.err]).toEqual([1, expect.stringContaining('heimdall keys revoke ci')]);
    expect([(await run('', 'revoke', 'ci')).exit, (await run('', 'revoke', 'ci')).exit]).toEqual([0, 1]);
    expect((await run('', 'create', '../up')).exit).toBe(1);
  });
});
