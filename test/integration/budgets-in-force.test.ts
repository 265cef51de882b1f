import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../fakes/gateway-answers.ts';
import type { Behaviour } from '../fakes/behaviour.ts';
import { dialects, inferenceCall } from './inference-call.ts';
import { call } from './proxy-client.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';
import { ask, chat, clientKey, localTarget, modelServer, tally } from './unified-client.ts';

/** Each answer: 1,000 tokens in, 1,000 out; a cent. */
const usage = { prompt_tokens: 1_000, completion_tokens: 1_000 };
const prices = { 'vllm/qwen3': { input: 5, output: 5 }, 'vllm/small': { input: 0.5, output: 0.5 } };
const price = 0.01;
const answer = (delayMs = 0): Behaviour => ({
  answer: jsonAnswer(200, { object: 'chat.completion', model: 'm', choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }], usage }),
  delayMs,
});
/** A request of a thousand tokens by estimate, that asks for a thousand at most. */
const body = chat('w'.repeat(4_000), { max_tokens: 1_000 });

async function start(settings: NonNullable<RunningAgentOptions['settings']>, more: RunningAgentOptions = {}) {
  const server = await modelServer();
  server.behave(answer());
  const agent = await runAgent({ targets: [localTarget('only', server)], settings: { virtualKeys: [clientKey], prices, ...settings }, ...more });
  return { agent, server };
}

const times = (count: number, agent: RunningAgent, headers: Readonly<Record<string, string>> = {}) =>
  Promise.all(Array.from({ length: count }, () => ask(agent, { headers, body })));

describe('money', () => {
  it.each([
    ['day', 'calendar'],
    ['week', 'calendar'],
    ['month', 'rolling'],
  ] as const)('per %s (%s) is reserved up front: twenty calls at once pass the line by one call at most', async (per, window) => {
    const { agent, server } = await start({ budgets: [{ id: 'all', usd: 0.055, per, window }] });
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    server.behave({ ...answer(), gate: () => gate });
    const calls = times(20, agent);
    // Those that are refused do not wait for the others.
    await agent.rows(15);
    open();
    expect(tally((await calls).map(({ status }) => String(status)))).toEqual({ 200: 5, 402: 15 });
    // One by one the next may pass the line, since nothing is under way; then all is used up.
    expect((await ask(agent, { body })).status).toBe(200);
    const refused = await ask(agent, { body });
    expect(refused.status).toBe(402);
    expect(Number(refused.header('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(refused.body.toString())).toMatchObject({
      error: { code: 'heimdall_budget-exceeded', message: expect.stringContaining('budget "all" is used up') as string },
    });
    expect(server.calls).toHaveLength(6);
    const [account] = agent.agent.status().budgets;
    expect(account?.usd?.used).toBeCloseTo(6 * price, 9);
    expect(account?.usd?.reserved).toBe(0);
    const rows = await agent.rows(22);
    expect(tally(rows.map(({ record }) => record.error?.code ?? record.outcome))).toEqual({ forwarded: 6, 'budget-exceeded': 16 });
  });

  it('is settled by what the call came to, not by the estimate, and nothing is taken for calls that failed', async () => {
    const { agent, server } = await start({ budgets: [{ id: 'all', usd: 1, per: 'day' }] });
    const far = chat('hello', { max_tokens: 100_000 });
    expect((await ask(agent, { body: far })).status).toBe(200);
    expect(agent.agent.status().budgets[0]?.usd?.used).toBeCloseTo(price, 9);
    server.behave({ vendorError: { status: 400, message: 'no' } });
    expect((await ask(agent, { body: far })).status).toBe(400);
    server.behave({ vendorError: { status: 503, message: 'down' } });
    expect((await ask(agent, { body: far })).status).toBe(503);
    expect(agent.agent.status().budgets[0]?.usd).toMatchObject({ reserved: 0 });
    expect(agent.agent.status().budgets[0]?.usd?.used).toBeCloseTo(price, 9);
  });

  it('that a client has left behind counts by its estimate where it may have been billed', async () => {
    const { agent, server } = await start({ budgets: [{ id: 'all', usd: 1, per: 'day' }] });
    server.behave({ ...answer(), gate: () => new Promise(() => undefined) });
    const leave = new AbortController();
    const left = ask(agent, { body: chat('hello', { stream: true, max_tokens: 1_000 }), signal: leave.signal }).catch(() => undefined);
    while (server.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    leave.abort();
    await left;
    const [row] = await agent.rows(1);
    expect(row?.record.outcome).toBe('client-aborted');
    const spent = agent.agent.status().budgets[0]?.usd;
    expect(spent?.reserved).toBe(0);
    expect(spent?.used).toBeGreaterThan(0.004);
  });

  it('is remembered by the next agent on the same folder', async () => {
    const folder = temporaryFolder();
    const settings = {
      budgets: [{ id: 'all', usd: 0.03, per: 'day' as const }],
      virtualKeys: [{ ...clientKey, limits: { usd: 5, per: 'month' as const, window: 'calendar' as const } }],
    };
    const first = await start(settings, { folder });
    expect((await times(2, first.agent)).map(({ status }) => status)).toEqual([200, 200]);
    await first.agent.close();
    const second = await start(settings, { folder });
    const used = Object.fromEntries(second.agent.agent.status().budgets.map(({ budget, usd }) => [budget, usd?.used]));
    expect(used).toEqual({ all: 2 * price, 'key:client': 2 * price });
    expect((await ask(second.agent, { body })).status).toBe(200);
    expect((await ask(second.agent, { body })).status).toBe(402);
    expect(second.server.calls).toHaveLength(1);
  });

  it('that is nearly used up moves calls to a cheap route before it is gone', async () => {
    const { agent, server } = await start({
      budgets: [{ id: 'all', usd: 0.05, per: 'day' }],
      routes: [
        { id: 'spare', when: { budgetUsed: { from: 0.5 } }, use: { target: 'only', model: 'small' } },
        { id: 'usual', use: 'only' },
      ],
    });
    for (let i = 0; i < 6; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    const models = server.calls.map((request) => (JSON.parse(request.body.toString()) as { model: string }).model);
    expect(models).toEqual(['qwen3', 'qwen3', 'qwen3', 'small', 'small', 'small']);
    expect(agent.agent.status().budgets[0]?.usd?.used).toBeCloseTo(3 * price + 3 * 0.001, 9);
  });
});

describe('rates', () => {
  it('of requests per minute hold for each account of a budget by itself', async () => {
    const keys = ['a', 'b'].map((id) => ({ id, key: `sk-hd-rate-${id}` }));
    const { agent, server } = await start({ virtualKeys: keys, budgets: [{ id: 'each', each: 'virtualKey', requestsPerMinute: 3 }] });
    for (const { id, key } of keys) {
      const answers = await times(5, agent, { authorization: `Bearer ${key}` });
      expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: 3, 429: 2 });
      const refused = answers.find(({ status }) => status === 429);
      expect(refused?.body.toString()).toContain(`(${id})`);
      expect(Number(refused?.header('retry-after'))).toBeGreaterThan(0);
      expect(Number(refused?.header('retry-after'))).toBeLessThanOrEqual(61);
    }
    expect(server.calls).toHaveLength(6);
    expect(
      agent.agent
        .status()
        .budgets.map(({ account, requests }) => [account, requests?.used])
        .sort(),
    ).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });

  it("of tokens per minute count what the calls came to, and hold in each vendor's words", async () => {
    const { agent, server } = await start({
      virtualKeys: [{ ...clientKey, limits: { tokensPerMinute: 5_000, per: 'month' as const, window: 'calendar' as const } }],
    });
    for (let i = 0; i < 3; i += 1) expect((await ask(agent, { body })).status).toBe(200);
    const openai = await ask(agent, { body });
    expect([openai.status, JSON.parse(openai.body.toString())]).toMatchObject([429, { error: { code: 'heimdall_rate-limited' } }]);
    const anthropic = await ask(agent, {
      path: '/anthropic/v1/messages',
      body: { model: 'vllm/qwen3', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
    });
    expect([anthropic.status, JSON.parse(anthropic.body.toString())]).toMatchObject([429, { type: 'error', error: { type: 'rate_limit_error' } }]);
    const google = await ask(agent, { path: '/genai/v1beta/models/qwen3:generateContent', body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] } });
    expect([google.status, JSON.parse(google.body.toString())]).toMatchObject([429, { error: { status: 'RESOURCE_EXHAUSTED' } }]);
    expect(server.calls).toHaveLength(3);
  });
});

describe('captured calls', () => {
  it('count as well, and are refused in the words of the vendor they were meant for', async () => {
    const { agent, server } = await start({
      virtualKeys: [],
      prices: { 'openai/gpt-4o': { input: 5, output: 5 } },
      budgets: [{ id: 'all', usd: 0.005, per: 'day' }],
    });
    const first = inferenceCall('openai-chat', 'hello', { model: 'gpt-4o' });
    expect((await call(agent, first.host, first)).status).toBe(200);
    for (const dialect of dialects) {
      const next = inferenceCall(dialect, 'hello', { stream: true });
      const refused = await call(agent, next.host, next);
      expect([dialect, refused.status]).toEqual([dialect, 402]);
      const { error } = JSON.parse(refused.body.toString()) as { error: Readonly<Record<string, unknown>> };
      expect(error['message']).toContain('budget "all" is used up');
      expect(error[dialect === 'gemini' ? 'status' : 'type']).toBe(dialect === 'gemini' ? 'RESOURCE_EXHAUSTED' : 'billing_error');
    }
    expect(server.calls).toHaveLength(1);
  });
});
