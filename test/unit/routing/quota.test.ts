import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetLimits } from '../../../src/contract/routing.ts';
import { Quota } from '../../../src/routing/quota.ts';

const wallStart = Date.parse('2026-03-01T12:00:00Z');

function quotaOf(limits?: Partial<TargetLimits>) {
  const time = { now: 5_000_000, wall: wallStart };
  const clock = { now: () => time.now, wall: () => time.wall, after: () => () => undefined };
  const quota = new Quota({ limits: limits && { queue: 100, ...limits }, clock });
  const pass = (milliseconds: number) => {
    time.now += milliseconds;
    time.wall += milliseconds;
  };
  return { quota, time, pass, answer: (headers: Record<string, string>, status = 200) => quota.observe(status, Object.entries(headers).flat()) };
}
/** How many calls of so many tokens are let through now. */
function letThrough(quota: Quota, tokens = 0): number {
  let calls = 0;
  for (; calls < 10_000 && quota.waitFor(tokens) === 0; calls++) quota.take(tokens);
  return calls;
}
const requestsLeft = (remaining: number, reset = '30', limit = 10) => ({
  'x-ratelimit-limit-requests': String(limit),
  'x-ratelimit-remaining-requests': String(remaining),
  'x-ratelimit-reset-requests': reset,
});

describe('a quota without limits', () => {
  it('never holds a call up', () => {
    const { quota } = quotaOf();
    expect(letThrough(quota, 1_000_000)).toBe(10_000);
    expect(quota.used()).toBe(0);
    expect(quota.left()).toEqual({ requests: undefined, requestsLimit: undefined, tokens: undefined, tokensLimit: undefined, restingUntil: undefined });
  });
});

describe('a quota by settings', () => {
  it('lets as many requests through in a minute as are allowed', () => {
    const { quota, pass } = quotaOf({ requestsPerMinute: 5 });
    expect(letThrough(quota)).toBe(5);
    expect(quota.left()).toMatchObject({ requests: 0, requestsLimit: 5, tokens: undefined });
    expect(quota.used()).toBe(1);
    const wait = quota.waitFor(0);
    pass(wait - 1);
    expect(letThrough(quota)).toBe(0);
    pass(1);
    expect(letThrough(quota)).toBe(5);
    expect(wait).toBeLessThanOrEqual(61_000);
  });

  it('counts tokens by estimate', () => {
    const { quota } = quotaOf({ tokensPerMinute: 1_000 });
    quota.take(700);
    expect(quota.waitFor(300)).toBe(0);
    expect(quota.waitFor(301)).toBeGreaterThan(0);
    expect(quota.left()).toMatchObject({ tokens: 300, tokensLimit: 1_000, requests: undefined });
    expect(quota.used()).toBeCloseTo(0.7);
  });

  it('lets a call larger than the whole limit through alone, rather than never', () => {
    const { quota, pass } = quotaOf({ tokensPerMinute: 1_000 });
    quota.take(1);
    const wait = quota.waitFor(5_000);
    expect(wait).toBeGreaterThan(0);
    pass(wait);
    expect(quota.waitFor(5_000)).toBe(0);
    quota.take(5_000);
    expect(quota.waitFor(1)).toBeGreaterThan(0);
    expect(quota.used()).toBe(1);
  });

  it('gives back what was estimated too high, and takes what was too low', () => {
    const { quota } = quotaOf({ tokensPerMinute: 1_000 });
    quota.settle(800, 100, quota.take(800));
    expect(quota.left().tokens).toBe(900);
    quota.settle(100, 400, quota.take(100));
    expect(quota.left().tokens).toBe(500);
    quota.settle(300, 0, quota.take(300));
    expect(quota.left().tokens).toBe(500);
  });

  it('gives nothing back for a call that has left the minute', () => {
    const { quota, pass } = quotaOf({ tokensPerMinute: 1_000 });
    const long = quota.take(900);
    pass(70_000);
    quota.take(900);
    quota.settle(900, 100, long);
    expect(quota.left().tokens).toBe(100);
  });

  it('is not thrown off by absurd usage', () => {
    const { quota, pass } = quotaOf({ tokensPerMinute: 1_000 });
    for (const actual of [NaN, Infinity]) quota.settle(10, actual, quota.take(10));
    expect(quota.left().tokens).toBe(980);
    quota.settle(10, -500, quota.take(10));
    expect(quota.left().tokens).toBe(980);
    quota.settle(10, 1e300, quota.take(10));
    expect(quota.left().tokens).toBe(0);
    pass(61_000);
    expect(quota.left().tokens).toBe(1_000);
  });

  it('places no more in any minute than allowed, wherever it begins', () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 30_000 }),
        tokens: fc.integer({ min: 0, max: 60 }),
        usedShare: fc.double({ min: 0, max: 1, noNaN: true }),
        endsAfter: fc.integer({ min: 0, max: 20 }),
      }),
      { maxLength: 80, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const { quota, time, pass } = quotaOf({ requestsPerMinute: 10, tokensPerMinute: 100 });
        const placed: { at: number; tokens: number }[] = [];
        const endings: (() => void)[][] = [];
        list.forEach(({ wait, tokens, usedShare, endsAfter }, step) => {
          pass(wait);
          for (const end of endings[step] ?? []) end();
          if (quota.waitFor(tokens) > 0) return;
          const placement = quota.take(tokens);
          const call = { at: time.now, tokens };
          placed.push(call);
          (endings[step + endsAfter] ??= []).push(() => {
            call.tokens = Math.floor(tokens * usedShare);
            quota.settle(tokens, call.tokens, placement);
          });
          const minute = placed.filter(({ at }) => at > time.now - 60_000);
          expect(minute.length).toBeLessThanOrEqual(10);
          expect(minute.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(100);
        });
      }),
    );
  });
});

describe('a quota by the provider', () => {
  it('holds calls back before they would be refused', () => {
    const { quota, pass, answer } = quotaOf();
    answer(requestsLeft(3));
    expect(quota.left()).toMatchObject({ requests: 3, requestsLimit: 10 });
    expect(letThrough(quota)).toBe(3);
    expect(quota.waitFor(0)).toBe(30_000);
    expect(quota.used()).toBe(1);
    pass(30_000);
    expect(letThrough(quota)).toBe(10);
  });

  it('takes off what was placed after the call whose answer it hears', () => {
    const { quota } = quotaOf();
    const first = quota.take(100);
    for (let call = 0; call < 4; call++) quota.take(100);
    quota.observe(200, Object.entries({ ...requestsLeft(9), 'x-ratelimit-remaining-tokens': '900' }).flat(), first);
    expect(quota.left()).toMatchObject({ requests: 5, tokens: 500 });
  });

  it('takes tokens into account, and larger calls than the limit only when all is there', () => {
    const { quota, pass, answer } = quotaOf();
    answer({ 'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '500', 'x-ratelimit-reset-tokens': '20' });
    expect(quota.waitFor(500)).toBe(0);
    expect(quota.waitFor(501)).toBe(20_000);
    expect(quota.waitFor(9_000)).toBe(20_000);
    pass(20_000);
    expect(quota.waitFor(9_000)).toBe(0);
  });

  it('asks of the tokens of answers only that some are left', () => {
    const { quota, answer } = quotaOf();
    const left = (remaining: string) => ({ 'anthropic-ratelimit-output-tokens-limit': '8000', 'anthropic-ratelimit-output-tokens-remaining': remaining });
    answer(left('10'));
    quota.take(50_000);
    expect(quota.waitFor(50_000)).toBe(0);
    answer(left('0'));
    expect(quota.waitFor(1)).toBe(60_000);
    expect(quota.used()).toBe(1);
  });

  it('knows a limit that fills up bit by bit, and waits no longer than it must', () => {
    const { quota, pass, answer } = quotaOf();
    answer(requestsLeft(0, '1m0s', 60));
    expect(quota.waitFor(0)).toBe(1_000);
    pass(10_000);
    expect(letThrough(quota)).toBe(10);
  });

  it('takes a limit for one that comes back at once where its figures say so', () => {
    const { quota, answer } = quotaOf();
    answer(requestsLeft(0, '40s', 60));
    expect(quota.waitFor(0)).toBe(40_000);
  });

  it('holds a minute where no reset is stated, and forgets a limit of unknown size with its window', () => {
    const { quota, pass, answer } = quotaOf();
    answer({ 'x-ratelimit-remaining-requests': '0' });
    expect(quota.waitFor(0)).toBe(60_000);
    pass(60_000);
    expect(letThrough(quota)).toBe(10_000);
    expect(quota.left().requests).toBeUndefined();
  });

  it('begins a window anew as long as the longest it has seen', () => {
    const { quota, pass, answer } = quotaOf();
    answer(requestsLeft(9, '2'));
    answer(requestsLeft(8, '1'));
    pass(1_000);
    expect(letThrough(quota)).toBe(10);
    expect(quota.waitFor(0)).toBe(2_000);
  });

  it('obeys the tighter of settings and provider', () => {
    const { quota, answer } = quotaOf({ requestsPerMinute: 5 });
    answer(requestsLeft(8));
    expect(quota.left()).toMatchObject({ requests: 5, requestsLimit: 5 });
    answer(requestsLeft(2));
    expect(quota.left()).toMatchObject({ requests: 2, requestsLimit: 10 });
    expect(quota.used()).toBeCloseTo(0.8);
  });
});

describe('a rest', () => {
  it.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['milliseconds', { 'retry-after-ms': '250' }, 250],
    ['a date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:20 GMT' }, 20_000],
    ['an absurd number', { 'retry-after': '99999999999' }, 3_600_000],
    ['nonsense', { 'retry-after': 'NaN' }, 1_000],
    ['a negative number', { 'retry-after': '-3' }, 1_000],
    ['no time at all', { 'retry-after': '0' }, 1_000],
    ['nothing', {}, 1_000],
  ])('after 429 with %s', (_, headers, wait) => {
    const { quota, pass, answer } = quotaOf();
    answer(headers, 429);
    expect(quota.waitFor(1)).toBe(wait);
    expect(quota.left().restingUntil).toBe(wallStart + wait);
    expect(quota.used()).toBe(1);
    pass(wait);
    expect(quota.waitFor(1)).toBe(0);
    expect(quota.left().restingUntil).toBeUndefined();
    expect(quota.used()).toBe(0);
  });

  it('is taken after 408 and 5xx that ask for it, not after other answers', () => {
    for (const [status, wait] of [
      [408, 7_000],
      [503, 7_000],
      [529, 7_000],
      [200, 0],
      [400, 0],
      [401, 0],
    ] as const) {
      const { quota, answer } = quotaOf();
      answer({ 'retry-after': '7' }, status);
      expect(quota.waitFor(1)).toBe(wait);
    }
    const { quota, answer } = quotaOf();
    answer({}, 503);
    expect(quota.waitFor(1)).toBe(0);
  });

  it('grows with refusals that say nothing, up to half a minute, and is small again after an answer', () => {
    const { quota, pass, answer } = quotaOf();
    for (const wait of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      answer({}, 429);
      expect(quota.waitFor(1)).toBe(wait);
      pass(wait);
    }
    answer({}, 200);
    answer({}, 429);
    expect(quota.waitFor(1)).toBe(1_000);
  });

  it('counts calls refused together as one refusal, and does not end with an answer to an earlier call', () => {
    const { quota, pass, answer } = quotaOf();
    for (let call = 0; call < 20; call++) answer({}, 429);
    answer({}, 200);
    expect(quota.waitFor(1)).toBe(1_000);
    pass(1_000);
    answer({}, 429);
    expect(quota.waitFor(1)).toBe(2_000);
  });

  it('is as long as the longest that was asked for', () => {
    const { quota, answer } = quotaOf();
    answer({ 'retry-after': '20' }, 429);
    answer({ 'retry-after': '5' }, 429);
    expect(quota.waitFor(1)).toBe(20_000);
  });

  it('is not guessed where the headers say what is used up', () => {
    const { quota, answer } = quotaOf();
    answer(requestsLeft(0, '200ms'), 429);
    expect(quota.waitFor(1)).toBe(200);
    expect(quota.left().restingUntil).toBeUndefined();
  });

  it('is not moved by the wall clock', () => {
    const { quota, time, pass, answer } = quotaOf();
    answer({ 'retry-after': 'Sun, 01 Mar 2026 12:00:20 GMT' }, 429);
    time.wall -= 365 * 86_400_000;
    expect(quota.waitFor(1)).toBe(20_000);
    answer({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-03-01T12:00:20Z' });
    expect(quota.waitFor(1)).toBeLessThanOrEqual(3_600_000);
    pass(3_600_000);
    expect(quota.waitFor(1)).toBe(0);
  });
});

it('no answer, whatever its headers, holds a call up for more than an hour', () => {
  const name = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-limit-tokens',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-reset-tokens',
    'anthropic-ratelimit-requests-limit',
    'anthropic-ratelimit-requests-remaining',
    'anthropic-ratelimit-requests-reset',
  );
  const value = fc.oneof(
    fc.integer().map(String),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom('0', '1', '60s', '1h', 'NaN', '-1', '99999999999'),
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ headers: fc.array(fc.tuple(name, value)), status: fc.constantFrom(200, 429, 503), tokens: fc.integer({ min: 0, max: 1e6 }) }), {
        maxLength: 20,
      }),
      (answers) => {
        const { quota, pass } = quotaOf();
        for (const { headers, status, tokens } of answers) {
          const placement = quota.take(tokens);
          quota.observe(status, headers.flat(), placement);
          const wait = quota.waitFor(tokens);
          expect(wait >= 0 && wait <= 3_600_000).toBe(true);
          expect(quota.used() >= 0 && quota.used() <= 1).toBe(true);
        }
        pass(3_600_000);
        expect(quota.waitFor(1)).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});
