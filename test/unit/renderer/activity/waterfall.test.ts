import { expect, test } from 'vitest';
import { waterfallOf } from '../../../../renderer/views/activity/waterfall.ts';
import { record } from './rows.ts';

test('what took no time has no picture', () => {
  expect(waterfallOf(record({ durationMs: 0 }))).toBeUndefined();
});

test('attempts stand one after the other, told as placed', () => {
  const waterfall = waterfallOf(
    record({
      durationMs: 1000,
      firstTokenMs: 400,
      attempts: [
        { target: 'a', kind: 'gateway', status: undefined, error: 'gateway-unreachable', milliseconds: 100 },
        { target: 'b', kind: 'gateway', status: 200, error: undefined, milliseconds: 250 },
      ],
    }),
  );
  expect(waterfall?.bars.map(({ kind, start, length, failed, isPlaced }) => [kind, start, length, failed, isPlaced])).toEqual([
    ['whole', 0, 1000, false, false],
    ['attempt', 0, 100, true, true],
    ['attempt', 100, 250, false, true],
    ['answer', 400, 600, false, false],
  ]);
  expect(waterfall?.hasPlaced).toBe(true);
  expect(waterfall?.firstToken).toBe(400);
});

test('a question to the person comes before the attempts', () => {
  const waterfall = waterfallOf(
    record({
      durationMs: 900,
      asked: { answer: 'allow', by: 'user', waitedMs: 500 },
      attempts: [{ target: 'a', kind: 'origin', status: 200, error: undefined, milliseconds: 300 }],
    }),
  );
  expect(waterfall?.bars.map(({ kind, start }) => [kind, start])).toEqual([
    ['whole', 0],
    ['asked', 0],
    ['attempt', 500],
  ]);
});

test('no bar leaves the picture, whatever the clocks said', () => {
  const attempt = { target: 'a', kind: 'origin', status: 200, error: undefined, milliseconds: 80 } as const;
  const waterfall = waterfallOf(record({ durationMs: 100, firstTokenMs: 120, attempts: [attempt, attempt] }));
  for (const bar of waterfall?.bars ?? []) expect(bar.start >= 0 && bar.start + bar.length <= 100).toBe(true);
});

test.each([0.4, 3, 17, 999, 61_000])('the axis of %d ms has round marks within it', (span) => {
  const ticks = waterfallOf(record({ durationMs: span }))?.ticks ?? [];
  expect(ticks.length).toBeGreaterThanOrEqual(3);
  expect(ticks.length).toBeLessThanOrEqual(6);
  expect(ticks.at(-1)).toBeLessThanOrEqual(span);
});
