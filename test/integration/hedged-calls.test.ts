import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../fakes/behaviour.ts';
import type { ModelServer } from '../fakes/model-server.ts';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';
import { ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

const event = (who: string, text: string): string =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: who, choices: [{ index: 0, delta: { content: `${who}:${text} ` }, finish_reason: null }] })}\n\n`;
const end = `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;
const stream = (who: string): Buffer => Buffer.from([...['a', 'b', 'c'].map((text) => event(who, text)), end].join(''));
const says = (who: string, chunks: readonly Buffer[] = [stream(who)]): Behaviour => ({
  answer: { status: 200, headers: ['content-type', 'text/event-stream'], chunks },
});

const never = new Promise<void>(() => undefined);

async function hedged(afterMs = 40): Promise<{ agent: RunningAgent; slow: ModelServer; quick: ModelServer }> {
  const [slow, quick] = [await modelServer(), await modelServer()];
  const agent = await runAgent({
    targets: [localTarget('slow', slow), localTarget('quick', quick)],
    settings: { virtualKeys: [clientKey], routes: [{ id: 'hedged', hedge: { afterMs }, use: { strategy: 'cascade', of: ['slow', 'quick'] } }] },
  });
  return { agent, slow, quick };
}

describe('a hedged call', () => {
  it.each<[string, Behaviour]>([
    ['before its head', { instead: 'hang' }],
    ['after its head', { ...says('slow'), gate: () => never }],
    [
      'in mid-event, before any content',
      {
        ...says('slow', [stream('slow').subarray(0, 40), stream('slow').subarray(40)]),
        gate: (index: number) => (index === 0 ? Promise.resolve() : never),
      },
    ],
    [
      'after events without content',
      { ...says('slow', [Buffer.from(': thinking\n\n'), stream('slow')]), gate: (index: number) => (index === 0 ? Promise.resolve() : never) },
    ],
  ])('whose first target stalls %s is answered by the second; the first is cancelled, and no byte of it is in the answer', async (_where, behaviour) => {
    const { agent, slow, quick } = await hedged();
    slow.behave(behaviour);
    quick.behave(says('quick'));
    const answer = await ask(agent, { body: chat('hello', { stream: true }) });
    expect(answer.body.equals(stream('quick'))).toBe(true);
    await eventually(() => slow.calls[0]?.ended === 'aborted', 'the slow one to see its connection closed');
    const [row] = await agent.rows(1);
    expect(row?.record).toMatchObject({ target: 'quick', outcome: 'forwarded', status: 200 });
    expect([...attemptsOf(row)].sort()).toEqual(['quick 200', 'slow slower']);
  });

  it.each([1, 30, 120, 200, 333])('cut into pieces of %i bytes by both is one of the two answers, whole', async (size) => {
    const { agent, slow, quick } = await hedged(5);
    const cut = (who: string) =>
      Array.from({ length: Math.ceil(stream(who).length / size) }, (_, index) => stream(who).subarray(index * size, (index + 1) * size));
    slow.behave({ ...says('slow', cut('slow')), delayMs: 5 });
    quick.behave(says('quick', cut('quick')));
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(agent, { body: chat('hello', { stream: true }) })));
    for (const { body } of answers) expect(['slow', 'quick'].some((who) => body.equals(stream(who)))).toBe(true);
    for (const row of await agent.rows(20)) {
      const used = row.record.attempts?.filter(({ error }) => error === undefined) ?? [];
      expect(used.map(({ target }) => target)).toEqual([row.record.target]);
    }
  });

  it('has no second attempt where the first is in time', async () => {
    const { agent, quick } = await hedged(5_000);
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    expect(quick.calls).toHaveLength(0);
  });

  it('that is not streamed is answered whole by one of the two', async () => {
    const { agent, slow, quick } = await hedged();
    slow.behave({ delayMs: 2_000 });
    const answer = await ask(agent, { body: chat('hello') });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    await eventually(() => slow.calls[0]?.ended === 'aborted', 'the slow one to be cancelled');
    expect(quick.calls).toHaveLength(1);
  });

  it('whose second target fails waits for the first', async () => {
    const { agent, slow, quick } = await hedged();
    slow.behave({ ...says('slow'), delayMs: 200 });
    quick.behave({ vendorError: { status: 503, message: 'down' } });
    const answer = await ask(agent, { body: chat('hello', { stream: true }) });
    expect(answer.body.equals(stream('slow'))).toBe(true);
    expect([...attemptsOf((await agent.rows(1))[0])].sort()).toEqual(['quick upstream-refused', 'slow 200']);
  });

  it('whose client leaves gives both attempts up, and is audited once', async () => {
    const { agent, slow, quick } = await hedged();
    slow.behave({ instead: 'hang' });
    quick.behave({ instead: 'hang' });
    const leave = new AbortController();
    const left = ask(agent, { body: chat('hello'), signal: leave.signal }).catch(() => undefined);
    await eventually(() => quick.calls.length === 1, 'the second attempt');
    leave.abort();
    await left;
    await eventually(() => slow.calls[0]?.ended === 'aborted' && quick.calls[0]?.ended === 'aborted', 'both to be given up');
    const rows = await agent.rows(1);
    expect(rows.map(({ record }) => record.outcome)).toEqual(['client-aborted']);
  });

  it('by p95 begins once enough is known of the first target', async () => {
    const [slow, quick] = [await modelServer(), await modelServer()];
    const agent = await runAgent({
      targets: [localTarget('slow', slow), localTarget('quick', quick)],
      settings: { virtualKeys: [clientKey], routes: [{ id: 'hedged', hedge: 'p95', use: { strategy: 'cascade', of: ['slow', 'quick'] } }] },
    });
    for (let i = 0; i < 40; i += 1) await ask(agent, { body: chat('hello', { stream: true }) });
    const before = quick.calls.length;
    slow.behave({ instead: 'hang' });
    const answer = await ask(agent, { body: chat('hello', { stream: true }) });
    expect([answer.status, quick.calls.length]).toEqual([200, before + 1]);
  });
});
