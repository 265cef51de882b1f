import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResponseReader } from '../../../src/contract/dialect.ts';
import { AgentError } from '../../../src/contract/errors.ts';
import type { ResponseFacts } from '../../../src/contract/exchange.ts';
import { deliver, readHeld, retryAfterSeconds } from '../../../src/proxy/held-answer.ts';
import { Race } from '../../../src/proxy/race.ts';
import { Relay } from '../../../src/proxy/relay.ts';
import type { Hold, RelayOptions, RelayResult } from '../../../src/proxy/relay.ts';
import { Tap } from '../../../src/proxy/tap.ts';
import { CallDouble, ClientDouble, GivenBody } from './exchange-doubles.ts';

const facts: ResponseFacts = { model: 'm', usage: undefined, stopReason: undefined, error: undefined, complete: true };
const reader = (): ResponseReader => ({ write: () => undefined, sawContent: false, facts: () => facts });
const broken = new AgentError('upstream-closed');

function start(more: Partial<RelayOptions> = {}, source?: GivenBody) {
  const down = new ClientDouble();
  const call = new CallDouble();
  const options: RelayOptions = {
    openTap: undefined,
    hold: () => 'none',
    dropsContinue: false,
    errorTail: undefined,
    answerTimeoutMs: 60_000,
    onHead: () => undefined,
    ...more,
  };
  const relay = new Relay(down, source, options);
  relay.attach(call);
  const results: RelayResult[] = [];
  void relay.result.then((result) => results.push(result));
  return { down, call, relay, results };
}
const head = (status = 200, headers: readonly string[] = []) => ({ status, reason: '', headers, isBodyless: false });
const bytes = (text: string) => Buffer.from(text);

describe('a relay', () => {
  it('passes the answer on as it comes', async () => {
    const { down, relay } = start();
    relay.inform(103, '', []);
    relay.head(head());
    relay.data(bytes('a'));
    relay.data(bytes('b'));
    relay.end(['X', '1']);
    expect(await relay.result).toEqual({ kind: 'relayed', status: 200, facts: undefined });
    expect(down.log).toEqual(['inform 103', 'respond 200', 'write a', 'write b', 'end X 1']);
  });

  it('drops the upstream\u2019s 100 when it has been answered already, and only that', () => {
    const { down, relay } = start({ dropsContinue: true });
    relay.inform(100, '', []);
    relay.inform(102, '', []);
    expect(down.log).toEqual(['inform 102']);
  });

  it('carries back-pressure both ways', () => {
    const source = new GivenBody();
    const { down, call, relay } = start({}, source);
    relay.head(head());
    down.hasRoom = false;
    expect(relay.data(bytes('a'))).toBe(false);
    down.onDrain?.();
    expect(call.log).toEqual(['resume']);
    relay.drain();
    expect(source.resumed).toBe(1);
  });

  it('that got no head leaves the client untouched for another attempt', async () => {
    const { down, relay } = start();
    relay.error(broken);
    expect(await relay.result).toEqual({ kind: 'no-answer', error: broken });
    expect(down.log).toEqual([]);
  });

  it('that breaks in mid-answer breaks the client\u2019s answer off', async () => {
    const { down, relay } = start({ openTap: () => new Tap(reader(), undefined, () => undefined) });
    relay.head(head());
    relay.data(bytes('a'));
    relay.error(broken);
    expect(await relay.result).toEqual({ kind: 'broken', status: 200, error: broken, facts });
    expect(down.log).toEqual(['respond 200', 'write a', 'abort']);
  });

  it('ends a broken stream with the dialect\u2019s own error where it can', async () => {
    const { down, relay } = start({ errorTail: () => bytes('event: error') });
    relay.head(head());
    relay.error(broken);
    expect((await relay.result).kind).toBe('broken');
    expect(down.log).toEqual(['respond 200', 'write event: error', 'end']);
  });

  it('gives the call up when the client leaves, before or after the head', async () => {
    for (const hasHead of [false, true]) {
      const { down, call, relay } = start();
      if (hasHead) relay.head(head());
      down.leave();
      expect(await relay.result).toEqual({ kind: 'client-aborted', status: hasHead ? 200 : undefined, facts: undefined });
      expect(call.log).toEqual(['abort']);
    }
  });

  it('is whole when the client hangs up with every byte that was promised, and not one sooner', async () => {
    for (const [sent, kind] of [
      ['abc', 'relayed'],
      ['ab', 'client-aborted'],
    ] as const) {
      const { down, relay } = start();
      relay.head(head(200, ['Content-Length', '3']));
      relay.data(bytes(sent));
      down.leave();
      expect(await relay.result).toEqual({ kind, status: 200, facts: undefined });
    }
  });

  it('gives the call up when the client had left already', async () => {
    const down = new ClientDouble();
    down.isGone = true;
    const options = {
      openTap: undefined,
      hold: () => 'none' as const,
      dropsContinue: false,
      errorTail: undefined,
      answerTimeoutMs: 1,
      onHead: () => undefined,
    };
    const relay = new Relay(down, undefined, options);
    expect(relay.isOver).toBe(true);
    const call = new CallDouble();
    relay.attach(call);
    expect(call.log).toEqual(['abort']);
    expect((await relay.result).kind).toBe('client-aborted');
  });

  it('gives the call up when no head comes in time; interim answers do not count', async () => {
    const { call, relay } = start({ answerTimeoutMs: 10 });
    relay.inform(102, '', []);
    expect(await relay.result).toMatchObject({ kind: 'no-answer', error: { code: 'upstream-timeout' } });
    expect(call.log).toEqual(['abort']);
  });

  it('waits as long as the answer takes once it has begun', async () => {
    const { relay, results } = start({ answerTimeoutMs: 10 });
    relay.head(head());
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(results).toEqual([]);
    relay.end([]);
    expect((await relay.result).kind).toBe('relayed');
  });

  it('has exactly one result, and says nothing to the client after it, whatever comes in whatever order', async () => {
    const event = fc.constantFrom('inform', 'head', 'data', 'end', 'error', 'leave', 'drain');
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), fc.constantFrom<Hold>('none', 'whole', 'content', 'byte'), async (events, until) => {
        const { down, call, relay, results } = start({ hold: () => until });
        for (const name of events) {
          const before = down.log.length;
          const wasOver = relay.isOver;
          if (name === 'inform') relay.inform(103, '', []);
          else if (name === 'head') relay.head(head(429));
          else if (name === 'data') relay.data(bytes('x'));
          else if (name === 'end') relay.end([]);
          else if (name === 'error') relay.error(broken);
          else if (name === 'leave') down.leave();
          else relay.drain();
          if (wasOver) expect(down.log.length).toBe(before);
        }
        if (!relay.isOver) down.leave();
        await relay.result;
        await new Promise((resolve) => setImmediate(resolve));
        expect(results).toHaveLength(1);
        expect(down.log.filter((line) => line === 'end' || line === 'abort').length).toBeLessThanOrEqual(1);
        expect(call.log.filter((line) => line === 'abort').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('an answer that is held back whole', () => {
  const refusal = bytes(JSON.stringify({ type: 'budget_exceeded', error: { message: 'No budget.' } }));
  const whole = { hold: () => 'whole' as const };

  it.each([
    ['plain', refusal, []],
    ['compressed', gzipSync(refusal), ['Content-Encoding', 'gzip']],
  ])('is there to be read, and can still be sent byte for byte (%s)', async (_how, body, headers) => {
    const { down, relay } = start(whole);
    relay.head(head(429, [...headers, 'Retry-After', '7']));
    for (const byte of body) relay.data(Buffer.from([byte]));
    relay.end(['X', '1']);
    const result = await relay.result;
    expect(down.log).toEqual([]);
    if (result.kind !== 'held') throw new Error(result.kind);
    expect(readHeld(result.answer)).toEqual(refusal);
    expect(retryAfterSeconds(result.answer, Date.now())).toBe(7);
    deliver(down, result.answer);
    expect(down.log[0]).toBe('respond 429');
    expect(down.log.at(-1)).toBe('end X 1');
    expect(Buffer.concat(result.answer.pieces)).toEqual(body);
  });

  it('is held only while it is short, if it is an error', () => {
    const { down, relay } = start(whole);
    relay.head(head(403));
    down.hasRoom = false;
    expect(relay.data(Buffer.alloc(65_536, 0x61))).toBe(true);
    expect(down.log).toEqual([]);
    expect(relay.data(bytes('b'))).toBe(false);
    expect(down.log.map((line) => line.slice(0, 12))).toEqual(['respond 403', 'write aaaaaa', 'write b']);
  });

  it('still has to come within the time', async () => {
    const { down, call, relay } = start({ ...whole, answerTimeoutMs: 20 });
    relay.head(head(429));
    relay.data(bytes('{"error"'));
    expect(await relay.result).toMatchObject({ kind: 'no-answer', error: { code: 'upstream-timeout' } });
    expect([down.log, call.log]).toEqual([[], ['abort']]);
  });

  it('that breaks off counts as no answer', async () => {
    const { down, relay } = start(whole);
    relay.head(head(503));
    relay.data(refusal.subarray(0, 5));
    relay.error(broken);
    expect(await relay.result).toMatchObject({ kind: 'no-answer', error: broken });
    expect(down.log).toEqual([]);
  });
});

describe('an answer that is held until it has content', () => {
  it('goes out whole and in order once it has, and is a stream from then on', async () => {
    let seen = false;
    const speaking: ResponseReader = {
      write: (chunk) => void (seen ||= chunk.includes('c')),
      get sawContent() {
        return seen;
      },
      facts: () => facts,
    };
    const { down, relay } = start({ hold: () => 'content', openTap: () => new Tap(speaking, undefined, () => undefined) });
    relay.head(head());
    relay.data(bytes('a'));
    relay.data(bytes('b'));
    expect(down.log).toEqual([]);
    relay.data(bytes('c'));
    relay.data(bytes('d'));
    relay.end([]);
    expect((await relay.result).kind).toBe('relayed');
    expect(down.log).toEqual(['respond 200', 'write a', 'write b', 'write c', 'write d', 'end']);
  });

  it('tells that none came', async () => {
    const { down, relay } = start({ hold: () => 'content', openTap: () => new Tap(reader(), undefined, () => undefined) });
    relay.head(head());
    relay.data(bytes('a'));
    relay.end([]);
    expect(await relay.result).toMatchObject({ kind: 'held', status: 200, hasContent: false });
    expect(down.log).toEqual([]);
  });
});

describe('a stream that its upstream ends in good order before the answer has ended', () => {
  const unfinished: ResponseFacts = { ...facts, complete: false };
  const cutShort = (read: ResponseFacts) => () => new Tap({ write: () => undefined, sawContent: true, facts: () => read }, undefined, () => undefined);

  it('ends with the dialect\u2019s own error', async () => {
    const { down, relay } = start({ openTap: cutShort(unfinished), errorTail: () => bytes('error!') });
    relay.head(head());
    relay.data(bytes('a'));
    relay.end([]);
    expect(await relay.result).toMatchObject({ kind: 'broken', error: { code: 'upstream-closed' } });
    expect(down.log).toEqual(['respond 200', 'write a', 'write error!', 'end']);
  });

  it.each([
    ['it said why it stopped', { ...unfinished, stopReason: 'stop' }, []],
    ['it said that it failed', { ...unfinished, error: { type: 'x', message: 'y' } }, []],
    ['its length was announced', unfinished, ['Content-Length', '1']],
  ])('is left as it is when %s', async (_why, read, headers) => {
    const { down, relay } = start({ openTap: cutShort(read), errorTail: () => bytes('error!') });
    relay.head(head(200, headers));
    relay.data(bytes('a'));
    relay.end([]);
    expect((await relay.result).kind).toBe('relayed');
    expect(down.log).toEqual(['respond 200', 'write a', 'end']);
  });
});

describe('two answers that race for one client', () => {
  function race(hold: Hold) {
    const down = new ClientDouble();
    const course = new Race(down);
    const runners = [0, 1].map(() => {
      const seat = course.join();
      const call = new CallDouble();
      const relay = new Relay(seat, undefined, {
        openTap: undefined,
        hold: () => hold,
        dropsContinue: false,
        errorTail: undefined,
        answerTimeoutMs: 60_000,
        onHead: () => undefined,
        claim: () => seat.claim(),
      });
      seat.onLost = () => relay.lose();
      relay.attach(call);
      return { relay, call };
    });
    const [first, second] = runners;
    if (!first || !second) throw new Error('two');
    return { down, course, first, second };
  }

  it('are the one that speaks first and one that is cancelled, whoever had its head first', async () => {
    const { down, course, first, second } = race('byte');
    first.relay.head(head(200));
    second.relay.head(head(201));
    expect([down.log, course.isDecided]).toEqual([[], false]);
    second.relay.data(bytes('b'));
    first.relay.data(bytes('a'));
    second.relay.end([]);
    expect((await first.relay.result).kind).toBe('lost');
    expect((await second.relay.result).kind).toBe('relayed');
    expect([down.log, first.call.log]).toEqual([['respond 201', 'write b', 'end'], ['abort']]);
  });

  it('both end when the client leaves', async () => {
    const { down, first, second } = race('byte');
    down.leave();
    expect((await first.relay.result).kind).toBe('client-aborted');
    expect((await second.relay.result).kind).toBe('client-aborted');
    expect([first.call.log, second.call.log]).toEqual([['abort'], ['abort']]);
  });

  it('leave the client to the other when one breaks off', async () => {
    const { down, first, second } = race('byte');
    first.relay.error(broken);
    second.relay.head(head(200));
    second.relay.data(bytes('b'));
    second.relay.end([]);
    expect((await first.relay.result).kind).toBe('no-answer');
    expect((await second.relay.result).kind).toBe('relayed');
    expect(down.log).toEqual(['respond 200', 'write b', 'end']);
  });

  it('never mix, in whatever order their pieces come', async () => {
    const step = fc.record({ who: fc.boolean(), what: fc.constantFrom('head', 'data', 'end', 'error') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const { down, first, second } = race('byte');
        const begun = new Set<boolean>();
        for (const { who, what } of steps) {
          // A body or an end never comes before the head.
          if ((what === 'data' || what === 'end') && !begun.has(who)) continue;
          if (what === 'head' && begun.has(who)) continue;
          if (what === 'head') begun.add(who);
          const [{ relay }, mark] = who ? [first, 'a'] : [second, 'b'];
          if (what === 'head') relay.head(head(who ? 200 : 201));
          else if (what === 'data') relay.data(bytes(mark));
          else if (what === 'end') relay.end([]);
          else relay.error(broken);
        }
        down.leave();
        await Promise.all([first.relay.result, second.relay.result]);
        const text = down.log.join(' ');
        expect(/write a/.test(text) && /write b/.test(text)).toBe(false);
        expect(down.log.filter((line) => line.startsWith('respond')).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a switch of protocols', () => {
  it('joins both connections and counts what passed', async () => {
    const { down, relay } = start();
    const [near, far] = [new PassThrough(), new PassThrough()];
    down.raw = near;
    relay.upgraded('', [], far);
    expect(down.log).toEqual(['switch']);
    near.end();
    far.end();
    expect((await relay.result).kind).toBe('switched');
  });

  it('that comes after the client has left is closed', () => {
    const { down, relay } = start();
    down.leave();
    const socket = new PassThrough();
    relay.upgraded('', [], socket);
    expect(socket.destroyed).toBe(true);
  });
});
