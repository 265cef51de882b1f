import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reservation } from '../../../src/budgets/budgets.ts';
import { admitted, call, hour, minute, open, refused, spend, temporaryFolder, worth } from './fixture.ts';

const usdOf = (bench: ReturnType<typeof open>, id = 'b', account = '') =>
  bench.budgets.status().find((status) => status.budget === id && status.account === account)?.usd;

function committed(bench: ReturnType<typeof open>): number {
  const { used = Number.NaN, reserved = Number.NaN } = bench.budgets.status()[0]?.usd ?? {};
  return used + reserved;
}

describe('money', () => {
  it('is set aside when a call is admitted, and booked when it is over', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 10 }] });
    const reservation = admitted(bench.budgets.admit(worth(4)));
    expect(usdOf(bench)).toMatchObject({ used: 0, reserved: 4, limit: 10, per: 'month', window: 'calendar' });
    reservation.settle({ usd: 1.25, tokens: 1000 });
    expect(usdOf(bench)).toMatchObject({ used: 1.25, reserved: 0 });
    admitted(bench.budgets.admit(worth(4))).release();
    expect(usdOf(bench)).toMatchObject({ used: 1.25, reserved: 0 });
    admitted(bench.budgets.admit(worth(4))).settle({ usd: undefined, tokens: undefined });
    expect(usdOf(bench)).toMatchObject({ used: 5.25, reserved: 0 });
  });

  it('is booked once, whatever is said afterwards', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 10 }] });
    const reservation = admitted(bench.budgets.admit(worth(4)));
    reservation.settle({ usd: 1, tokens: 1 });
    reservation.settle({ usd: 2, tokens: 1 });
    reservation.release();
    expect(usdOf(bench)).toMatchObject({ used: 1, reserved: 0 });
  });

  it('runs out: a call that is alone may pass the line once, and the next is told when there is money again', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 1, per: 'day', window: 'rolling' }], at: Date.UTC(2026, 10, 23, 12) });
    spend(bench.budgets, 0.9);
    spend(bench.budgets, 0.5);
    const refusal = refused(bench.budgets.admit(worth(0.01)));
    expect(refusal).toMatchObject({ code: 'budget-exceeded', budget: 'b', account: '', retryAfter: 25 * 3600 });
    expect(refusal.message).toBe('The budget "b" is used up: $1.40 of $1.00 in the last 24 hours. It is free again in 25 hours.');
    expect(bench.budgets.status()[0]?.freeAt).toBe(bench.clock.now + 25 * hour);
    bench.clock.now += refusal.retryAfter * 1000 - 1;
    refused(bench.budgets.admit(worth(0.01)));
    bench.clock.now += 1;
    admitted(bench.budgets.admit(worth(0.01)));
  });

  it('does not admit a call beside others that might pass the line together', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 1 }] });
    const first = admitted(bench.budgets.admit(worth(0.6)));
    const refusal = refused(bench.budgets.admit(worth(0.6)));
    expect(refusal.message).toMatch(
      /^The budget "b" has used \$0\.00 of \$1\.00 this month, and calls under way may need the rest\. Try again in \d+ seconds\.$/,
    );
    expect(bench.budgets.status()[0]?.freeAt).toBeUndefined();
    admitted(bench.budgets.admit(worth(0.4)));
    refused(bench.budgets.admit(worth(0)));
    first.settle({ usd: 0.1, tokens: 100_000 });
    admitted(bench.budgets.admit(worth(0.5)));
  });

  it('of nothing admits nothing', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 0 }] });
    expect(refused(bench.budgets.admit(call({ model: 'free' }))).code).toBe('budget-exceeded');
    expect(bench.budgets.usedShare(call())).toBe(1);
  });

  it('spent while the clock was years ahead is not missing for years', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 1 }], at: Date.UTC(2040, 0, 15) });
    spend(bench.budgets, 1);
    bench.clock.now = Date.UTC(2026, 10, 23);
    for (const days of [0, 32]) {
      bench.clock.now += days * 24 * hour;
      refused(bench.budgets.admit(worth(0.1)));
    }
    bench.clock.now += 32 * 24 * hour;
    admitted(bench.budgets.admit(worth(0.1)));
  });

  it('is not counted where the price of a model is not known, and the status says so', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 1, tokensPerMinute: 3_000_000 }] });
    admitted(bench.budgets.admit(call({ model: 'free' }))).settle({ usd: undefined, tokens: 20 });
    admitted(bench.budgets.admit(call({ provider: undefined }))).settle({ usd: undefined, tokens: 22 });
    expect(bench.budgets.status()[0]).toMatchObject({ usd: { used: 0, unpriced: 2 }, tokens: { used: 42 } });
  });

  it('is estimated by what the model may answer: its limit, else what is usual, else twice its largest answer lately', () => {
    const bench = open({ budgets: [{ id: 'b', usd: 10 }] });
    const reserved = (changes: Parameters<typeof call>[0]): number => {
      const reservation = admitted(bench.budgets.admit(call({ estimatedTokens: 1000, ...changes })));
      const usd = usdOf(bench)?.reserved ?? Number.NaN;
      reservation.settle({ usd: 0, tokens: 11_000 });
      return usd;
    };
    expect(reserved({ maxOutputTokens: 500 })).toBeCloseTo(0.0015, 9);
    expect(reserved({ model: 'other', maxOutputTokens: undefined })).toBeCloseTo(0.009192, 9);
    expect(reserved({ maxOutputTokens: undefined })).toBeCloseTo(0.021, 9);
    bench.clock.now += 3 * hour;
    expect(reserved({ maxOutputTokens: undefined })).toBeCloseTo(0.009192, 9);
  });

  it('shows as the largest share of the budgets that hold for a call', () => {
    const bench = open({
      budgets: [
        { id: 'all', usd: 100 },
        { id: 'anna', for: { user: 'Anna' }, usd: 4 },
        { id: 'rates', requestsPerMinute: 1000 },
      ],
    });
    spend(bench.budgets, 1);
    expect([bench.budgets.usedShare(call()), bench.budgets.usedShare(call({ user: 'ben' }))]).toEqual([0.25, 0.01]);
    expect(bench.budgets.status().map(({ budget }) => budget)).toEqual(['anna', 'all', 'rates']);
  });

  it('never is overshot by more than one call, however calls interleave', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('admit' as const), cents: fc.integer({ min: 0, max: 70 }) }),
      fc.record({ do: fc.constant('settle' as const), which: fc.nat(), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ do: fc.constant('release' as const), which: fc.nat() }),
    );
    const dir = temporaryFolder();
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (steps, limitCents) => {
        // One file for all runs, and in it a budget for each.
        const bench = open({ dir, budgets: [{ id: `b${(run += 1)}`, usd: limitCents / 100, tokensPerMinute: limitCents * 10_000 }] });
        const under: { reservation: Reservation; cents: number }[] = [];
        let largest = 0;
        for (const each of steps) {
          if (each.do === 'admit') {
            const admission = bench.budgets.admit(worth(each.cents / 100));
            if (!admission.ok) continue;
            largest = Math.max(largest, each.cents);
            under.push({ reservation: admission.reservation, cents: each.cents });
            // Only a call that is alone may stand beyond the line.
            const others = under.slice(0, -1).some(({ cents }) => cents > 0);
            if (others && each.cents > 0) expect(committed(bench)).toBeLessThanOrEqual(limitCents / 100 + 1e-9);
            continue;
          }
          const [ended] = under.splice(each.which % Math.max(1, under.length), 1);
          const usd = each.do === 'settle' ? ((ended?.cents ?? 0) / 100) * each.share : 0;
          if (each.do === 'settle') ended?.reservation.settle({ usd, tokens: Math.floor(usd * 1_000_000) });
          else ended?.reservation.release();
        }
        for (const { reservation, cents } of under) reservation.settle({ usd: cents / 100, tokens: cents * 10_000 });
        const [status] = bench.budgets.status();
        bench.budgets.close();
        expect(status?.usd?.reserved).toBe(0);
        expect(status?.usd?.used).toBeLessThan((limitCents + largest) / 100 + 1e-9);
        expect(status?.tokens?.used).toBeLessThan((limitCents + largest) * 10_000 + 1);
      }),
      { numRuns: 150 },
    );
  });
});

describe('rates', () => {
  it('of requests hold in every minute, and say when the next is admitted', () => {
    const bench = open({ budgets: [{ id: 'b', requestsPerMinute: 2 }] });
    admitted(bench.budgets.admit(call())).release();
    bench.clock.now += 10_500;
    admitted(bench.budgets.admit(call()));
    const refusal = refused(bench.budgets.admit(call()));
    expect(refusal).toMatchObject({ code: 'rate-limited', budget: 'b' });
    expect(refusal.message).toBe('The budget "b" allows 2 requests per minute. Try again in 51 seconds.');
    bench.clock.now += refusal.retryAfter * 1000;
    admitted(bench.budgets.admit(call()));
    refused(bench.budgets.admit(call()));
  });

  it('are never passed in any 60 seconds, at whatever moments calls come, and the wait that is told is enough', () => {
    const dir = temporaryFolder();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), (gaps, limit) => {
        const bench = open({ dir, budgets: [{ id: 'b', requestsPerMinute: limit }] });
        const times: number[] = [];
        for (const gap of gaps) {
          bench.clock.now += gap;
          const admission = bench.budgets.admit(call());
          if (!admission.ok) bench.clock.now += admission.retryAfter * 1000;
          if (!admission.ok) admitted(bench.budgets.admit(call()));
          times.push(bench.clock.now);
        }
        bench.budgets.close();
        for (const [index, time] of times.entries()) expect(time - (times[index - limit] ?? -Infinity)).toBeGreaterThanOrEqual(minute);
      }),
      { numRuns: 100 },
    );
  });

  it('of tokens count what calls under way may need, then what they took', () => {
    const bench = open({ budgets: [{ id: 'b', tokensPerMinute: 1000 }] });
    const first = admitted(bench.budgets.admit(call({ estimatedTokens: 100, maxOutputTokens: 700 })));
    expect(refused(bench.budgets.admit(call({ maxOutputTokens: 300 }))).message).toMatch(
      /allows 1000 tokens per minute, and calls under way may need the rest/,
    );
    first.settle({ usd: undefined, tokens: 250 });
    expect(bench.budgets.status()[0]?.tokens).toEqual({ used: 250, limit: 1000 });
    admitted(bench.budgets.admit(call({ maxOutputTokens: 300 }))).settle({ usd: undefined, tokens: 900 });
    const refusal = refused(bench.budgets.admit(call({ maxOutputTokens: 1 })));
    expect(refusal).toMatchObject({ code: 'rate-limited', retryAfter: 61 });
  });

  it('go on when the clock jumps back', () => {
    const bench = open({ budgets: [{ id: 'b', requestsPerMinute: 1 }] });
    admitted(bench.budgets.admit(call()));
    bench.clock.now -= 5 * hour;
    const refusal = refused(bench.budgets.admit(call()));
    expect(refusal.retryAfter).toBeLessThanOrEqual(61);
    bench.clock.now += refusal.retryAfter * 1000;
    admitted(bench.budgets.admit(call()));
  });
});

describe('a budget', () => {
  it('counts the calls its conditions name, and none that lacks the fact', () => {
    const bench = open({ budgets: [{ id: 'b', for: { team: ['red*', 'blue'], model: '*' }, requestsPerMinute: 1 }] });
    for (const changes of [{}, { team: 'green' }, { team: 'red', model: undefined }]) {
      admitted(bench.budgets.admit(call(changes)));
      admitted(bench.budgets.admit(call(changes)));
    }
    admitted(bench.budgets.admit(call({ team: 'Red-1' })));
    refused(bench.budgets.admit(call({ team: 'blue' })));
  });

  it('has an account for each value of a fact, without regard to case', () => {
    const bench = open({ budgets: [{ id: 'b', each: 'user', usd: 1 }] });
    spend(bench.budgets, 1, { user: 'Anna' });
    expect(refused(bench.budgets.admit(call({ user: 'anna' })))).toMatchObject({ account: 'anna' });
    expect(refused(bench.budgets.admit(call({ user: 'anna' }))).message).toContain('The budget "b" (anna) is used up');
    admitted(bench.budgets.admit(call({ user: 'ben' })));
    admitted(bench.budgets.admit(call({ user: undefined })));
    expect(bench.budgets.status().map(({ account }) => account)).toEqual(['anna', 'ben']);
  });

  it('of a virtual key holds for its calls alone, beside all others', () => {
    const bench = open({
      budgets: [{ id: 'all', usd: 100 }],
      virtualKeys: [{ id: 'ci', limits: { requestsPerMinute: 1 } }, { id: 'free' }],
    });
    expect(bench.budgets.status().map(({ budget }) => budget)).toEqual(['all']);
    spend(bench.budgets, 1, { virtualKey: 'ci' });
    const refusal = refused(bench.budgets.admit(call({ virtualKey: 'ci' })));
    expect(refusal).toMatchObject({ budget: 'key:ci', code: 'rate-limited' });
    expect(refusal.message).toContain('The virtual key "ci" allows 1 request per minute');
    spend(bench.budgets, 1, { virtualKey: 'free' });
    expect(usdOf(bench, 'all')?.used).toBe(2);
  });

  it('takes nothing when another one refuses the call', () => {
    const bench = open({
      budgets: [
        { id: 'b', usd: 10, requestsPerMinute: 5 },
        { id: 'tight', requestsPerMinute: 1 },
      ],
    });
    spend(bench.budgets, 1);
    for (let index = 0; index < 10; index += 1) refused(bench.budgets.admit(call()));
    expect(bench.budgets.status().find(({ budget }) => budget === 'b')).toMatchObject({ usd: { used: 1, reserved: 0 }, requests: { used: 1 } });
  });

  it('names the one that stands in the way for longest', () => {
    const bench = open({
      budgets: [
        { id: 'rate', requestsPerMinute: 1 },
        { id: 'money', usd: 1 },
      ],
    });
    spend(bench.budgets, 1);
    expect(refused(bench.budgets.admit(call()))).toMatchObject({ code: 'budget-exceeded', budget: 'money' });
  });

  it('forgets accounts of which nothing is left, and none of which something is', () => {
    const bench = open({ budgets: [{ id: 'b', each: 'model', requestsPerMinute: 5, usd: 10 }] });
    spend(bench.budgets, 1, { model: 'real' });
    for (let index = 0; index < 20_000; index += 1) {
      admitted(bench.budgets.admit(call({ model: `invented-${index}` }))).release();
      bench.clock.now += 100;
    }
    expect(bench.budgets.status().length).toBeLessThan(1_000);
    expect(usdOf(bench, 'b', 'real')?.used).toBe(1);
  });
});
