import { describe, expect, it } from 'vitest';
import type { StrategyName } from '../../src/contract/routing.ts';
import type { ModelServer } from '../fakes/model-server.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';
import { ask, chat, clientKey, localTarget, modelServer, tally } from './unified-client.ts';

const names: readonly StrategyName[] = ['cascade', 'weighted', 'latency', 'least-busy', 'cost', 'hash', 'adaptive', 'round-robin', 'random'];
const ids = ['one', 'two', 'three'] as const;

/** One agent with a route for each strategy, taken by a header. */
async function everyStrategy(): Promise<{ agent: RunningAgent; servers: readonly ModelServer[] }> {
  const servers = await Promise.all(ids.map(() => modelServer()));
  const weights = [5, 3, 2];
  const agent = await runAgent({
    targets: ids.map((id, index) =>
      localTarget(id, servers[index] as ModelServer, { region: index === 2 ? 'us' : 'eu', tier: index === 0 ? 'premium' : 'economy' }),
    ),
    settings: {
      virtualKeys: [clientKey],
      prices: { 'vllm/small': { input: 1, output: 1 }, 'vllm/medium': { input: 2, output: 2 }, 'vllm/large': { input: 9, output: 9 } },
      routes: [
        ...names
          .filter((strategy) => strategy !== 'cost')
          .map((strategy) => ({
            id: strategy,
            when: { header: { 'x-strategy': strategy } },
            use: { strategy, of: ids.map((target, index) => ({ target, weight: weights[index] })) },
          })),
        {
          id: 'cost',
          when: { header: { 'x-strategy': 'cost' } },
          use: {
            strategy: 'cost',
            of: [
              { target: 'one', model: 'large' },
              { target: 'two', model: 'medium' },
              { target: 'three', model: 'small' },
            ],
          },
        },
        {
          id: 'cost-eu',
          when: { header: { 'x-strategy': 'cost-eu' } },
          use: {
            strategy: 'cost',
            require: { regions: ['eu'] },
            of: [
              { target: 'one', model: 'large' },
              { target: 'two', model: 'medium' },
              { target: 'three', model: 'small' },
            ],
          },
        },
        {
          id: 'cost-premium',
          when: { header: { 'x-strategy': 'cost-premium' } },
          use: {
            strategy: 'cost',
            require: { tier: 'premium' },
            of: [
              { target: 'one', model: 'large' },
              { target: 'two', model: 'medium' },
              { target: 'three', model: 'small' },
            ],
          },
        },
      ],
    },
  });
  return { agent, servers };
}

const counts = (servers: readonly ModelServer[]): readonly number[] => servers.map(({ calls }) => calls.length);

async function many(agent: RunningAgent, count: number, parallel: number, headers: (index: number) => Readonly<Record<string, string>>): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) expect((await ask(agent, { headers: headers(index), body: chat('hello') })).status).toBe(200);
  };
  await Promise.all(Array.from({ length: parallel }, client));
}

describe('one agent with a route for each strategy', () => {
  it('places calls by the strategy that each is for, and says in the row which route it was', async () => {
    const { agent, servers } = await everyStrategy();
    for (const name of [...names, 'cost-eu', 'cost-premium']) await many(agent, 10, 1, () => ({ 'x-strategy': name }));
    const rows = await agent.rows(110);
    expect(tally(rows.map(({ record }) => record.route ?? 'none'))).toEqual(
      Object.fromEntries([...names, 'cost-eu', 'cost-premium'].map((name) => [name, 10])),
    );
    const placed = (route: string) => tally(rows.filter(({ record }) => record.route === route).map(({ record }) => record.target ?? ''));
    expect(placed('cascade')).toEqual({ one: 10 });
    expect(placed('weighted')).toEqual({ one: 5, two: 3, three: 2 });
    expect(Object.values(placed('round-robin')).sort()).toEqual([3, 3, 4]);
    expect(placed('cost')).toEqual({ three: 10 });
    expect(placed('cost-eu')).toEqual({ two: 10 });
    expect(placed('cost-premium')).toEqual({ one: 10 });
    expect(Object.keys(placed('hash'))).toHaveLength(1);
    expect(counts(servers).reduce((sum, each) => sum + each)).toBe(110);
  });

  it('weighted: exact shares over any 1,000 calls, also in parallel, and a canary by changing a weight while it runs', async () => {
    const { agent, servers } = await everyStrategy();
    const weighted = () => ({ 'x-strategy': 'weighted' });
    await many(agent, 1_000, 24, weighted);
    expect(counts(servers)).toEqual([500, 300, 200]);
    const control = await agent.control();
    await control.call('targets.weigh', { route: 'weighted', target: 'two', weight: 0 });
    const told = await control.call('targets.weigh', { route: 'weighted', target: 'three', weight: 0.05 });
    expect(told.find(({ place, target }) => place.startsWith('weighted') && target === 'three')?.share).toBeCloseTo(0.05 / 5.05, 4);
    const before = counts(servers);
    await many(agent, 505, 24, weighted);
    expect(counts(servers).map((count, index) => count - (before[index] ?? 0))).toEqual([500, 0, 5]);
    await expect(control.call('targets.weigh', { route: 'weighted', target: 'nobody', weight: 1 })).rejects.toMatchObject({ code: 'unknown-target' });
  }, 60_000);

  it('hash: a session stays with its target, sessions spread, and only those of a target that leaves move', async () => {
    const { agent } = await everyStrategy();
    const sessions = 60;
    const headers = (index: number) => ({ 'x-strategy': 'hash', 'x-session-id': `session-${index % sessions}` });
    await many(agent, 3 * sessions, 4, headers);
    const home = new Map<string, Set<string>>();
    const place = async (from: number): Promise<Map<string, Set<string>>> => {
      const rows = (await agent.rows()).slice(from);
      const found = new Map<string, Set<string>>();
      let index = 0;
      for (const { record } of rows) {
        const session = headers(index++)['x-session-id'];
        found.set(session, (found.get(session) ?? new Set()).add(record.target ?? ''));
      }
      return found;
    };
    // One after the other, so that rows stand in the order of calls.
    const start = (await agent.rows(3 * sessions)).length;
    await many(agent, 2 * sessions, 1, headers);
    await agent.rows(start + 2 * sessions);
    for (const [session, targets] of await place(start)) home.set(session, targets);
    expect([...home.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...home.values()].flatMap((targets) => [...targets])).size).toBe(3);
    const control = await agent.control();
    await control.call('targets.drain', { target: 'two', drained: true });
    const later = start + 2 * sessions;
    await many(agent, sessions, 1, headers);
    await agent.rows(later + sessions);
    const moved = [...(await place(later))].filter(([session, targets]) => [...targets][0] !== [...(home.get(session) ?? [])][0]);
    const lost = [...home].filter(([, targets]) => targets.has('two'));
    expect(moved.map(([session]) => session).sort()).toEqual(lost.map(([session]) => session).sort());
    expect(moved.every(([, targets]) => !targets.has('two'))).toBe(true);
  });

  it('least busy: a target that holds its calls gets no more than the others', async () => {
    const { agent, servers } = await everyStrategy();
    servers[0]?.behave({ delayMs: 400 });
    await many(agent, 120, 6, () => ({ 'x-strategy': 'least-busy' }));
    const [slow = 0, ...quick] = counts(servers);
    expect(slow).toBeLessThan(Math.min(...quick) / 2);
  });

  it('latency: the slow target is left for the quick ones, and looked at again', async () => {
    const { agent, servers } = await everyStrategy();
    servers[1]?.behave({ delayMs: 120 });
    await many(agent, 200, 4, () => ({ 'x-strategy': 'latency' }));
    const [first = 0, slow = 0, third = 0] = counts(servers);
    expect(slow).toBeGreaterThan(0);
    expect(slow).toBeLessThan((first + third) / 10);
  });

  it('adaptive: a target that fails loses its share, and nobody notices', async () => {
    const { agent, servers } = await everyStrategy();
    servers[2]?.behave({ vendorError: { status: 503, message: 'down' } });
    await many(agent, 200, 4, () => ({ 'x-strategy': 'adaptive' }));
    expect(servers[2]?.calls.length).toBeLessThan(20);
    const control = await agent.control();
    const told = (await control.call('targets.explain', {})).filter(({ place }) => place.startsWith('adaptive'));
    expect(told).toHaveLength(3);
    const of = (target: string) => told.find((entry) => entry.target === target);
    expect(of('three')?.state).not.toBe('healthy');
    expect(of('three')?.share).toBeLessThan(0.05);
    expect(of('one')?.factors).toMatchObject({ errors: 1 });
    for (const { why } of told) expect(why.length).toBeGreaterThan(10);
  });
});

describe('a nested route', () => {
  it('goes from weighted gateways to a pool of providers to the machine itself', async () => {
    const [eu, us, pool, local] = await Promise.all([modelServer(), modelServer(), modelServer(), modelServer()]);
    const agent = await runAgent({
      targets: [
        { id: 'gateway-eu', kind: 'gateway', url: eu.url },
        { id: 'gateway-us', kind: 'gateway', url: us.url },
        { id: 'pool', kind: 'provider', provider: 'lmstudio', url: pool.url, models: ['*'] },
        { id: 'local', kind: 'provider', provider: 'ollama', url: local.url },
      ],
      settings: {
        virtualKeys: [clientKey],
        routes: [
          {
            id: 'nested',
            if: 'task == "agent" && model.startsWith("gpt")',
            use: {
              strategy: 'cascade',
              of: [
                {
                  strategy: 'weighted',
                  of: [
                    { target: 'gateway-eu', weight: 70 },
                    { target: 'gateway-us', weight: 30 },
                  ],
                },
                { provider: 'lmstudio' },
                { target: 'local', model: 'qwen3-coder' },
              ],
            },
          },
        ],
      },
    });
    const body = chat('hello', { model: 'gpt-4o', tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] });
    for (let i = 0; i < 10; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    expect([eu.calls.length, us.calls.length]).toEqual([7, 3]);
    eu.behave({ vendorError: { status: 503, message: 'down' } });
    us.behave({ vendorError: { status: 503, message: 'down' } });
    expect((await ask(agent, { body })).status).toBe(200);
    expect(pool.calls).toHaveLength(1);
    pool.behave({ vendorError: { status: 500, message: 'down' } });
    expect((await ask(agent, { body })).status).toBe(200);
    expect(JSON.parse(local.calls[0]?.body.toString() ?? '')).toMatchObject({ model: 'qwen3-coder' });
    const rows = await agent.rows(12);
    expect(rows.every(({ record }) => record.route === 'nested')).toBe(true);
    expect(rows[11]?.record.attempts?.at(-1)).toMatchObject({ target: 'local', model: 'qwen3-coder', status: 200 });
  });
});
