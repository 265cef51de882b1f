import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';
import { addKeys, ask, chat, clientKey, modelServer, tally } from './unified-client.ts';

const body = chat('hello', { model: 'openai/gpt-4o' });

async function withPool(url: string, more: RunningAgentOptions = {}): Promise<RunningAgent> {
  return runAgent({ targets: [{ id: 'openai', kind: 'provider', provider: 'openai', url }], settings: { virtualKeys: [clientKey] }, ...more });
}

describe('the keys of a provider', () => {
  it('are seen while the agent runs, share calls by weight, and stay secret', async () => {
    const server = await modelServer();
    const agent = await withPool(server.url);
    const before = await ask(agent, { body });
    expect(before.status).toBe(400);
    expect(before.body.toString()).toMatch(/heimdall keys add openai/);
    expect(agent.agent.status().warnings.map(({ code }) => code)).toContain('key-store');

    await addKeys(agent.dataDir, 'openai', [
      { label: 'large', secret: 'sk-large-secret-5c1e', weight: 3 },
      { label: 'small', secret: 'sk-small-secret-9d2b', weight: 1 },
    ]);
    await eventually(async () => (await ask(agent, { body })).status === 200, 'the keys to be seen');
    expect(agent.agent.status().warnings.map(({ code }) => code)).not.toContain('key-store');
    const skipped = server.calls.length;
    for (let i = 0; i < 200; i += 1) await ask(agent, { body });
    const used = server.calls.slice(skipped).map((request) => request.header('authorization') ?? '');
    expect(tally(used)).toEqual({ 'Bearer sk-large-secret-5c1e': 150, 'Bearer sk-small-secret-9d2b': 50 });

    const rows = await agent.rows(200);
    expect(tally(rows.slice(-200).map(({ record }) => record.attempts?.[0]?.key ?? ''))).toEqual({ large: 150, small: 50 });
    const control = await agent.control();
    const told = [
      rows,
      agent.agent.status(),
      await control.call('targets.explain', {}),
      await control.call('targets.probe', {}),
      await control.call('audit.query', {}),
    ];
    expect(JSON.stringify(told)).not.toMatch(/sk-(?:large|small)-secret/);
    await agent.close();
    const files = readdirSync(agent.dataDir, { recursive: true, encoding: 'utf8' }).map((name) => join(agent.dataDir, name));
    const holding = files.filter((file) => statSync(file).isFile() && /sk-(?:large|small)-secret/.test(readFileSync(file, 'latin1')));
    expect(holding.map((file) => file.slice(agent.dataDir.length))).toEqual(expect.arrayContaining([expect.stringMatching(/^.keys/)]) as string[]);
    expect(holding.filter((file) => !file.startsWith(join(agent.dataDir, 'keys')))).toEqual([]);
  });

  it.each([401, 403, 402])('that is refused with %i is put aside: its call goes on with the next, and no other meets it', async (status) => {
    const server = await modelServer();
    server.behave((request) =>
      request.header('authorization')?.includes('revoked') ? { vendorError: { status, message: 'Incorrect API key provided' } } : undefined,
    );
    const agent = await withPool(server.url);
    await addKeys(agent.dataDir, 'openai', [
      { label: 'bad', secret: 'sk-revoked', weight: 100 },
      { label: 'good', secret: 'sk-good', weight: 1 },
    ]);
    await eventually(() => agent.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the keys to be seen');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    for (let i = 0; i < 20; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    const rows = await agent.rows(20);
    expect(rows[0]?.record.attempts).toMatchObject([
      { key: 'bad', status, error: 'upstream-refused' },
      { key: 'good', status: 200 },
    ]);
    expect(rows.slice(1).map(({ record }) => record.attempts?.map(({ key }) => key))).toEqual(Array(19).fill(['good']));
    expect(server.calls.filter((request) => request.header('authorization') === 'Bearer sk-revoked')).toHaveLength(1);
  });

  it("are all refused: the client gets the provider's own answer, and the call goes on to another provider where the route has one", async () => {
    const [server, other] = [await modelServer(), await modelServer()];
    server.behave({ vendorError: { status: 401, message: 'Incorrect API key provided' } });
    const alone = await withPool(server.url);
    await addKeys(alone.dataDir, 'openai', [{ label: 'bad', secret: 'sk-revoked' }]);
    await eventually(() => alone.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the key to be seen');
    const answer = await ask(alone, { body });
    expect([answer.status, answer.body.toString()]).toEqual([401, expect.stringContaining('Incorrect API key provided') as string]);

    const both = await runAgent({
      targets: [
        { id: 'openai', kind: 'provider', provider: 'openai', url: server.url },
        { id: 'local', kind: 'provider', provider: 'vllm', url: other.url, models: ['*'] },
      ],
      settings: { virtualKeys: [clientKey] },
    });
    await addKeys(both.dataDir, 'openai', [{ label: 'bad', secret: 'sk-revoked' }]);
    await eventually(() => both.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the key to be seen');
    expect((await ask(both, { body })).status).toBe(200);
    expect((await both.onlyRecord()).attempts).toMatchObject([
      { target: 'openai', status: 401 },
      { target: 'local', status: 200 },
    ]);
  });

  it('have limits of their own: one that is told to wait rests, the other goes on', async () => {
    const server = await modelServer();
    server.behave((request) =>
      request.header('authorization') === 'Bearer sk-busy' ? { vendorError: { status: 429, message: 'slow down', headers: ['retry-after', '30'] } } : undefined,
    );
    const agent = await withPool(server.url);
    await addKeys(agent.dataDir, 'openai', [
      { label: 'busy', secret: 'sk-busy' },
      { label: 'free', secret: 'sk-free' },
    ]);
    await eventually(() => agent.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the keys to be seen');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    for (let i = 0; i < 10; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    expect(server.calls.filter((request) => request.header('authorization') === 'Bearer sk-busy')).toHaveLength(1);
    expect(agent.agent.status().targets[0]).toMatchObject({ health: 'healthy' });
  });

  it('that were refused are asked again at once when they are added anew; until then the client hears of keys, not of a gateway', async () => {
    const server = await modelServer();
    server.behave((request) => (request.header('authorization') === 'Bearer sk-new' ? undefined : { vendorError: { status: 401, message: 'revoked' } }));
    const agent = await withPool(server.url);
    await addKeys(agent.dataDir, 'openai', [{ label: 'own', secret: 'sk-old' }]);
    await eventually(async () => (await ask(agent, { body })).status === 401, 'the old key to be refused');
    const told = await ask(agent, { body });
    expect(told.status).toBe(503);
    expect(told.body.toString()).toContain('each of its keys was refused');
    expect(told.body.toString()).not.toContain('gateway');
    expect(agent.agent.status()).toMatchObject({ state: 'protected', warnings: [] });
    await addKeys(agent.dataDir, 'openai', [{ label: 'own', secret: 'sk-new' }]);
    await eventually(async () => (await ask(agent, { body })).status === 200, 'the new key to be used');
    expect(server.calls.filter((request) => request.header('authorization') === 'Bearer sk-old')).toHaveLength(1);
  });
});
