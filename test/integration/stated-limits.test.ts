import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../fakes/gateway-answers.ts';
import { vendorErrorDocument } from '../fakes/vendor-error.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgentOptions } from './running-agent.ts';
import { ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1_000);

/** What targets say when they want to be left alone for most of a minute. A reset that is no whole minute away is one at which all comes back at once. */
const waits: readonly (readonly [string, () => readonly string[]])[] = [
  ['retry-after in seconds', () => ['retry-after', '60']],
  ['retry-after as a date', () => ['retry-after', inSeconds(60).toUTCString()]],
  ['retry-after-ms', () => ['retry-after-ms', '60000']],
  [
    'x-ratelimit-reset as a duration',
    () => ['x-ratelimit-limit-requests', '100', 'x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '0m40s'],
  ],
  ['x-ratelimit-reset of tokens', () => ['x-ratelimit-limit-tokens', '9000', 'x-ratelimit-remaining-tokens', '0', 'x-ratelimit-reset-tokens', '40s']],
  [
    'anthropic-ratelimit',
    () => [
      'anthropic-ratelimit-requests-limit',
      '50',
      'anthropic-ratelimit-requests-remaining',
      '0',
      'anthropic-ratelimit-requests-reset',
      inSeconds(40).toISOString(),
    ],
  ],
  ['ratelimit of the IETF', () => ['ratelimit-limit', '10', 'ratelimit-remaining', '0', 'ratelimit-reset', '60']],
];

async function pair(more: RunningAgentOptions['settings'] = {}) {
  const [first, second] = [await modelServer(), await modelServer()];
  const agent = await runAgent({ targets: [localTarget('first', first), localTarget('second', second)], settings: { virtualKeys: [clientKey], ...more } });
  return { agent, first, second };
}

describe.each(waits)('a target that states its limit by %s', (_form, headers) => {
  const limited = () => ({
    answer: {
      ...jsonAnswer(429, vendorErrorDocument('openai-chat', { status: 429, message: 'slow down' })),
      headers: ['content-type', 'application/json', ...headers()],
    },
  });

  it('in a 429 gets no further call before that time while another is free', async () => {
    const { agent, first, second } = await pair();
    first.behave(limited());
    for (let i = 0; i < 8; i += 1) expect((await ask(agent, { body: chat('hello', { model: `vllm/m${i}` }) })).status).toBe(200);
    expect([first.calls.length, second.calls.length]).toEqual([1, 8]);
    expect(attemptsOf((await agent.rows(8))[0])).toEqual(['first upstream-refused', 'second 200']);
  });

  it('in a 429, and alone, answers those that cannot wait with 429 and an honest Retry-After, without asking', async () => {
    const only = await modelServer();
    only.behave(limited());
    const agent = await runAgent({ targets: [localTarget('only', only)], settings: { virtualKeys: [clientKey] } });
    expect((await ask(agent, { body: chat('hello') })).status).toBe(429);
    const answer = await ask(agent, { headers: { 'x-heimdall-deadline-ms': '0' }, body: chat('hello') });
    expect(answer.status).toBe(429);
    expect(Number(answer.header('retry-after'))).toBeGreaterThanOrEqual(30);
    expect(Number(answer.header('retry-after'))).toBeLessThanOrEqual(62);
    expect(only.calls).toHaveLength(1);
  });
});

describe('a target that says with a good answer that nothing remains', () => {
  it('is left before it would refuse', async () => {
    const { agent, first, second } = await pair();
    first.behave((_, index) => ({
      answer: {
        ...jsonAnswer(200, { object: 'chat.completion', choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }] }),
        headers: [
          'content-type',
          'application/json',
          'x-ratelimit-limit-requests',
          '3',
          'x-ratelimit-remaining-requests',
          String(2 - index),
          'x-ratelimit-reset-requests',
          '60s',
        ],
      },
    }));
    for (let i = 0; i < 9; i += 1) expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    expect([first.calls.length, second.calls.length]).toEqual([3, 6]);
    expect(agent.agent.status().targets[0]?.quota).toMatchObject({ requests: 0, requestsLimit: 3 });
    for (const row of await agent.rows(9)) expect(row.record.attempts).toHaveLength(1);
  });

  it('holds parallel calls to what remains', async () => {
    const { agent, first, second } = await pair();
    const remaining = (count: number) => ({
      answer: {
        ...jsonAnswer(200, { object: 'chat.completion', choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }] }),
        headers: [
          'content-type',
          'application/json',
          'x-ratelimit-limit-requests',
          '10',
          'x-ratelimit-remaining-requests',
          String(count),
          'x-ratelimit-reset-requests',
          '60s',
        ],
      },
      delayMs: 30,
    });
    first.behave((_, index) => remaining(Math.max(0, 4 - index)));
    await ask(agent, { body: chat('hello') });
    await Promise.all(Array.from({ length: 20 }, () => ask(agent, { body: chat('hello') })));
    expect(first.calls.length).toBe(5);
    expect(second.calls.length).toBe(16);
  });
});

describe('a lone target that asks for a moment', () => {
  it.each([
    ['retry-after-ms', ['retry-after-ms', '250']],
    ['x-ratelimit-reset', ['x-ratelimit-limit-requests', '600', 'x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '250ms']],
  ])('(%s) gets the next call when it is over: it waits in the queue', async (_form, headers) => {
    const only = await modelServer();
    const times: number[] = [];
    only.behave((_, index) => {
      times.push(performance.now());
      return index === 0 ? { vendorError: { status: 429, message: 'a moment', headers } } : undefined;
    });
    const agent = await runAgent({ targets: [localTarget('only', only)], settings: { virtualKeys: [clientKey] } });
    expect((await ask(agent, { body: chat('one') })).status).toBe(429);
    expect((await ask(agent, { body: chat('two') })).status).toBe(200);
    const [refused = 0, taken = 0] = times;
    // It was answered 429 after this moment, so the wait ends later still.
    expect(taken - refused).toBeGreaterThanOrEqual(245);
  });
});

describe('limits of the settings', () => {
  it('are kept before they are reached: requests per minute', async () => {
    const [first, second] = [await modelServer(), await modelServer()];
    const agent = await runAgent({
      targets: [localTarget('first', first, { limits: { requestsPerMinute: 5 } }), localTarget('second', second)],
      settings: { virtualKeys: [clientKey] },
    });
    await Promise.all(Array.from({ length: 20 }, () => ask(agent, { body: chat('hello') })));
    expect([first.calls.length, second.calls.length]).toEqual([5, 15]);
  });

  it('are kept before they are reached: tokens per minute, by what the calls came to', async () => {
    const [first, second] = [await modelServer(), await modelServer()];
    first.behave({
      answer: jsonAnswer(200, {
        object: 'chat.completion',
        choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 300, completion_tokens: 100 },
      }),
    });
    const agent = await runAgent({
      targets: [localTarget('first', first, { limits: { tokensPerMinute: 1_000 } }), localTarget('second', second)],
      settings: { virtualKeys: [clientKey] },
    });
    for (let i = 0; i < 10; i += 1) await ask(agent, { body: chat('hello') });
    expect([first.calls.length, second.calls.length]).toEqual([3, 7]);
  });
});
