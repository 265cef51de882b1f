// A real Secret Service: GNOME's, on a message bus of its own, unlocked with a password as a login does it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { elsewhere, filesOf, opened, temporaryFolder } from './fixture.ts';

const hasService = ['gnome-keyring-daemon', 'dbus-run-session'].every((command) => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** Prints what the script gives back as JSON. */
async function inSession(dir: string, script: string, unlock = true): Promise<unknown> {
  const home = join(dir, 'home');
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
  const start = unlock ? 'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && ' : '';
  const { out, err } = await elsewhere(
    dir,
    `const { openKeyStore } = await import(module);
     const { askSystemStore } = await import(new URL('./system-store.ts', module).href);
     const open = (more) => openKeyStore({ dir, platform: 'linux', lookMs: 5, patienceMs: 5000, ...more });
     const key = { provider: 'openai', label: 'main', secret: 'sk-SECRET-1', weight: 2 };
     const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5)); };
     const said = await (async () => { ${script} })();
     process.stdout.write(JSON.stringify(said), () => process.exit());`,
    { command: ['dbus-run-session', '--', 'sh', '-c', `${start}exec "$@"`, 'sh'], env: { HOME: home, XDG_RUNTIME_DIR: join(home, 'run') } },
  );
  expect(out, err).not.toBe('');
  return JSON.parse(out) as unknown;
}

const textOfFiles = (dir: string): string =>
  filesOf(dir)
    .map((file) => readFileSync(file, 'utf8'))
    .join();

describe.runIf(hasService)('keys in the key store of the system', () => {
  it('are in no file, and come back to whoever opens the store next', async () => {
    const dir = temporaryFolder();
    const said = await inSession(
      dir,
      `const first = await open();
       const place = await first.add(key);
       await first.add({ ...key, label: 'second', secret: 'sk-SECRET-2' });
       const next = await open();
       return [first.place, place, next.list().map((each) => each.place), next.secretOf('openai', 'main'), next.secretOf('openai', 'second')];`,
    );
    expect(said).toEqual(['system', 'system', ['system', 'system'], 'sk-SECRET-1', 'sk-SECRET-2']);
    expect(textOfFiles(dir)).toContain('"label":"main"');
    expect(textOfFiles(dir)).not.toContain('SECRET');
  });

  it('reach an agent that runs already when they are added and replaced', async () => {
    const said = await inSession(
      temporaryFolder(),
      `const agent = await open();
       const command = await open({ follows: false });
       await command.add(key);
       await until(() => agent.secretOf('openai', 'main') === 'sk-SECRET-1');
       await command.add({ ...key, secret: 'sk-rotated' });
       await until(() => agent.secretOf('openai', 'main') === 'sk-rotated');
       return agent.troubles;`,
    );
    expect(said).toEqual([]);
  });

  it('are gone from there when they are replaced or removed', async () => {
    const dir = temporaryFolder();
    const said = await inSession(
      dir,
      `const { readdirSync, readFileSync } = await import('node:fs');
       const accountNow = () => JSON.parse(readFileSync(dir + '/keys/' + readdirSync(dir + '/keys')[0], 'utf8')).account;
       const ask = async (account) => (await askSystemStore([{ ask: 'get', account }], { env: process.env, patienceMs: 5000 }))[0].secret ?? 'gone';
       const store = await open();
       await store.add(key);
       const first = accountNow();
       const before = await ask(first);
       await store.add({ ...key, secret: 'sk-rotated' });
       const second = accountNow();
       const between = [await ask(first), await ask(second)];
       return [before, between, await store.remove('openai', 'main'), await ask(second), await ask(second + '/probe')];`,
    );
    expect(said).toEqual(['sk-SECRET-1', ['gone', 'sk-rotated'], true, 'gone', 'gone']);
  });

  it('are told as missing, not lost, where the store cannot be reached', async () => {
    const dir = temporaryFolder();
    await inSession(dir, 'await (await open()).add(key); return 1;');
    const store = await opened(dir, { env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(dir, 'none')}` } });
    expect(store.list()).toMatchObject([{ provider: 'openai', label: 'main', place: 'system' }]);
    expect(store.secretOf('openai', 'main')).toBeUndefined();
    expect(store.troubles.join()).toContain('The key store of this system refuses');
    await expect(store.remove('openai', 'main')).rejects.toMatchObject({ code: 'key-store' });
    expect(store.list()).toHaveLength(1);
  });

  it('stay out of a store that nobody has unlocked: they go to files', async () => {
    const said = await inSession(
      temporaryFolder(),
      'const store = await open(); return [store.place, await store.add(key), store.secretOf("openai", "main")];',
      false,
    );
    expect(said).toEqual(['system', 'file', 'sk-SECRET-1']);
  });
});

it.runIf(!hasService)('is not shown here: gnome-keyring is not installed (apt-get install gnome-keyring dbus-daemon)', () => {
  expect(hasService).toBe(false);
});
