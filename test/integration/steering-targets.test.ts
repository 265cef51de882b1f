import { describe, expect, it } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import { addKeys, ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

const body = chat('hello');

describe('a target that a person takes out', () => {
  it('finishes its calls, gets no new ones, and is back when it is taken back', async () => {
    const [one, two] = [await modelServer(), await modelServer()];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    one.behave({ gate: () => gate });
    const agent = await runAgent({ targets: [localTarget('one', one), localTarget('two', two)], settings: { virtualKeys: [clientKey] } });
    const control = await agent.control();
    const running = ask(agent, { body });
    await eventually(() => one.calls.length === 1, 'a call under way');
    const status = await control.call('targets.drain', { target: 'one', drained: true });
    expect(status.targets.map(({ id, drained }) => [id, drained])).toEqual([
      ['one', true],
      ['two', false],
    ]);
    for (let i = 0; i < 5; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    open();
    expect((await running).status).toBe(200);
    expect([one.calls.length, two.calls.length]).toEqual([1, 5]);
    await control.call('targets.drain', { target: 'one', drained: false });
    expect((await ask(agent, { body })).status).toBe(200);
    expect(one.calls).toHaveLength(2);
    await expect(control.call('targets.drain', { target: 'nobody', drained: true })).rejects.toMatchObject({ code: 'unknown-target' });
  });

  it('lets the calls that wait for it look elsewhere', async () => {
    const [one, two] = [await modelServer(), await modelServer()];
    one.behave({ gate: () => new Promise(() => undefined) });
    two.behave((_, index) => (index === 0 ? { delayMs: 600 } : undefined));
    const limits = { inFlight: 1 };
    const agent = await runAgent({
      targets: [localTarget('one', one, { limits }), localTarget('two', two, { limits })],
      settings: { virtualKeys: [clientKey] },
    });
    const control = await agent.control();
    const leave = new AbortController();
    const held = ask(agent, { body, signal: leave.signal }).catch(() => undefined);
    await eventually(() => one.calls.length === 1, 'one to be busy');
    const second = ask(agent, { body });
    await eventually(() => two.calls.length === 1, 'two to be busy');
    const third = ask(agent, { body });
    await eventually(() => agent.agent.status().targets.some(({ waiting }) => waiting === 1), 'a call to wait');
    await control.call('targets.drain', { target: 'one', drained: true });
    expect((await third).status).toBe(200);
    expect((await second).status).toBe(200);
    expect([one.calls.length, two.calls.length]).toEqual([1, 2]);
    leave.abort();
    await held;
  });

  it('and is the only one: the client hears so', async () => {
    const one = await modelServer();
    const agent = await runAgent({ targets: [localTarget('one', one)], settings: { virtualKeys: [clientKey] } });
    await (await agent.control()).call('targets.drain', { target: 'one', drained: true });
    const answer = await ask(agent, { body });
    expect(answer.status).toBeGreaterThanOrEqual(429);
    expect(answer.body.toString()).toContain('taken out by a person');
    expect(one.calls).toHaveLength(0);
  });
});

describe('a probe', () => {
  it('asks each target for a sign of life, with its key, and makes no model call', async () => {
    const gateway = await startFakeGateway();
    const [provider, dead] = [await modelServer(), await modelServer()];
    await dead.close();
    const agent = await runAgent({
      targets: [
        { id: 'gw', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-test' },
        { id: 'openai', kind: 'provider', provider: 'openai', url: provider.url },
        localTarget('dead', dead),
      ],
      settings: { virtualKeys: [clientKey], routing: { probeMs: 0 } },
    });
    await addKeys(agent.dataDir, 'openai', [{ label: 'own', secret: 'sk-of-openai' }]);
    await eventually(() => agent.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the key to be seen');
    const control = await agent.control();
    const results = await control.call('targets.probe', {});
    expect(results.map(({ target, ok }) => [target, ok])).toEqual([
      ['gw', true],
      ['openai', true],
      ['dead', false],
    ]);
    expect(results[0]?.detail).toBe('GET /health: 200');
    expect(provider.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models']);
    expect(provider.requests[0]?.header('authorization')).toBe('Bearer sk-of-openai');
    expect(provider.calls).toHaveLength(0);
    expect(JSON.stringify(results)).not.toContain('sk-');
    expect((await control.call('targets.probe', { target: 'gw' })).map(({ target }) => target)).toEqual(['gw']);
    await expect(control.call('targets.probe', { target: 'nobody' })).rejects.toMatchObject({ code: 'unknown-target' });
    await gateway.close();
  });

  it('brings a target back that had failed, without a call that takes the risk', async () => {
    const gateway = await startFakeGateway();
    const other = await modelServer();
    const agent = await runAgent({
      targets: [{ id: 'gw', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-test' }, localTarget('other', other)],
      settings: { virtualKeys: [clientKey], routing: { probeMs: 200 } },
    });
    await gateway.close();
    for (let i = 0; i < 3; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    expect(agent.agent.status().targets[0]).toMatchObject({ health: 'failed' });
    const again = await startFakeGateway({ port: gateway.port });
    await eventually(async () => {
      expect((await ask(agent, { body })).status).toBe(200);
      return again.requests.some(({ method }) => method === 'POST');
    }, 'the gateway to be used again');
    expect(again.requests.findIndex(({ path }) => path === '/health')).toBeLessThan(again.requests.findIndex(({ method }) => method === 'POST'));
    const rows = await agent.rows();
    // One call met the dead gateway; every other one went straight to a target that was well.
    expect(rows.filter((row) => attemptsOf(row).length > 1).length).toBeLessThanOrEqual(2);
    await again.close();
  });
});
