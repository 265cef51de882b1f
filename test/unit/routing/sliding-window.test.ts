import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../../src/routing/sliding-window.ts';

const span = 60_000;

describe('a sliding window', () => {
  it('forgets what is older than its span, at most one cell late', () => {
    const window = new SlidingWindow(span, 60);
    window.add(500, 7);
    expect(window.sum(500 + span)).toBe(7);
    expect(window.sum(500 + span + 1_000)).toBe(0);
  });

  it('says when the sum has fallen so far', () => {
    const window = new SlidingWindow(span, 60);
    window.add(1_000, 5);
    window.add(3_000, 5);
    expect(window.waitUntil(4_000, 10)).toBe(0);
    for (const [level, freed] of [
      [5, 5],
      [4, 0],
    ] as const) {
      const wait = window.waitUntil(4_000, level);
      const copy = new SlidingWindow(span, 60);
      copy.add(1_000, 5);
      copy.add(3_000, 5);
      expect(copy.sum(4_000 + wait - 1)).toBeGreaterThan(level);
      expect(copy.sum(4_000 + wait)).toBe(freed);
    }
  });

  it('takes back from the oldest, and no more than was added', () => {
    const window = new SlidingWindow(span, 60);
    window.add(0, 3);
    window.add(30_000, 3);
    window.takeBack(31_000, 4);
    expect(window.sum(31_000)).toBe(2);
    expect(window.sum(61_000)).toBe(2);
    window.takeBack(61_000, 100);
    expect(window.sum(61_000)).toBe(0);
  });

  it('never counts less than what happened in the span before, nor more than one cell beyond it', () => {
    const steps = fc.array(
      fc.record({ wait: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 200_000 })), amount: fc.integer({ min: 0, max: 50 }) }),
      { maxLength: 100, size: 'max' },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), steps, (start, list) => {
        const window = new SlidingWindow(span, 60);
        const events: { at: number; amount: number }[] = [];
        const within = (now: number, length: number) => events.reduce((sum, { at, amount }) => (at > now - length ? sum + amount : sum), 0);
        let now = start;
        for (const { wait, amount } of list) {
          now += wait;
          window.add(now, amount);
          events.push({ at: now, amount });
          expect(window.sum(now)).toBeGreaterThanOrEqual(within(now, span));
          expect(window.sum(now)).toBeLessThanOrEqual(within(now, span + 1_000));
        }
      }),
    );
  });
});
