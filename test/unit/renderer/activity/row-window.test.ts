import { expect, test } from 'vitest';
import { mostPhysical, placeOf, rowAt, rowWindow, settled, shiftAfter } from '../../../../renderer/views/activity/row-window.ts';

const million = rowWindow(1_000_000);

test('a list that fits is not mapped', () => {
  const window = rowWindow(5_000);
  expect(window.physical).toBe(5_000);
  expect([0, 17, 4_999].map((row) => rowAt(window, row))).toEqual([0, 17, 4_999]);
  expect(shiftAfter(window, 0, { from: 0, to: 4_000, screen: 20 })).toBe(0);
});

test('a long list keeps its element below the height browsers allow', () => {
  expect(million.physical).toBe(mostPhysical);
  expect(million.physical * 40).toBeLessThan(16_000_000);
});

test('both ends are reached, and every place maps to a row within the list, in order', () => {
  expect(rowAt(million, 0)).toBe(0);
  expect(rowAt(million, mostPhysical - 1)).toBe(999_999);
  const rows = Array.from({ length: mostPhysical }, (_, place) => rowAt(million, place));
  expect(rows.every((row, place) => row < 1_000_000 && row > (rows[place - 1] ?? -1))).toBe(true);
});

test('the middle of the element is the middle of the list', () => {
  expect(rowAt(million, mostPhysical / 2)).toBe(500_000);
  expect(placeOf(million, 500_000)).toBe(mostPhysical / 2);
});

test('a row is found again within one place of where it maps to', () => {
  for (const row of [0, 1, 19_999, 20_000, 20_001, 123_456, 500_000, 979_999, 980_000, 980_001, 999_999]) {
    expect(Math.abs(rowAt(million, placeOf(million, row)) - row)).toBeLessThanOrEqual(16);
  }
});

test('a wheel moves row by row in the compressed middle', () => {
  const shift = rowAt(million, 50_000) - 50_000;
  expect(shiftAfter(million, shift, { from: 50_000, to: 50_003, screen: 20 })).toBe(shift);
  expect(50_003 + shiftAfter(million, shift, { from: 50_000, to: 50_003, screen: 20 })).toBe(500_003);
});

test('a drag of the thumb jumps by proportion', () => {
  const shift = shiftAfter(million, 0, { from: 0, to: 50_000, screen: 20 });
  expect(50_000 + shift).toBe(500_000);
});

test('at rest the element goes to its proportion while the row in view stays', () => {
  const shift = rowAt(million, 50_000) - 50_000;
  const place = 50_800;
  const rest = settled(million, shift, place);
  expect(rest).toBeDefined();
  expect((rest?.place ?? 0) + (rest?.shift ?? 0)).toBe(place + shift);
  expect(settled(million, rest?.shift ?? 0, rest?.place ?? 0)).toBeUndefined();
});

test('moving only by short steps from the middle to the top and to the end arrives, with rests on the way', () => {
  for (const step of [-60, 60]) {
    let place = 50_000;
    let shift = rowAt(million, place) - place;
    const goal = step < 0 ? 0 : 1_000_000 - 20;
    for (let moves = 0; moves < 40_000 && place + shift !== goal; moves += 1) {
      const to = Math.max(0, Math.min(place + step, mostPhysical - 20));
      shift = shiftAfter(million, shift, { from: place, to, screen: 20 });
      place = to;
      const rest = moves % 50 === 0 || place === 0 || place === mostPhysical - 20 ? settled(million, shift, place) : undefined;
      if (rest) ({ place, shift } = rest);
    }
    expect(place + shift).toBe(goal);
  }
});

test('a shift from a longer list is brought back within a shorter one', () => {
  expect(shiftAfter(rowWindow(150_000), 900_000, { from: 5, to: 6, screen: 20 })).toBe(50_000);
});
