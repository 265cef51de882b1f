import { expect, test } from 'vitest';
import { fromLocalInput, localInput, rowTime } from '../../../../renderer/views/activity/row-time.ts';

test('a time of today stands alone, others carry their day', () => {
  const now = new Date(2026, 4, 6, 15, 0, 0).getTime();
  expect(rowTime(new Date(2026, 4, 6, 9, 8, 7).getTime(), now)).toEqual({ day: undefined, clock: '09:08:07' });
  expect(rowTime(new Date(2026, 4, 5, 9, 8, 7).getTime(), now).day).toBe('May 5');
  expect(rowTime(new Date(2025, 4, 6, 9, 8, 7).getTime(), now).day).toBe('May 6, 2025');
});

test('a moment goes into an input and comes back to the minute', () => {
  const at = new Date(2026, 0, 3, 4, 5).getTime();
  expect(localInput(at)).toBe('2026-01-03T04:05');
  expect(fromLocalInput(localInput(at))).toBe(at);
  expect(fromLocalInput('')).toBeUndefined();
  expect(fromLocalInput('soon')).toBeUndefined();
});
