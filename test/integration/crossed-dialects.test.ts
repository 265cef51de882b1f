import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, runAgent } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';
import { addKeys, ask, attemptsOf, clientKey, modelServer } from './unified-client.ts';

const image = 'data:image/png;base64,iVBORw0KGgo=';
const tool = { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } };
const question: OpenAI.ChatCompletionMessageParam[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'call tool weather with {"city":"Köln"}' },
      { type: 'image_url', image_url: { url: image } },
    ],
  },
];

async function start(targets: RunningAgentOptions['targets'], settings: RunningAgentOptions['settings'] = {}): Promise<RunningAgent> {
  const folder = temporaryFolder();
  for (const provider of ['openai', 'anthropic', 'google']) await addKeys(join(folder, 'data'), provider, [{ label: 'own', secret: `sk-of-${provider}` }]);
  return runAgent({ folder, targets, settings: { virtualKeys: [clientKey], ...settings } });
}

const openai = ({ port }: RunningAgent) => new OpenAI({ apiKey: clientKey.key, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });

describe.each([
  ['anthropic', 'anthropic/claude-sonnet-4-6', 'claude-sonnet-4-6', '/v1/chat/completions'],
  ['google', 'google/gemini-2.5-flash', 'gemini-2.5-flash', '/v1beta/openai/chat/completions'],
] as const)('the SDK of OpenAI, answered by %s', (provider, model, name, path) => {
  it('streams a tool call about an image over the compatible endpoint, byte for byte but for the name of the model', async () => {
    const server = await modelServer();
    const agent = await start([{ id: provider, kind: 'provider', provider, url: server.url }]);
    let sent = '';
    const client = openai(agent).withOptions({
      fetch: (url, init) => {
        sent = init?.body as string;
        return fetch(url, init);
      },
    });
    let called = '';
    for await (const chunk of await client.chat.completions.create({
      model,
      messages: question,
      tools: [tool],
      stream: true,
      stream_options: { include_usage: true },
    }))
      called += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
    expect(JSON.parse(called)).toEqual({ city: 'Köln' });
    const [seen] = server.calls;
    expect(seen?.path).toBe(path);
    expect(seen?.header('authorization')).toBe(`Bearer sk-of-${provider}`);
    expect(seen?.body.toString()).toBe(sent.replace(JSON.stringify(model), JSON.stringify(name)));
    expect(seen?.body.toString()).toContain(image);
    const plain = await client.chat.completions.create({ model, messages: question, tools: [tool] });
    expect(plain.choices[0]?.message.tool_calls).toHaveLength(1);
    const rows = await agent.rows(2);
    expect(rows.map(({ record }) => [record.target, record.provider, record.dialect, record.outcome])).toEqual(
      Array(2).fill([provider, provider, 'openai-chat', 'forwarded']),
    );
    expect(rows[0]?.record.usage?.outputTokens).toBeGreaterThan(0);
  });
});

describe('what an endpoint does not carry', () => {
  const asked = { model: 'anthropic/claude-sonnet-4-6', messages: question, response_format: { type: 'json_object' as const } };

  it('is refused by its name, and the call goes nowhere', async () => {
    const server = await modelServer();
    const agent = await start([{ id: 'anthropic', kind: 'provider', provider: 'anthropic', url: server.url }]);
    const refusal = await openai(agent)
      .chat.completions.create(asked)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OpenAI.BadRequestError);
    expect(String(refusal)).toMatch(/response_format/);
    expect(server.requests).toHaveLength(0);
    const record = await agent.onlyRecord();
    expect(record).toMatchObject({ outcome: 'refused', status: 400, error: { code: 'cannot-carry' } });
    expect(record.attempts).toBeUndefined();
  });

  it('is carried by another target of the route', async () => {
    const servers = [await modelServer(), await modelServer()] as const;
    const agent = await start(
      [
        { id: 'anthropic', kind: 'provider', provider: 'anthropic', url: servers[0].url },
        { id: 'openai', kind: 'provider', provider: 'openai', url: servers[1].url },
      ],
      { routes: [{ id: 'either', use: { strategy: 'cascade', of: ['anthropic', { target: 'openai', model: 'gpt-4o' }] } }] },
    );
    const answer = await openai(agent).chat.completions.create(asked);
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toBeTypeOf('object');
    expect(servers[0].requests).toHaveLength(0);
    expect(JSON.parse(servers[1].calls[0]?.body.toString() ?? '')).toMatchObject({ model: 'gpt-4o', response_format: { type: 'json_object' } });
    const [row] = await agent.rows(1);
    expect(attemptsOf(row)).toEqual(['openai 200']);
    // Without the field the first in order takes it.
    await openai(agent).chat.completions.create({ model: asked.model, messages: asked.messages });
    expect(servers[0].calls).toHaveLength(1);
  });

  it('is a whole dialect: no provider of the route speaks it, and the answer names it', async () => {
    const server = await modelServer();
    const agent = await start([{ id: 'openai', kind: 'provider', provider: 'openai', url: server.url, models: ['*'] }]);
    const body = { model: 'claude-sonnet-4-6', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] };
    const answer = await ask(agent, { path: '/anthropic/v1/messages', body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      type: 'error',
      error: { message: expect.stringMatching(/OpenAI does not speak anthropic-messages/) as string },
    });
    expect(server.requests).toHaveLength(0);
  });
});
