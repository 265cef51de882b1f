import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { openKeyStore } from '../../src/keys/key-store.ts';
import { answerJson, startPlainProvider } from '../fakes/plain-provider.ts';
import type { PlainProvider } from '../fakes/plain-provider.ts';
import { eventually } from './eventually.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';

const key = 'sk-hd-placed';
const say = [{ role: 'user' as const, content: 'Say hello to the bridge.' }];
const client = ({ port }: RunningAgent): OpenAI => new OpenAI({ apiKey: key, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
const chat = (content: string, more: object = {}) => ({
  id: 'c',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 100, completion_tokens: 50 },
  ...more,
});
const provider = (id: string, name: string, { url }: PlainProvider) => ({ id, kind: 'provider' as const, provider: name, url });

interface Setting {
  readonly targets: RunningAgentOptions['targets'];
  readonly settings?: RunningAgentOptions['settings'];
  /** Stored before the agent starts: provider to labels. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly folder?: string;
}

async function start({ targets, settings, keys = { openai: ['main'], anthropic: ['main'] }, folder = temporaryFolder() }: Setting): Promise<RunningAgent> {
  const store = await openKeyStore({ dir: join(folder, 'data'), platform: process.platform, useSystem: false, follows: false });
  for (const [name, labels] of Object.entries(keys))
    for (const label of labels) await store.add({ provider: name, label, secret: `secret-${name}-${label}`, weight: 1 });
  store.close();
  return runAgent({ targets, folder, settings: { virtualKeys: [{ id: 'placed', key }], ...settings } });
}

describe('an OpenAI request that Anthropic answers', () => {
  const targets = (anthropic: PlainProvider) => [provider('anthropic', 'anthropic', anthropic)];

  it('goes to its compatible endpoint, streamed, with tools and an image, byte for byte but for the model', async () => {
    const anthropic = await startPlainProvider();
    const agent = await start({ targets: targets(anthropic) });
    const stream = await client(agent).chat.completions.create({
      model: 'anthropic/claude-sonnet-4-6',
      stream: true,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
      ],
      tools: [{ type: 'function', function: { name: 'look_closer', parameters: { type: 'object', properties: { where: { type: 'string' } } } } }],
    });
    let pieces = 0;
    for await (const chunk of stream) pieces += chunk.choices.length;
    expect(pieces).toBeGreaterThan(1);
    const [request] = anthropic.requests;
    expect(request?.path).toBe('/v1/chat/completions');
    expect(request?.header('x-api-key') ?? request?.header('authorization')).toContain('secret-anthropic-main');
    expect(`${request?.headers.join(' ') ?? ''}${request?.path ?? ''}${request?.body.toString() ?? ''}`).not.toContain(key);
    expect(JSON.parse(request?.body.toString() ?? '{}')).toMatchObject({
      model: 'claude-sonnet-4-6',
      stream: true,
      tools: [{ function: { name: 'look_closer' } }],
    });
    expect(await agent.onlyRecord()).toMatchObject({
      provider: 'anthropic',
      target: 'anthropic',
      virtualKey: 'placed',
      attempts: [{ model: 'claude-sonnet-4-6', key: 'main' }],
    });
  });

  it('is refused by the name of the field that would be dropped there', async () => {
    const anthropic = await startPlainProvider();
    const agent = await start({ targets: targets(anthropic) });
    const asked = client(agent).chat.completions.create({ model: 'anthropic/claude-sonnet-4-6', messages: say, response_format: { type: 'json_object' } });
    await expect(asked).rejects.toThrow(/400.*response_format/);
    expect(anthropic.requests).toHaveLength(0);
  });

  it('goes to another target of the route that can carry the field', async () => {
    const [anthropic, openai] = [await startPlainProvider(), await startPlainProvider()];
    const agent = await start({
      targets: [...targets(anthropic), provider('openai', 'openai', openai)],
      settings: { routes: [{ id: 'both', when: {}, use: { strategy: 'cascade', of: ['anthropic', { target: 'openai', model: 'gpt-5-mini' }] } }] },
    });
    await client(agent).chat.completions.create({ model: 'anthropic/claude-sonnet-4-6', messages: say, response_format: { type: 'json_object' } });
    expect([anthropic.requests.length, openai.requests.length]).toEqual([0, 1]);
    expect(JSON.parse(openai.requests[0]?.body.toString() ?? '{}')).toMatchObject({ model: 'gpt-5-mini' });
  });
});

describe('a pool of keys', () => {
  it('is used by turns; a key that is refused is put aside, and its call goes on with another', async () => {
    const openai = await startPlainProvider((request, response) =>
      request.header('authorization')?.endsWith('-two') === true
        ? answerJson(response, 401, { error: { message: 'bad key', type: 'invalid_request_error' } })
        : false,
    );
    const agent = await start({ targets: [provider('openai', 'openai', openai)], keys: { openai: ['one', 'two', 'three'] } });
    for (let count = 0; count < 12; count++) await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say });
    const used = openai.requests.map((request) => request.header('authorization')?.split('-').at(-1));
    expect(used.filter((label) => label === 'two')).toHaveLength(1);
    expect(Math.abs(used.filter((label) => label === 'one').length - used.filter((label) => label === 'three').length)).toBeLessThanOrEqual(1);
    const rows = await agent.rows(12);
    expect(rows.filter(({ record }) => record.attempts?.some(({ key: label }) => label === 'two')).map(({ record }) => record.attempts?.length)).toEqual([2]);
    expect(JSON.stringify([rows, agent.agent.status()])).not.toContain('secret-openai');
  });

  it('that is empty is told, and its target is passed over', async () => {
    const openai = await startPlainProvider();
    const agent = await start({ targets: [provider('openai', 'openai', openai)], keys: {} });
    await expect(client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say })).rejects.toThrow(/no key: `heimdall keys add openai`/);
    expect(agent.agent.status().warnings).toMatchObject([{ code: 'key-store' }]);
    const store = await openKeyStore({ dir: agent.dataDir, platform: process.platform, useSystem: false, follows: false });
    await store.add({ provider: 'openai', label: 'late', secret: 'secret-openai-late', weight: 1 });
    store.close();
    await eventually(() => agent.agent.status().warnings.length === 0, 'the agent to see the key');
    await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say });
    expect(openai.requests).toHaveLength(1);
  });
});

describe('an answer that fails a check of its route', () => {
  const bad: readonly [string, object, object?][] = [
    ['empty', chat('')],
    ['cut-off', chat('half a sen', { choices: [{ index: 0, message: { role: 'assistant', content: 'half a sen' }, finish_reason: 'length' }] })],
    ['not-json', chat('Sure! Here it is: {'), { response_format: { type: 'json_object' } }],
    ['content-filter', chat('', { choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'content_filter' }] })],
  ];

  it.each(bad)('(%s) is not given to the client; the next target is asked, and what the first cost is counted', async (reason, document, more = {}) => {
    const first = await startPlainProvider((_request, response) => answerJson(response, 200, document));
    const second = await startPlainProvider((_request, response) => answerJson(response, 200, chat('{"whole":true}')));
    const agent = await start({
      targets: [provider('first', 'openai', first), provider('second', 'openai', second)],
      settings: {
        routes: [{ id: 'checked', when: {}, use: { strategy: 'cascade', on: ['empty', 'cut-off', 'not-json', 'content-filter'], of: ['first', 'second'] } }],
      },
    });
    const answer = await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say, ...more });
    expect(answer.choices[0]?.message.content).toBe('{"whole":true}');
    const record = await agent.onlyRecord();
    expect(record).toMatchObject({
      target: 'second',
      attempts: [{ target: 'first', status: 200, error: reason, unusedUsage: { inputTokens: 100, outputTokens: 50 } }, { target: 'second' }],
    });
    // gpt-5-mini: both answers at the same price.
    expect(record.costUsd).toBeCloseTo(2 * (100 * 0.25e-6 + 50 * 2e-6), 9);
  });
});

describe('a target that states its limits', () => {
  it.each([
    ['retry-after', { 'retry-after': '30' }],
    ['retry-after-ms', { 'retry-after-ms': '30000' }],
    ['a date', { 'retry-after': new Date(Date.now() + 30_000).toUTCString() }],
  ])('by 429 with %s is left alone while another is free', async (_form, headers) => {
    const limited = await startPlainProvider((_request, response) => answerJson(response, 429, { error: { message: 'slow down' } }, headers));
    const free = await startPlainProvider();
    const agent = await start({ targets: [provider('limited', 'openai', limited), provider('free', 'openai', free)] });
    for (let count = 0; count < 5; count++) await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say });
    expect([limited.requests.length, free.requests.length]).toEqual([1, 5]);
  });

  it('by what remains is left before it would refuse', async () => {
    let left = 2;
    const limited = await startPlainProvider((_request, response) => {
      left -= 1;
      const told = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': String(Math.max(0, left)), 'x-ratelimit-reset-requests': '40s' };
      return left < 0 ? answerJson(response, 429, { error: { message: 'too many' } }) : answerJson(response, 200, chat('hello'), told);
    });
    const free = await startPlainProvider();
    const agent = await start({ targets: [provider('limited', 'openai', limited), provider('free', 'openai', free)] });
    for (let count = 0; count < 6; count++) await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say });
    expect([limited.requests.length, free.requests.length]).toEqual([2, 4]);
    expect((await agent.rows(6)).every(({ record }) => record.attempts?.length === 1)).toBe(true);
  });
});

describe('a budget', () => {
  const settings = { budgets: [{ id: 'all', usd: 0.001, per: 'day' as const }] };

  it('is not overshot by more than one call, however many come at once, and survives a restart', async () => {
    // 100 + 50 tokens at the prices of gpt-5-mini.
    const price = 100 * 0.25e-6 + 50 * 2e-6;
    const openai = await startPlainProvider(async (_request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return answerJson(response, 200, chat('hello'));
    });
    const folder = temporaryFolder();
    const agent = await start({ targets: [provider('openai', 'openai', openai)], settings, folder });
    const ask = (from: RunningAgent): Promise<boolean> =>
      client(from)
        .chat.completions.create({ model: 'gpt-5-mini', messages: say, max_completion_tokens: 60 })
        .then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ status: 402 });
            return false;
          },
        );
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 12 }, () => ask(agent)));
    const spent = openai.requests.length * price;
    expect(spent).toBeGreaterThan(0.0008);
    expect(spent).toBeLessThanOrEqual(0.001 + price);
    expect(agent.agent.status().budgets[0]?.usd?.used).toBeCloseTo(spent, 6);
    await agent.close();
    const again = await start({ targets: [provider('openai', 'openai', openai)], settings, folder, keys: {} });
    expect(again.agent.status().budgets[0]?.usd?.used).toBeCloseTo(spent, 6);
  });

  it('that is nearly used up moves calls to a cheaper route', async () => {
    const [dear, cheap] = [await startPlainProvider((_request, response) => answerJson(response, 200, chat('hello'))), await startPlainProvider()];
    const agent = await start({
      targets: [provider('dear', 'openai', dear), provider('cheap', 'openai', cheap)],
      settings: {
        ...settings,
        budgets: [{ id: 'all', usd: 0.1, per: 'day' }],
        routes: [
          { id: 'spare', if: 'budgetUsed > 0.002', use: 'cheap' },
          { id: 'usual', use: 'dear' },
        ],
      },
    });
    for (let count = 0; count < 4; count++) await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say });
    expect((await agent.rows(4)).map(({ record }) => record.route)).toEqual(['usual', 'usual', 'spare', 'spare']);
  });
});

describe('a hedged call', () => {
  it('is answered by the second when the first stays silent, and the first is cancelled', async () => {
    const slow = await startPlainProvider(() => true);
    const quick = await startPlainProvider();
    const agent = await start({
      targets: [provider('slow', 'openai', slow), provider('quick', 'openai', quick)],
      settings: { routes: [{ id: 'hedged', hedge: { afterMs: 60 }, use: { strategy: 'cascade', of: ['slow', 'quick'] } }] },
    });
    const stream = await client(agent).chat.completions.create({ model: 'gpt-5-mini', messages: say, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toContain('bridge');
    await eventually(() => slow.requests[0]?.ended === 'aborted', 'the slow one to be cancelled');
    const record = await agent.onlyRecord();
    expect(record).toMatchObject({ target: 'quick', outcome: 'forwarded' });
    expect(record.attempts?.map(({ target, error }) => [target, error]).sort()).toEqual([
      ['quick', undefined],
      ['slow', 'slower'],
    ]);
  });
});

describe('a queue', () => {
  it('holds calls until there is room, lets interactive ones pass batch ones, and refuses what is too much', async () => {
    const order: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const openai = await startPlainProvider(async (request) => {
      order.push(/call \w+/.exec(request.body.toString())?.[0] ?? '');
      await gate;
      return false;
    });
    const agent = await start({ targets: [{ ...provider('openai', 'openai', openai), limits: { inFlight: 1, queue: 6 } }] });
    const call = (name: string, priority?: string): Promise<number> =>
      client(agent)
        .chat.completions.create(
          { model: 'gpt-5-mini', messages: [{ role: 'user', content: `call ${name}` }] },
          priority === undefined ? {} : { headers: { 'x-heimdall-priority': priority } },
        )
        .then(
          () => 200,
          (error: unknown) => {
            expect(error).toMatchObject({ status: 429, code: 'heimdall_overloaded' });
            expect(Number((error as { headers: Headers }).headers.get('retry-after'))).toBeGreaterThan(0);
            return 429;
          },
        );
    const first = call('first');
    await eventually(() => order.length === 1, 'the first to be under way');
    const batch = [call('b1', 'batch'), call('b2', 'batch')];
    await eventually(() => agent.agent.status().targets[0]?.waiting === 2, 'the batch calls to wait');
    const interactive = [call('i1'), call('i2')];
    await eventually(() => agent.agent.status().targets[0]?.waiting === 4, 'the others to wait');
    const more = Array.from({ length: 12 }, (_, index) => call(`x${index}`));
    await eventually(() => agent.agent.status().targets[0]?.waiting === 5, 'the queue to be full for their share');
    open();
    const results = await Promise.all([first, ...batch, ...interactive, ...more]);
    expect(results.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(results.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect(order[0]).toBe('call first');
    expect(order.indexOf('call i1')).toBeLessThan(order.indexOf('call b1'));
    expect(order.indexOf('call i2')).toBeLessThan(order.indexOf('call b2'));
  });
});
