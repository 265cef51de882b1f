import { describe, expect, it } from 'vitest';
import { runAgent } from './running-agent.ts';
import { ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

describe('a call on a kept connection', () => {
  it('that runs out of time is not sent a second time: it could be billed twice', async () => {
    const server = await modelServer();
    server.behave((_, index) => (index === 1 ? { instead: 'hang' } : undefined));
    const agent = await runAgent({ targets: [localTarget('only', server)], network: { answerTimeoutMs: 300 }, settings: { virtualKeys: [clientKey] } });
    expect((await ask(agent, { body: chat('one') })).status).toBe(200);
    expect((await ask(agent, { body: chat('two') })).status).toBe(504);
    expect(server.calls).toHaveLength(2);
    expect(server.calls[1]?.peerPort).toBe(server.calls[0]?.peerPort);
    expect(attemptsOf((await agent.rows(2))[1])).toEqual(['only upstream-timeout']);
  });

  it('that turns out closed is made on a fresh one, and both tries are in the row', async () => {
    const server = await modelServer();
    server.behave((_, index) => (index === 1 ? { instead: 'reset' } : undefined));
    const agent = await runAgent({ targets: [localTarget('only', server)], settings: { virtualKeys: [clientKey] } });
    expect((await ask(agent, { body: chat('one') })).status).toBe(200);
    expect((await ask(agent, { body: chat('two') })).status).toBe(200);
    expect(attemptsOf((await agent.rows(2))[1])).toEqual(['only upstream-closed', 'only 200']);
  });
});

describe('a target that fails', () => {
  it.each([408, 429, 500, 503, 529])('with %i is followed by the next, whose answer the client gets', async (status) => {
    const [first, second] = [await modelServer(), await modelServer()];
    first.behave({ vendorError: { status, message: 'not now' } });
    const agent = await runAgent({ targets: [localTarget('one', first), localTarget('two', second)], settings: { virtualKeys: [clientKey] } });
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    expect(attemptsOf((await agent.rows(1))[0])).toEqual(['one upstream-refused', 'two 200']);
  });

  it.each([400, 404, 413, 422])('the call for a fault of its own (%i) asks nobody else, and the client gets the answer as it is', async (status) => {
    const [first, second] = [await modelServer(), await modelServer()];
    first.behave({ vendorError: { status, message: 'your fault' } });
    const agent = await runAgent({ targets: [localTarget('one', first), localTarget('two', second)], settings: { virtualKeys: [clientKey] } });
    const answer = await ask(agent, { body: chat('hello') });
    expect([answer.status, answer.body.toString()]).toEqual([status, expect.stringContaining('your fault') as string]);
    expect(second.calls).toHaveLength(0);
  });

  it('stays within the attempts of the settings, and every attempt is in the row', async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, modelServer));
    for (const server of servers) server.behave({ vendorError: { status: 503, message: 'down' } });
    const agent = await runAgent({
      targets: servers.map((server, index) => localTarget(`t${index}`, server)),
      settings: { virtualKeys: [clientKey], routing: { attempts: 3 } },
    });
    expect((await ask(agent, { body: chat('hello') })).status).toBe(503);
    expect(attemptsOf((await agent.rows(1))[0])).toHaveLength(3);
    expect(servers.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(3);
  });

  it('does so for everybody: retries stay a share of the traffic, and no storm', async () => {
    const servers = [await modelServer(), await modelServer()];
    for (const server of servers) server.behave({ vendorError: { status: 500, message: 'down' } });
    const agent = await runAgent({
      targets: servers.map((server, index) => localTarget(`t${index}`, server)),
      settings: { virtualKeys: [clientKey], routing: { retryShare: 0.1, probeMs: 0 } },
    });
    for (let i = 0; i < 100; i += 1) await ask(agent, { body: chat('hello', { model: `vllm/model-${i}` }) });
    const rows = await agent.rows(100);
    const attempts = rows.reduce((sum, { record }) => sum + (record.attempts?.length ?? 0), 0);
    expect(attempts).toBe(servers.reduce((sum, { calls }) => sum + calls.length, 0));
    const retries = rows.reduce((sum, { record }) => sum + Math.max(0, (record.attempts?.length ?? 0) - 1), 0);
    expect(retries).toBeGreaterThan(0);
    expect(retries).toBeLessThanOrEqual(30);
  });
});
