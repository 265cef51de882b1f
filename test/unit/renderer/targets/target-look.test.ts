// The word and colour in which a target's condition is told.
import { describe, expect, it } from 'vitest';
import { lookOf } from '../../../../renderer/views/targets/target-look.ts';
import { targetStatus } from '../../target-status.ts';

describe('how a target looks', () => {
  it.each([
    ['healthy', 'good', 'Healthy'],
    ['degraded', 'warn', 'Degraded'],
    ['recovering', 'warn', 'Recovering'],
    ['failed', 'bad', 'Failed'],
  ] as const)('when %s is %s and says %s', (health, tone, word) => {
    expect(lookOf(targetStatus('eu', { health }))).toEqual({ tone, word });
  });

  it('claims no health of a target that was not used yet', () => {
    expect(lookOf(targetStatus('eu', { state: 'unknown' }))).toEqual({ tone: 'idle', word: 'Not used yet' });
  });

  it('says first of all that it was taken out by hand', () => {
    expect(lookOf(targetStatus('eu', { drained: true, health: 'failed', state: 'down' }))).toEqual({ tone: 'pause', word: 'Taken out' });
  });
});
