import { describe, expect, it } from 'vitest';
import { isInDateRange } from '../../../../src/proxy/upstream/pac-date-range.ts';

/** The 23rd of November 2026, local time. */
const now = new Date(2026, 10, 23, 12);

describe('a range of dates in a PAC file', () => {
  it.each([
    [[23]],
    [[1, 31]],
    [['NOV']],
    [['OCT', 'DEC']],
    [['NOV', 'FEB']],
    [[2026]],
    [[2020, 2030]],
    [[20, 'NOV', 24, 'NOV']],
    [['JAN', 2026, 'DEC', 2026]],
    [[24, 'NOV', 2025, 23, 'NOV', 2026]],
    [[1, 31, 'GMT']],
  ])('%j holds today', (args) => {
    expect(isInDateRange(now, args)).toBe(true);
  });

  it.each([
    [[22]],
    [[24, 31]],
    [['DEC']],
    [['DEC', 'FEB']],
    [[2027]],
    [[24, 'NOV', 30, 'NOV']],
    [['DEC', 2026, 'DEC', 2027]],
    [[1, 'JAN', 2025, 22, 'NOV', 2026]],
    [[]],
    [[1, 2, 3]],
  ])('%j does not', (args) => {
    expect(isInDateRange(now, args)).toBe(false);
  });
});
