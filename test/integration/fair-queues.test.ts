import { describe, expect, it } from 'vitest';
import type { ModelServer } from '../fakes/model-server.ts';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';
import { ask, attemptsOf, chat, clientKey, localTarget, modelServer } from './unified-client.ts';
import type { DoorAnswer } from './unified-client.ts';

/** A target that takes so many calls at once, and holds each until it is let go. */
async function narrow(inFlight: number, queue: number, settings: RunningAgentOptions['settings'] = {}) {
  const server = await modelServer();
  const waiting: (() => void)[] = [];
  const order: string[] = [];
  let isOpen = false;
  server.behave((request) => {
    order.push(/"content":"([^"]*)"/.exec(request.body.toString())?.[1] ?? '');
    return { gate: (index) => (isOpen || index > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))) };
  });
  const agent = await runAgent({
    targets: [localTarget('only', server, { limits: { inFlight, queue } })],
    settings: { virtualKeys: [clientKey, { id: 'heavy', key: 'sk-hd-heavy' }, { id: 'light', key: 'sk-hd-light' }], ...settings },
  });
  return {
    agent,
    server,
    order,
    letOne: async () => {
      await eventually(() => waiting.length > 0, 'a call under way');
      waiting.shift()?.();
    },
    letAll: () => {
      isOpen = true;
      for (const go of waiting.splice(0)) go();
    },
  };
}

const said = (name: string, more: object = {}): object => chat(name, more);
const waitingAt = ({ agent }: RunningAgent): number => agent.status().targets[0]?.waiting ?? 0;
const under = ({ underWay }: ModelServer): number => underWay.now;

describe('the queue of a target', () => {
  it('lets no more calls through at once than the target takes, and loses none', async () => {
    const { agent, server, letAll } = await narrow(2, 100);
    const calls = Array.from({ length: 30 }, (_, index) => ask(agent, { body: said(`c${index}`) }));
    await eventually(() => waitingAt(agent) === 28, 'the rest to wait');
    expect(under(server)).toBe(2);
    letAll();
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(30).fill(200));
    expect(server.underWay.most).toBe(2);
    expect(server.calls).toHaveLength(30);
    expect(await agent.rows(30)).toHaveLength(30);
    await eventually(() => agent.agent.status().targets[0]?.inFlight === 0, 'nothing to be under way');
    expect(waitingAt(agent)).toBe(0);
  });

  it("is shared by weight: a key with few calls is not behind all of another's, and one of weight 3 gets three turns to one", async () => {
    const { agent, order, letOne, letAll } = await narrow(1, 200, { routing: { shareBy: 'virtualKey', shares: { heavy: 1, light: 3 } } });
    const first = ask(agent, { body: said('first') });
    await eventually(() => order.length === 1, 'the first to be under way');
    const send = (key: string, count: number): Promise<DoorAnswer>[] =>
      Array.from({ length: count }, (_, index) => ask(agent, { headers: { authorization: `Bearer sk-hd-${key}` }, body: said(`${key}-${index}`.padEnd(12)) }));
    const heavy = send('heavy', 40);
    await eventually(() => waitingAt(agent) === 40, 'the heavy one to wait');
    const light = send('light', 12);
    await eventually(() => waitingAt(agent) === 52, 'the light one to wait');
    for (let turn = 0; turn < 17; turn += 1) {
      await letOne();
      await eventually(() => order.length === turn + 2, 'the next to be under way');
    }
    const turns = order.slice(1, 17).map((name) => name.slice(0, 5));
    expect(turns.filter((name) => name === 'light').length).toBeGreaterThanOrEqual(11);
    expect(turns.filter((name) => name === 'heavy').length).toBeGreaterThanOrEqual(3);
    letAll();
    await Promise.all([first, ...heavy, ...light]);
  });

  it('lets interactive calls overtake batch ones, which keep a share', async () => {
    const { agent, order, letOne, letAll } = await narrow(1, 200);
    const first = ask(agent, { body: said('first') });
    await eventually(() => order.length === 1, 'the first to be under way');
    const batch = Array.from({ length: 10 }, (_, index) => ask(agent, { headers: { 'x-heimdall-priority': 'batch' }, body: said(`b${index}`) }));
    await eventually(() => waitingAt(agent) === 10, 'the batch to wait');
    const interactive = Array.from({ length: 40 }, (_, index) => ask(agent, { body: said(`i${index}`) }));
    await eventually(() => waitingAt(agent) === 50, 'the others to wait');
    for (let turn = 0; turn < 31; turn += 1) {
      await letOne();
      await eventually(() => order.length === turn + 2, 'the next to be under way');
    }
    const turns = order.slice(1, 31).map((name) => name[0]);
    expect(turns.slice(0, 5)).toEqual(['i', 'i', 'i', 'i', 'i']);
    const shareOfBatch = turns.filter((name) => name === 'b').length;
    expect(shareOfBatch).toBeGreaterThanOrEqual(2);
    expect(shareOfBatch).toBeLessThanOrEqual(4);
    letAll();
    await Promise.all([first, ...batch, ...interactive]);
    expect((await agent.rows(51)).length).toBe(51);
  });

  it('keeps the deadline of a call: it is refused then, and not sent later', async () => {
    const { agent, order, letAll } = await narrow(1, 10);
    const first = ask(agent, { body: said('first') });
    await eventually(() => order.length === 1, 'the first to be under way');
    const before = performance.now();
    const late = await ask(agent, { headers: { 'x-heimdall-deadline-ms': '120' }, body: said('late') });
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    expect(late.status).toBe(429);
    expect(Number(late.header('retry-after'))).toBeGreaterThanOrEqual(1);
    letAll();
    await first;
    expect(order).toEqual(['first']);
    const rows = await agent.rows(2);
    expect(rows.map(({ record }) => [record.outcome, record.error?.code])).toContainEqual(['refused', 'overloaded']);
  });

  it("has a bound: what is more is answered 429 in each vendor's shape, at once, and the rest is served", async () => {
    const { agent, order, letAll } = await narrow(1, 4, { routing: { shareBy: 'virtualKey' } });
    const first = ask(agent, { body: said('first') });
    await eventually(() => order.length === 1, 'the first to be under way');
    const calls = Array.from({ length: 10 }, (_, index) => ask(agent, { body: said(`c${index}`) }));
    await eventually(() => waitingAt(agent) > 0, 'some to wait');
    const anthropic = await Promise.all(
      Array.from({ length: 4 }, () =>
        ask(agent, {
          path: '/anthropic/v1/messages',
          body: { model: 'vllm/qwen3', max_tokens: 9, messages: [{ role: 'user', content: 'more' }] },
          headers: { 'x-heimdall-deadline-ms': '0' },
        }),
      ),
    );
    for (const answer of anthropic) {
      expect(answer.status).toBe(429);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    }
    letAll();
    const answers = await Promise.all(calls);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(6);
    for (const answer of refused) {
      expect(Number(answer.header('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code: 'heimdall_overloaded' } });
    }
    expect(answers.filter(({ status }) => status === 200).length).toBe(10 - refused.length);
    await first;
  });

  it('gives the place of a client that leaves to the next, and audits the call once', async () => {
    const { agent, order, letAll } = await narrow(1, 2);
    const first = ask(agent, { body: said('first') });
    await eventually(() => order.length === 1, 'the first to be under way');
    const leave = new AbortController();
    const leaving = ask(agent, { body: said('leaving'), signal: leave.signal }).catch(() => 'left');
    await eventually(() => waitingAt(agent) === 1, 'it to wait');
    leave.abort();
    expect(await leaving).toBe('left');
    await eventually(() => waitingAt(agent) === 0, 'its place to be free');
    const next = ask(agent, { body: said('next') });
    await eventually(() => waitingAt(agent) === 1, 'the next to wait');
    letAll();
    expect((await next).status).toBe(200);
    await first;
    const rows = await agent.rows(3);
    expect(rows.map(({ record }) => record.outcome).sort()).toEqual(['client-aborted', 'forwarded', 'forwarded']);
    expect(rows).toHaveLength(3);
    expect(order).toEqual(['first', 'next']);
    expect(attemptsOf(rows.find(({ record }) => record.outcome === 'client-aborted'))).toEqual([]);
  });

  it('gives the place of a call whose client leaves in mid-stream to the next', async () => {
    const server = await modelServer();
    server.behave((_, index) => ({ gate: (chunk) => (index === 0 && chunk === 1 ? new Promise(() => undefined) : Promise.resolve()) }));
    const agent = await runAgent({ targets: [localTarget('only', server, { limits: { inFlight: 1 } })], settings: { virtualKeys: [clientKey] } });
    const leave = new AbortController();
    const leaving = ask(agent, { body: said('leaves', { stream: true }), signal: leave.signal }).catch(() => undefined);
    await eventually(() => server.calls.length === 1, 'the first to be under way');
    const next = ask(agent, { body: said('next') });
    await eventually(() => waitingAt(agent) === 1, 'the next to wait');
    leave.abort();
    await leaving;
    expect((await next).status).toBe(200);
    expect(server.calls[0]?.ended).toBe('aborted');
    expect((await agent.rows(2)).map(({ record }) => record.outcome)).toEqual(['client-aborted', 'forwarded']);
  });

  it('is left for another target of the route as soon as that one has room', async () => {
    const [one, two] = [await modelServer(), await modelServer()];
    one.behave({ instead: 'hang' });
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    two.behave((_, index) => (index === 0 ? { gate: () => gate } : undefined));
    const limits = { inFlight: 1 };
    const agent = await runAgent({
      targets: [localTarget('one', one, { limits }), localTarget('two', two, { limits })],
      settings: { virtualKeys: [clientKey] },
    });
    const stuck = new AbortController();
    const hanging = ask(agent, { body: said('hangs'), signal: stuck.signal }).catch(() => undefined);
    await eventually(() => one.calls.length === 1, 'the first to be taken');
    const second = ask(agent, { body: said('second') });
    await eventually(() => two.calls.length === 1, 'the second to be taken');
    const third = ask(agent, { body: said('third') });
    await eventually(() => agent.agent.status().targets.some(({ waiting }) => waiting === 1), 'the third to wait');
    open();
    expect((await third).status).toBe(200);
    expect((await second).status).toBe(200);
    expect(two.calls).toHaveLength(2);
    stuck.abort();
    await hanging;
  });
});
