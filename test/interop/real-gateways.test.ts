// Real gateways behind the agent: Portkey's from npm always; a Bifrost at BIFROST_URL and a LiteLLM at LITELLM_URL where there is one.
//   docker run -p 8080:8080 maximhq/bifrost                 BIFROST_URL=http://127.0.0.1:8080 BIFROST_KEY=sk-bf-… MODEL=openai/gpt-4o-mini npm test
//   docker run -p 4000:4000 ghcr.io/berriai/litellm:main    LITELLM_URL=http://127.0.0.1:4000 LITELLM_KEY=sk-…   MODEL=gpt-4o-mini npm test
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import type { FakeGateway } from '../fakes/gateway.ts';
import { startAgentUnderTest } from './agent-under-test.ts';
import type { AgentUnderTest } from './agent-under-test.ts';
import { startPortkey } from './gateway-process.ts';
import type { GatewayProcess } from './gateway-process.ts';

const key = 'sk-hd-interop';
const say = [{ role: 'user' as const, content: 'Say hello to the bridge.' }];
const openai = (agent: AgentUnderTest): OpenAI => new OpenAI({ apiKey: key, baseURL: `${agent.proxyUrl}/v1`, maxRetries: 0 });

describe('Portkey from npm', () => {
  let portkey: GatewayProcess;
  /** The provider behind Portkey. */
  let provider: FakeGateway;
  let agent: AgentUnderTest;

  beforeAll(async () => {
    [portkey, provider] = await Promise.all([startPortkey(), startFakeGateway({ mandatory: false })]);
    const behind = (name: string, path: string): Record<string, string> => ({
      'x-portkey-provider': name,
      'x-portkey-custom-host': `${provider.url}${path}`,
      authorization: 'Bearer sk-provider',
    });
    agent = await startAgentUnderTest({
      targets: [
        { id: 'portkey', kind: 'gateway', url: portkey.url, wire: 'portkey', headers: behind('openai', '/openai/v1') },
        { id: 'portkey-anthropic', kind: 'gateway', url: portkey.url, wire: 'portkey', headers: behind('anthropic', '/anthropic/v1') },
      ],
      settings: {
        virtualKeys: [{ id: 'interop', key }],
        routes: [
          { id: 'anthropic', when: { dialect: 'anthropic-messages' }, use: 'portkey-anthropic' },
          { id: 'openai', use: 'portkey' },
        ],
      },
    });
  }, 60_000);
  afterEach(() => provider.behave(undefined));
  afterAll(async () => {
    await agent.stop();
    await portkey.kill();
    await provider.close();
  });

  test('answers the openai SDK, and gets the provider\u2019s key, not ours', async () => {
    const answer = await openai(agent).chat.completions.create({ model: 'openai/gpt-4o', messages: say });
    expect(answer.choices[0]?.message.content).toContain('bridge');
    const seen = provider.requests.at(-1);
    expect(seen?.header('authorization')).toBe('Bearer sk-provider');
    expect(seen?.headers.join(' ')).not.toContain(key);
    expect(JSON.parse(seen?.body.toString() ?? '{}')).toMatchObject({ model: 'gpt-4o' });
  });

  test('streams', async () => {
    const stream = await openai(agent).chat.completions.create({ model: 'gpt-4o', messages: say, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toContain('bridge');
  });

  test('answers the anthropic SDK on its own dialect', async () => {
    const client = new Anthropic({ apiKey: key, baseURL: `${agent.proxyUrl}/anthropic`, maxRetries: 0 });
    const answer = await client.messages.create({ model: 'claude-sonnet-4-6', max_tokens: 64, messages: say });
    expect(answer.content[0]).toMatchObject({ type: 'text' });
  });

  test('passes the provider\u2019s own error on as it is', async () => {
    provider.behave({ vendorError: { status: 400, message: 'no such thing' } });
    await expect(openai(agent).chat.completions.create({ model: 'gpt-4o', messages: say })).rejects.toMatchObject({ status: 400 });
    const row = await agent.recordOf(({ status }) => status === 400);
    expect(row).toMatchObject({ target: 'portkey', outcome: 'forwarded', virtualKey: 'interop', route: 'openai' });
  });

  test('that is killed ends in the words of Heimdall, in the vendor\u2019s shape', async () => {
    await portkey.kill();
    await expect(openai(agent).chat.completions.create({ model: 'gpt-4o', messages: say })).rejects.toThrow(/503.*gateway of your organisation/);
  });
});

interface Live {
  readonly name: string;
  readonly url: string | undefined;
  readonly virtualKey: string | undefined;
  readonly wire: 'bifrost' | 'litellm';
}

const { env } = process;
const live: readonly Live[] = [
  { name: 'Bifrost', url: env['BIFROST_URL'], virtualKey: env['BIFROST_KEY'], wire: 'bifrost' },
  { name: 'LiteLLM', url: env['LITELLM_URL'], virtualKey: env['LITELLM_KEY'], wire: 'litellm' },
];

describe.each(live)('$name', ({ url, virtualKey, wire }) => {
  test.skipIf(url === undefined)('answers the openai SDK, streamed and not', async () => {
    const target = { id: 'live', kind: 'gateway' as const, url: url ?? '', wire, ...(virtualKey === undefined ? {} : { virtualKey }) };
    const agent = await startAgentUnderTest({ targets: [target], settings: { virtualKeys: [{ id: 'interop', key }] } });
    try {
      const model = env['MODEL'] ?? 'openai/gpt-4o-mini';
      const answer = await openai(agent).chat.completions.create({ model, messages: say, max_completion_tokens: 32 });
      expect(answer.choices[0]?.message.content).toBeTruthy();
      let text = '';
      for await (const chunk of await openai(agent).chat.completions.create({ model, messages: say, stream: true }))
        text += chunk.choices[0]?.delta.content ?? '';
      expect(text).not.toBe('');
    } finally {
      await agent.stop();
    }
  });
});
