import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RecordedRequest } from '../fakes/recorded-request.ts';
import { startFakeGateway } from '../fakes/gateway.ts';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';
import { addKeys, ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

const greeting = "This is Heimdall's simulator. You wrote: hello";
const messages = [{ role: 'user' as const, content: 'hello' }];

const clients = ({ port }: RunningAgent, apiKey: string = clientKey.key) => ({
  openai: new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 }),
  anthropic: new Anthropic({ apiKey, baseURL: `http://127.0.0.1:${port}/anthropic`, maxRetries: 0 }),
  google: new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `http://127.0.0.1:${port}/genai` } }),
});

const settings: NonNullable<RunningAgentOptions['settings']> = {
  virtualKeys: [clientKey],
  unified: {
    aliases: { smart: 'openai/gpt-4o', wise: 'anthropic/claude-sonnet-4-6', quick: 'google/gemini-2.5-flash', vector: 'openai/text-embedding-3-small' },
  },
  routes: [{ id: 'all', use: { strategy: 'cascade', of: ['one', 'two', 'three'] } }],
  prices: { 'openai/gpt-4o': { input: 2, output: 10 } },
};

interface World {
  readonly agent: RunningAgent;
  /** What has reached any upstream. */
  readonly arrived: () => readonly RecordedRequest[];
}

const worlds: readonly (readonly [string, () => Promise<World>])[] = [
  [
    'a gateway',
    async () => {
      const gateway = await startFakeGateway();
      onTestFinished(() => gateway.close());
      const target = { id: 'one', kind: 'gateway' as const, url: gateway.url, virtualKey: 'sk-bf-test' };
      const agent = await runAgent({ targets: [target], settings: { ...settings, routes: [{ id: 'all', use: 'one' }] } });
      return { agent, arrived: () => gateway.requests };
    },
  ],
  [
    'providers',
    async () => {
      const servers = await Promise.all([modelServer(), modelServer(), modelServer()]);
      const [openai, anthropic, google] = servers;
      const agent = await runAgent({
        targets: [
          { id: 'one', kind: 'provider', provider: 'openai', url: openai.url },
          { id: 'two', kind: 'provider', provider: 'anthropic', url: anthropic.url },
          { id: 'three', kind: 'provider', provider: 'google', url: google.url },
        ],
        settings,
      });
      for (const provider of ['openai', 'anthropic', 'google']) await addKeys(agent.dataDir, provider, [{ label: 'own', secret: `sk-of-${provider}` }]);
      await eventually(() => agent.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the keys to be seen');
      return { agent, arrived: () => servers.flatMap(({ requests }) => requests) };
    },
  ],
];

/** Each call of each SDK, by every way to name a model, plain and streamed. */
async function makeEveryCall(agent: RunningAgent): Promise<void> {
  const { openai, anthropic, google } = clients(agent);
  for (const model of ['openai/gpt-4o', 'gpt-4o', 'smart']) {
    expect((await openai.chat.completions.create({ model, messages })).choices[0]?.message.content).toBe(greeting);
    let text = '';
    for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true })) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(greeting);
    expect((await openai.responses.create({ model, input: 'hello' })).output_text).toBe(greeting);
    text = '';
    for await (const event of await openai.responses.create({ model, input: 'hello', stream: true }))
      if (event.type === 'response.output_text.delta') text += event.delta;
    expect(text).toBe(greeting);
  }
  expect((await openai.embeddings.create({ model: 'vector', input: 'hello', dimensions: 4 })).data[0]?.embedding).toHaveLength(4);
  for (const model of ['anthropic/claude-sonnet-4-6', 'claude-sonnet-4-6', 'wise']) {
    const { content } = await anthropic.messages.create({ model, max_tokens: 64, messages });
    expect(content).toMatchObject([{ type: 'text', text: greeting }]);
    expect(await anthropic.messages.stream({ model, max_tokens: 64, messages }).finalText()).toBe(greeting);
  }
  for (const model of ['google/gemini-2.5-flash', 'gemini-2.5-flash', 'quick']) {
    expect((await google.models.generateContent({ model, contents: 'hello' })).text).toBe(greeting);
    let text = '';
    for await (const piece of await google.models.generateContentStream({ model, contents: 'hello' })) text += piece.text ?? '';
    expect(text).toBe(greeting);
  }
}

describe.each(worlds)('the official SDKs, with nothing changed but base URL and key, through %s', (where, open) => {
  it('make each of their calls, plain and streamed; their key stays here and each call is one row', async () => {
    const { agent, arrived } = await open();
    await makeEveryCall(agent);

    const calls = arrived().filter(({ method }) => method === 'POST');
    expect(calls).toHaveLength(25);
    for (const { path, headers, body } of arrived()) expect(`${path}\n${headers.join('\n')}\n${body.toString()}`).not.toContain(clientKey.key);
    const names = calls.map(({ path, body }) => /models\/([^:]+):/.exec(path)?.[1] ?? (JSON.parse(body.toString()) as { model: string }).model);
    // A provider gets its own name for the model, a gateway what the client or the settings have written.
    if (where === 'providers') expect(new Set(names)).toEqual(new Set(['gpt-4o', 'text-embedding-3-small', 'claude-sonnet-4-6', 'gemini-2.5-flash']));
    else expect(names).not.toContain('smart');

    const rows = await agent.rows(25);
    expect(rows).toHaveLength(25);
    for (const { record } of rows) {
      expect(record).toMatchObject({ kind: 'exchange', outcome: 'forwarded', virtualKey: 'client', route: 'all', status: 200 });
      expect(record.attempts).toHaveLength(1);
    }
    const first = rows[0]?.record;
    expect(first).toMatchObject({ provider: 'openai', dialect: 'openai-chat' });
    const { inputTokens = 0, outputTokens = 0 } = first?.usage ?? {};
    expect(first?.costUsd).toBeCloseTo((inputTokens * 2 + outputTokens * 10) / 1e6, 9);
    expect(new Set(rows.map(({ record }) => record.provider))).toEqual(new Set(['openai', 'anthropic', 'google']));
  });

  it('list the models and get one of them', async () => {
    const { agent } = await open();
    const { openai, anthropic, google } = clients(agent);
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    expect(ids).toContain('smart');
    expect(ids).toContain('openai/gpt-4o');
    expect((await openai.models.retrieve('smart')).id).toBe('smart');
    expect((await openai.models.retrieve('openai/gpt-4o')).owned_by).toBe('openai');
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toContain('wise');
    expect((await anthropic.models.retrieve('wise')).display_name).toBe('wise');
    expect((await google.models.get({ model: 'quick' })).name).toBe('models/quick');
    await expect(openai.models.retrieve('no-such-model')).rejects.toMatchObject({ status: 404 });
  });

  it('are refused in their own words with a wrong key, and nothing reaches an upstream', async () => {
    const { agent, arrived } = await open();
    const { openai, anthropic, google } = clients(agent, 'sk-hd-wrong');
    await expect(openai.chat.completions.create({ model: 'smart', messages })).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(anthropic.messages.create({ model: 'wise', max_tokens: 64, messages })).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    const refusal = await google.models.generateContent({ model: 'quick', contents: 'hello' }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({ status: 401 });
    expect(arrived().filter(({ method }) => method === 'POST')).toHaveLength(0);
    const rows = await agent.rows(3);
    expect(rows.map(({ record }) => [record.outcome, record.error?.code])).toEqual(Array(3).fill(['refused', 'key-required']));
    expect(JSON.stringify(rows)).not.toContain('sk-hd-wrong');
  });
});

describe('the key of a call', () => {
  const own = { ...settings, routes: [] };

  it('is found in each of its headers, also beside a key of a provider, and neither goes on', async () => {
    const server = await modelServer();
    const agent = await runAgent({ targets: [localTarget('only', server)], settings: own });
    for (const [name, value] of [
      ['authorization', `Bearer ${clientKey.key}`],
      ['x-api-key', clientKey.key],
      ['x-goog-api-key', clientKey.key],
      ['api-key', clientKey.key],
      ['x-bf-vk', clientKey.key],
    ] as const) {
      const beside = name === 'authorization' ? { 'x-api-key': 'sk-provider-own' } : { authorization: 'Bearer sk-provider-own' };
      const answer = await ask(agent, { headers: { ...beside, [name]: value }, body: chat('hello') });
      expect([name, answer.status]).toEqual([name, 200]);
    }
    expect(server.calls).toHaveLength(5);
    for (const { path, headers } of server.calls) {
      expect(`${path} ${headers.join(' ')}`).not.toContain(clientKey.key);
      expect(headers.join(' ')).not.toContain('sk-provider-own');
    }
  });

  it("in the query of Gemini's path is taken out of it", async () => {
    const server = await modelServer();
    const agent = await runAgent({ targets: [{ id: 'google', kind: 'provider', provider: 'google', url: server.url }], settings: own });
    await addKeys(agent.dataDir, 'google', [{ label: 'own', secret: 'sk-of-google' }]);
    await eventually(() => agent.agent.status().warnings.every(({ code }) => code !== 'key-store'), 'the key to be seen');
    const path = `/genai/v1beta/models/gemini-2.5-flash:generateContent?key=${clientKey.key}`;
    const answer = await ask(agent, { path, headers: { authorization: '' }, body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] } });
    expect(answer.status).toBe(200);
    expect(server.calls[0]?.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
    expect(server.calls[0]?.header('x-goog-api-key')).toBe('sk-of-google');
  });

  it('is missing, has expired, or does not allow the model: refused with the reason, and audited', async () => {
    const server = await modelServer();
    const agent = await runAgent({
      targets: [localTarget('only', server)],
      settings: {
        unified: { aliases: { smart: 'vllm/qwen3', tiny: 'vllm/gemma' } },
        virtualKeys: [
          { id: 'old', key: 'sk-hd-old', expires: '2020-01-01T00:00:00Z' },
          { id: 'narrow', key: 'sk-hd-narrow', models: ['vllm/qwen*'] },
        ],
      },
    });
    const tries = [
      ['', 'smart', 401, 'key-required', /heimdall keys create/],
      ['Bearer sk-hd-old', 'smart', 401, 'key-required', /expired/],
      ['Bearer sk-hd-narrow', 'tiny', 403, 'model-not-allowed', /narrow.*gemma/],
      ['Bearer sk-hd-narrow', 'vllm/gemma', 403, 'model-not-allowed', /narrow.*gemma/],
      ['Bearer sk-hd-narrow', 'smart', 200, undefined, /simulator/],
    ] as const;
    for (const [authorization, model, status, , words] of tries) {
      const answer = await ask(agent, { headers: { authorization }, body: chat('hello', { model }) });
      expect(answer.status).toBe(status);
      expect(answer.body.toString()).toMatch(words);
    }
    expect(server.calls).toHaveLength(1);
    const rows = await agent.rows(tries.length);
    expect(rows.map(({ record }) => record.error?.code)).toEqual(tries.map(([, , , code]) => code));
  });

  it('does not help a web page, whichever way it comes', async () => {
    const server = await modelServer();
    const agent = await runAgent({ targets: [localTarget('only', server)], settings: own });
    const pages = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${agent.port}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { host: 'rebound.evil.example' },
      { host: `rebound.evil.example:${agent.port}` },
    ];
    for (const headers of pages) {
      const answer = await ask(agent, { headers, body: chat('hello') });
      expect([headers, answer.status]).toEqual([headers, 403]);
      expect(answer.header('access-control-allow-origin')).toBeUndefined();
    }
    expect(server.requests).toHaveLength(0);
    expect((await ask(agent, { headers: { origin: 'vscode-file://vscode-app' }, body: chat('hello') })).status).toBe(200);
  });
});

describe('the bytes of a call', () => {
  const odd =
    '{ "stream" : true,\n\t"model":"smart", "messages":[{"role":"user","content":"gr\\u00fc\u00df \ud83d\ude42 \\ud83d\\ude42 \\/ smart"}],"n":1.0e0, "model_hint":"smart","zz":[1e400,-0, 12345678901234567890] }\r\n';

  it('reach the provider as they are but for the name of the model, which keeps its place', async () => {
    const server = await modelServer();
    const agent = await runAgent({
      targets: [localTarget('only', server)],
      settings: { ...settings, routes: [], unified: { aliases: { smart: 'vllm/qwen3' } } },
    });
    expect((await ask(agent, { body: odd })).status).toBe(200);
    const wanted = Buffer.from(odd.replace('"smart"', '"qwen3"'));
    expect(server.calls[0]?.body.equals(wanted)).toBe(true);
    expect(server.calls[0]?.header('content-length')).toBe(String(wanted.length));
  });

  it('reach a gateway as they are where the client names the model in full', async () => {
    const gateway = await startFakeGateway();
    onTestFinished(() => gateway.close());
    const agent = await runAgent({
      targets: [{ id: 'one', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-test' }],
      settings: { virtualKeys: [clientKey] },
    });
    const named = odd.replace('"smart"', '"openai/gpt-4o"');
    expect((await ask(agent, { body: named })).status).toBe(200);
    expect(gateway.requests[0]?.body.equals(Buffer.from(named))).toBe(true);
    expect(gateway.requests[0]?.header('authorization')).toBeUndefined();
  });

  it('come back as the upstream has cut and written them', async () => {
    const server = await modelServer();
    const stream = Buffer.from(
      ': a comment\r\n\r\ndata:{"choices":[{"index":0,"delta":{"content":"gr\u00fc\u00df \ud83d\ude42"}}]}\n\n\n\nevent: x\ndata: {"choices":[]}\n\ndata: [DONE]\n\n',
    );
    // In the middle of a character as well.
    const chunks = Array.from({ length: Math.ceil(stream.length / 7) }, (_, index) => stream.subarray(index * 7, index * 7 + 7));
    server.behave({ answer: { status: 200, headers: ['Content-Type', 'text/event-stream', 'X-Odd', 'yes', 'x-odd', 'twice'], chunks } });
    const agent = await runAgent({ targets: [localTarget('only', server)], settings: own() });
    const answer = await ask(agent, { body: chat('hello', { stream: true }) });
    expect(answer.body.equals(stream)).toBe(true);
    expect(answer.header('x-odd')).toBe('yes');
  });

  const own = () => ({ virtualKeys: [clientKey] });
});

describe('policy on the unified API', () => {
  it('sees the model that an alias stands for, and blocks it however it is asked for', async () => {
    const server = await modelServer();
    const policy = { version: 1, rules: [{ id: 'no-gemma', when: { model: 'gemma*' }, action: 'block', message: 'Gemma is not for us.' }] };
    const agent = await runAgent({
      policy,
      targets: [localTarget('only', server)],
      settings: { virtualKeys: [clientKey], unified: { aliases: { tiny: 'vllm/gemma-3' } } },
    });
    for (const model of ['tiny', 'vllm/gemma-3', 'gemma-3']) {
      const answer = await ask(agent, { body: chat('hello', { model }) });
      expect([model, answer.status]).toEqual([model, 403]);
      expect(answer.body.toString()).toContain('Gemma is not for us.');
    }
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    const rows = await agent.rows(4);
    expect(rows.map(({ record }) => record.rule)).toEqual(['no-gemma', 'no-gemma', 'no-gemma', undefined]);
    expect(attemptsOf(rows[3])).toEqual(['only 200']);
  });
});
