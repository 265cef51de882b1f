import { describe, expect, it } from 'vitest';
import { targetStatus } from '../../target-status.ts';
import { midnightBefore, targetBoard } from '../../../../renderer/views/targets/target-cards.ts';
import type { UsageShare } from '../../../../src/contract/usage.ts';

const share = (name: string, exchanges: number): UsageShare => ({ name, exchanges, blocked: 0, redacted: 0, costUsd: 0, tokens: 0 });

describe('the board of targets', () => {
  it('passes over what is down and what was taken out for the next call', () => {
    const targets = [targetStatus('eu', { state: 'down', health: 'failed' }), targetStatus('us', { drained: true }), targetStatus('own', { kind: 'provider' })];
    expect(targetBoard(targets, []).cards.map(({ isNext }) => isNext)).toEqual([false, false, true]);
  });

  it('keeps the order of preference and counts shares of all calls', () => {
    const { cards, calls } = targetBoard([targetStatus('eu'), targetStatus('us')], [share('us', 1), share('eu', 3)]);
    expect(calls).toBe(4);
    expect(cards.map(({ target: { id }, place, share: part }) => [id, place, part])).toEqual([
      ['eu', 1, 0.75],
      ['us', 2, 0.25],
    ]);
  });

  it('sends the next call to the first that is not down', () => {
    const { cards } = targetBoard([targetStatus('eu', { state: 'down' }), targetStatus('us', { state: 'unknown' }), targetStatus('origin')], []);
    expect(cards.map(({ isNext }) => isNext)).toEqual([false, true, false]);
  });

  it('sends it nowhere when all are down', () => {
    expect(targetBoard([targetStatus('eu', { state: 'down' })], []).cards[0]?.isNext).toBe(false);
  });

  it('says of no target that it takes the next call where routes choose, and of the first where only the order does', () => {
    const explained = (place: string) => [{ target: 'eu', model: undefined, place, state: 'healthy' as const, share: 1, factors: undefined, why: '' }];
    const [routed, ordered] = ['coding › weighted', 'default › cascade'].map((place) => targetBoard([targetStatus('eu')], [], explained(place)));
    expect(routed).toMatchObject({ isRouted: true, cards: [{ isNext: false }] });
    expect(ordered).toMatchObject({ isRouted: false, cards: [{ isNext: true }] });
  });

  it('has no shares before the first call of the day', () => expect(targetBoard([targetStatus('eu')], []).cards[0]?.share).toBeUndefined());

  it('names what answered today outside the order', () => {
    expect(targetBoard([targetStatus('eu')], [share('old', 2)]).others.map(({ name }) => name)).toEqual(['old']);
  });

  it('knows when only the simulator is there', () => {
    expect(targetBoard([targetStatus('simulator', { kind: 'simulator' })], undefined).simulatorOnly).toBe(true);
    expect(targetBoard([], undefined).simulatorOnly).toBe(false);
    expect(targetBoard([targetStatus('simulator', { kind: 'simulator' }), targetStatus('eu')], undefined).simulatorOnly).toBe(false);
  });
});

describe('the beginning of today', () => {
  it('is the local midnight, and stays it all day', () => {
    const noon = new Date(2026, 10, 22, 12).getTime();
    expect(midnightBefore(noon)).toBe(new Date(2026, 10, 22).getTime());
    expect(midnightBefore(midnightBefore(noon))).toBe(midnightBefore(noon));
  });
});
