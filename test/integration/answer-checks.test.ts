import { describe, expect, it } from 'vitest';
import type { GoOnReason } from '../../src/contract/routing.ts';
import { jsonAnswer } from '../fakes/gateway-answers.ts';
import type { Behaviour } from '../fakes/behaviour.ts';
import type { ModelServer } from '../fakes/model-server.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';
import { ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

/** Input and output of each answer that is made here. */
const usage = { prompt_tokens: 1_000, completion_tokens: 100 };
const answer = (content: string, finish = 'stop'): Behaviour => ({
  answer: jsonAnswer(200, {
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
    usage,
  }),
});
const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const streamed = (...chunks: string[]): Behaviour => ({
  answer: { status: 200, headers: ['content-type', 'text/event-stream'], chunks: [...chunks, 'data: [DONE]\n\n'] },
});

async function cascade(
  on: readonly GoOnReason[],
  network: { answerTimeoutMs?: number } = {},
): Promise<{ agent: RunningAgent; first: ModelServer; second: ModelServer }> {
  const [first, second] = [await modelServer(), await modelServer()];
  const agent = await runAgent({
    targets: [localTarget('first', first), localTarget('second', second)],
    network,
    settings: {
      virtualKeys: [clientKey],
      prices: { 'vllm/dear': { input: 10, output: 100 }, 'vllm/cheap': { input: 1, output: 10 } },
      routes: [
        {
          id: 'checked',
          use: {
            strategy: 'cascade',
            on: [...on],
            of: [
              { target: 'first', model: 'dear' },
              { target: 'second', model: 'cheap' },
            ],
          },
        },
      ],
    },
  });
  return { agent, first, second };
}

const [dear, cheap] = [(1_000 * 10 + 100 * 100) / 1e6, (1_000 * 1 + 100 * 10) / 1e6];

describe('a cascade that checks answers', () => {
  it.each<[GoOnReason, Behaviour, object?]>([
    ['empty', answer('')],
    ['cut-off', answer('half a', 'length')],
    ['content-filter', answer('', 'content_filter')],
    ['not-json', answer('Sure: {'), { response_format: { type: 'json_object' } }],
  ])('goes on for %s, tells what the first may cost, and counts it', async (reason, bad, more) => {
    const { agent, first, second } = await cascade([reason]);
    first.behave(bad);
    second.behave(answer('{"ok":true}'));
    const told = await ask(agent, { body: chat('hello', more) });
    expect(told.body.toString()).toContain(String.raw`{\"ok\":true}`);
    const [row] = await agent.rows(1);
    expect(attemptsOf(row)).toEqual([`first ${reason}`, 'second 200']);
    expect(row?.record.attempts?.map(({ model, unusedUsage }) => [model, unusedUsage?.inputTokens])).toEqual([
      ['dear', 1_000],
      ['cheap', undefined],
    ]);
    expect(row?.record.costUsd).toBeCloseTo(dear + cheap, 9);
  });

  it('takes an answer as it is where the route does not ask', async () => {
    const { agent, first, second } = await cascade(['connect']);
    first.behave(answer(''));
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    expect(second.calls).toHaveLength(0);
  });

  it('leaves tool calls, and JSON that is asked for and comes, alone', async () => {
    const { agent, first, second } = await cascade(['empty', 'not-json', 'cut-off', 'content-filter']);
    const tool_calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const bodies = [
      { role: 'assistant', content: null, tool_calls },
      { role: 'assistant', content: ' {"a":[1]} ' },
    ];
    for (const message of bodies) {
      first.behave({ answer: jsonAnswer(200, { object: 'chat.completion', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }) });
      const told = await ask(agent, { body: chat('hello', { response_format: { type: 'json_object' } }) });
      expect(JSON.parse(told.body.toString())).toMatchObject({ choices: [{ message }] });
    }
    expect(second.calls).toHaveLength(0);
  });

  it('goes on for a prompt that the provider refused to filter through', async () => {
    const { agent, first } = await cascade(['content-filter']);
    first.behave({
      answer: jsonAnswer(400, { error: { message: 'filtered', type: null, code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } } }),
    });
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    expect(attemptsOf((await agent.rows(1))[0])).toEqual(['first content-filter', 'second 200']);
  });

  it('gives the client the first answer where none is better, and bills each by its own model', async () => {
    const { agent, first, second } = await cascade(['not-json']);
    first.behave(answer('first words'));
    second.behave(answer('second words'));
    const told = await ask(agent, { body: chat('hello', { response_format: { type: 'json_object' } }) });
    expect(told.body.toString()).toContain('first words');
    const [row] = await agent.rows(1);
    expect(row?.record).toMatchObject({ target: 'first', outcome: 'forwarded', usage: { inputTokens: 1_000 } });
    expect(attemptsOf(row)).toEqual(['first 200', 'second not-json']);
    expect(row?.record.attempts?.map(({ unusedUsage }) => unusedUsage?.inputTokens)).toEqual([undefined, 1_000]);
    expect(row?.record.costUsd).toBeCloseTo(dear + cheap, 9);
  });

  it('holds a stream to its first content: an empty or filtered one is not begun, a good one goes on as it is', async () => {
    const { agent, first, second } = await cascade(['empty', 'content-filter']);
    first.behave(streamed(event({ role: 'assistant', content: '' }), event({}, 'stop')));
    let told = await ask(agent, { body: chat('hello', { stream: true }) });
    expect(told.body.toString()).toContain('simulator');
    first.behave(streamed(event({ role: 'assistant', content: '' }), event({}, 'content_filter')));
    told = await ask(agent, { body: chat('hello', { stream: true }) });
    expect(told.body.toString()).toContain('simulator');
    const good = [event({ role: 'assistant', content: '' }), event({ content: 'Hi' }), event({}, 'length')];
    first.behave(streamed(...good));
    told = await ask(agent, { body: chat('hello', { stream: true }) });
    expect(told.body.toString()).toBe(`${good.join('')}data: [DONE]\n\n`);
    const rows = await agent.rows(3);
    expect(rows.map(attemptsOf)).toEqual([['first empty', 'second 200'], ['first content-filter', 'second 200'], ['first 200']]);
    expect(second.calls).toHaveLength(2);
  });

  it('streams a good answer while it is made: the first piece reaches the client before the last is written', async () => {
    const { agent, first } = await cascade(['empty']);
    let open = (): void => undefined;
    const rest = new Promise<void>((resolve) => (open = resolve));
    first.behave({
      ...streamed(event({ content: 'now' }), event({ content: ' later' }), event({}, 'stop')),
      gate: (index) => (index === 1 ? rest : Promise.resolve()),
    });
    const response = await fetch(`http://127.0.0.1:${agent.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${clientKey.key}`, connection: 'close' },
      body: JSON.stringify(chat('hello', { stream: true })),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain('now');
    open();
    for (let part = await reader.read(); !part.done; part = await reader.read());
  });

  it('waits for a target no longer than it is told, and goes on where the route says so', async () => {
    const { agent, first, second } = await cascade(['timeout'], { answerTimeoutMs: 150 });
    first.behave({ instead: 'hang' });
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    expect(attemptsOf((await agent.rows(1))[0])).toEqual(['first upstream-timeout', 'second 200']);
    expect(second.calls).toHaveLength(1);
  });
});
