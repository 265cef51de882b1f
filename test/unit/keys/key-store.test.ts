import { chmodSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { elsewhere, filesOf, opened, temporaryFolder, until } from './fixture.ts';

const key = { provider: 'openai', label: 'main', secret: 'sk-SECRET-1', weight: 1 };
const hash = 'ab'.repeat(32);

describe('keys in files', () => {
  it('come back after the store was closed, with their weights', async () => {
    const dir = temporaryFolder();
    const first = await opened(dir);
    expect(await first.add(key)).toBe('file');
    await first.add({ ...key, label: 'second', secret: 'sk-SECRET-2', weight: 0.5 });
    first.addVirtual('team-a', hash);
    first.close();
    const store = await opened(dir);
    expect(store.place).toBe('file');
    expect(store.list().map(({ label, weight, place }) => [label, weight, place])).toEqual(
      expect.arrayContaining([
        ['main', 1, 'file'],
        ['second', 0.5, 'file'],
      ]),
    );
    expect([store.secretOf('openai', 'main'), store.secretOf('openai', 'second'), store.secretOf('anthropic', 'main')]).toEqual([
      'sk-SECRET-1',
      'sk-SECRET-2',
      undefined,
    ]);
    expect([store.virtualHash('team-a'), store.virtualHash('team-b')]).toEqual([hash, undefined]);
    expect(store.listVirtual().map(({ id }) => id)).toEqual(['team-a']);
  });

  it('are for their user alone, whatever the umask', async () => {
    const dir = temporaryFolder();
    await elsewhere(
      dir,
      `process.umask(0); const { openKeyStore } = await import(module); const s = await openKeyStore({ dir, platform: 'linux', env: {} }); await s.add(${JSON.stringify(key)}); s.close();`,
    );
    expect(statSync(join(dir, 'keys')).mode & 0o777).toBe(0o700);
    expect(filesOf(dir).map((file) => statSync(file).mode & 0o777)).toEqual([0o600]);
  });

  it('are replaced by a key with the same label, and gone when removed', async () => {
    const store = await opened(temporaryFolder());
    await store.add(key);
    await store.add({ ...key, secret: 'sk-new', weight: 3 });
    expect(store.list()).toMatchObject([{ label: 'main', weight: 3 }]);
    expect(store.secretOf('openai', 'main')).toBe('sk-new');
    expect([await store.remove('openai', 'main'), await store.remove('openai', 'main')]).toEqual([true, false]);
    expect([store.list(), store.secretOf('openai', 'main')]).toEqual([[], undefined]);
    store.addVirtual('a', hash);
    expect([store.removeVirtual('a'), store.removeVirtual('a'), store.virtualHash('a')]).toEqual([true, false, undefined]);
  });

  it('with labels that differ only in case are two', async () => {
    const store = await opened(temporaryFolder());
    await store.add(key);
    await store.add({ ...key, label: 'Main', secret: 'other' });
    expect([store.secretOf('openai', 'main'), store.secretOf('openai', 'Main')]).toEqual(['sk-SECRET-1', 'other']);
  });

  it('are not shown by printing the store or its list', async () => {
    const store = await opened(temporaryFolder());
    await store.add(key);
    const shown = [inspect(store, { depth: 9, showHidden: true }), JSON.stringify(store), JSON.stringify(store.list())].join();
    expect(shown).not.toContain('SECRET');
  });

  it.each([
    [{ ...key, secret: 'two words' }],
    [{ ...key, secret: 'line\r\nx-evil: 1' }],
    [{ ...key, secret: '' }],
    [{ ...key, label: '../up' }],
    [{ ...key, provider: 'a\nb' }],
    [{ ...key, weight: Number.NaN }],
    [{ ...key, weight: -1 }],
  ])('are refused when they could not be used: %j', async (bad) => {
    const store = await opened(temporaryFolder());
    const error: unknown = await store.add(bad).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'key-store' });
    expect(inspect(error)).not.toContain('two words');
    expect(store.list()).toEqual([]);
    expect(() => store.addVirtual('a', 'the key itself')).toThrow('SHA-256');
  });
});

describe('a folder that others can read', () => {
  it.each([
    ['the folder', 0o750, (dir: string) => join(dir, 'keys')],
    ['a file', 0o640, (dir: string) => filesOf(dir)[0] ?? ''],
  ] as const)('is refused with what to do: %s', async (_what, mode, place) => {
    const dir = temporaryFolder();
    const store = await opened(dir);
    await store.add(key);
    chmodSync(place(dir), mode);
    const error: unknown = await opened(dir).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'key-store' });
    expect(String(error)).toContain(`mode ${mode.toString(8)}`);
    expect(inspect(error)).not.toContain('SECRET');
    // A store that is open already gives nothing out any more, and recovers.
    await until(() => store.secretOf('openai', 'main') === undefined);
    expect(store.troubles.join()).toContain('open to other users');
    chmodSync(place(dir), mode & 0o700);
    await until(() => store.secretOf('openai', 'main') === key.secret);
    expect(store.troubles).toEqual([]);
  });

  it('is not read through a link', async () => {
    const dir = temporaryFolder();
    const store = await opened(dir);
    await store.add(key);
    const [file = ''] = filesOf(dir);
    symlinkSync(file, file.replace('.json', '0.json'));
    await expect(opened(dir)).rejects.toMatchObject({ code: 'key-store' });
  });
});

describe('a damaged file', () => {
  it.each(['', '{"kind":"provider","secret":"SECR', '{"kind":"other"}', '[]', 'null', '{"kind":"virtual","id":7}'])(
    'is set aside and told, and the others stay: %s',
    async (damage) => {
      const dir = temporaryFolder();
      const first = await opened(dir);
      await first.add(key);
      const [file = ''] = filesOf(dir);
      await first.add({ ...key, label: 'other', secret: 'sk-other' });
      first.close();
      writeFileSync(file, damage);
      const store = await opened(dir);
      expect(store.list().map(({ label }) => label)).toEqual(['other']);
      expect(store.troubles).toHaveLength(1);
      expect(store.troubles[0]).toContain('.damaged');
      expect(
        filesOf(dir)
          .filter((name) => name.endsWith('.damaged'))
          .map((name) => readFileSync(name, 'utf8')),
      ).toEqual([damage]);
    },
  );
});

describe('several processes', () => {
  it('lose nothing when they add at once', async () => {
    const dir = temporaryFolder();
    const add = (who: string) =>
      elsewhere(
        dir,
        `const { openKeyStore } = await import(module);
         const store = await openKeyStore({ dir, platform: 'linux', env: {}, follows: false });
         for (let i = 0; i < 25; i++) { await store.add({ provider: 'openai', label: '${who}' + i, secret: '${who}-secret-' + i, weight: 1 }); store.addVirtual('${who}' + i, '${hash}'); }`,
      );
    await Promise.all([add('a'), add('b')]);
    const store = await opened(dir);
    expect(store.list()).toHaveLength(50);
    expect(store.listVirtual()).toHaveLength(50);
    expect(store.secretOf('openai', 'b24')).toBe('b-secret-24');
  });

  it('see what another has added and removed, without being opened again', async () => {
    const dir = temporaryFolder();
    const agent = await opened(dir);
    let changes = 0;
    agent.onChange(() => changes++);
    const command = await opened(dir, { follows: false });
    await command.add(key);
    await until(() => agent.secretOf('openai', 'main') === key.secret);
    await command.add({ ...key, secret: 'sk-rotated' });
    await until(() => agent.secretOf('openai', 'main') === 'sk-rotated');
    command.addVirtual('team', hash);
    await until(() => agent.virtualHash('team') === hash);
    await command.remove('openai', 'main');
    await until(() => agent.list().length === 0);
    expect(changes).toBe(4);
    rmSync(join(dir, 'keys'), { recursive: true });
    await until(() => agent.virtualHash('team') === undefined);
  });

  it('leave the old key when they are killed between writing and naming the new one, and the rest is swept', async () => {
    const dir = temporaryFolder();
    const store = await opened(dir, { follows: false });
    await store.add(key);
    const ended = await elsewhere(
      dir,
      `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
       fs.renameSync = () => process.kill(process.pid, 'SIGKILL'); syncBuiltinESMExports();
       const { openKeyStore } = await import(module);
       const store = await openKeyStore({ dir, platform: 'linux', env: {} });
       await store.add({ ...${JSON.stringify(key)}, secret: 'sk-HALF' });`,
    );
    expect(ended.signal).toBe('SIGKILL');
    expect(filesOf(dir)).toHaveLength(2);
    expect((await opened(dir)).secretOf('openai', 'main')).toBe(key.secret);
    await store.add({ ...key, label: 'next' });
    expect(
      filesOf(dir)
        .map((file) => readFileSync(file, 'utf8'))
        .join(),
    ).not.toContain('HALF');
    expect(filesOf(dir)).toHaveLength(2);
  });
});

describe('a system whose own key store does not work', () => {
  it('keeps the secret in a file when the message bus never answers', async () => {
    const dir = temporaryFolder();
    const path = join(dir, 'bus');
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    const store = await opened(dir, { env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` }, patienceMs: 400 });
    expect(store.place).toBe('system');
    expect(await store.add(key)).toBe('file');
    expect([store.place, store.secretOf('openai', 'main')]).toEqual(['file', key.secret]);
  });

  it('keeps the secret in a file when nobody listens on the message bus', async () => {
    const dir = temporaryFolder();
    const store = await opened(dir, { env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(dir, 'none')}` } });
    expect(await store.add(key)).toBe('file');
    expect(store.list()).toMatchObject([{ place: 'file' }]);
  });

  it('is not asked at all where files are wanted', async () => {
    const store = await opened(temporaryFolder(), { env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }, useSystem: false });
    expect([store.place, await store.add(key)]).toEqual(['file', 'file']);
  });
});
