// Numbers, money, bytes and times read as people expect them.
import { describe, expect, it } from 'vitest';
import { formatAgo, formatBytes, formatCompact, formatCountdown, formatDuration, formatMoney, formatPercent } from '../../../renderer/format.ts';

describe('format', () => {
  it('keeps small numbers whole and shortens large ones', () => {
    expect([0, 9_999, 12_345, 69_500_000].map(formatCompact)).toEqual(['0', '9,999', '12.3K', '69.5M']);
  });

  it('never lets a share that is there look like none', () => {
    expect([0, 0.001, 0.42, 1].map(formatPercent)).toEqual(['0%', '<1%', '42%', '100%']);
  });

  it('keeps figures that say something in small sums', () => {
    expect([0, 0.000_01, 0.0042, 0.042, 0.42, 1234.5].map(formatMoney)).toEqual(['$0.00', '<$0.0001', '$0.0042', '$0.042', '$0.42', '$1,234.50']);
  });

  it('counts bytes by 1,024', () => {
    expect([0, 1023, 1434, 33_554_432].map(formatBytes)).toEqual(['0 B', '1023 B', '1.4 KB', '32 MB']);
  });

  it('picks the unit of a duration by its size', () => {
    expect([0.43, 4.21, 12, 1250, 12_500, 125_000, 4_200_000].map(formatDuration)).toEqual([
      '430 µs',
      '4.2 ms',
      '12 ms',
      '1.25 s',
      '12.5 s',
      '2 min 5 s',
      '1 h 10 min',
    ]);
  });

  it('counts down to zero and no further', () => {
    expect([3_723_000, 725_000, 41_200, 0, -5_000].map(formatCountdown)).toEqual(['1:02:03', '12:05', '0:42', '0:00', '0:00']);
  });

  it('says how long ago or how soon', () => {
    const now = Date.UTC(2026, 10, 22, 12);
    expect([now - 2_000, now - 180_000, now + 7_200_000, now - 86_400_000].map((at) => formatAgo(at, now))).toEqual([
      'now',
      '3 minutes ago',
      'in 2 hours',
      'yesterday',
    ]);
  });
});
