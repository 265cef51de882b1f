// One card per target in order of preference, with its share of today's calls; and what else answered today.
import type { TargetExplanation } from '../../../src/contract/routing.ts';
import type { TargetStatus } from '../../../src/contract/status.ts';
import type { UsageShare } from '../../../src/contract/usage.ts';

export interface TargetCard {
  readonly target: TargetStatus;
  /** 1 for the first. */
  readonly place: number;
  /** Calls of today that it took. */
  readonly calls: number;
  /** 0 to 1 of all calls that any target took today; undefined where none did. */
  readonly share: number | undefined;
  /** Whether the next call goes here: the first that is not down and not taken out. Never where routes choose. */
  readonly isNext: boolean;
}

export interface TargetBoard {
  readonly cards: readonly TargetCard[];
  /** Calls that any target took today. */
  readonly calls: number;
  /** Answered today without being in the order: the origin, or what is not set any more. */
  readonly others: readonly UsageShare[];
  readonly simulatorOnly: boolean;
  /** Routes of the settings choose, not the order alone. */
  readonly isRouted: boolean;
}

/** `shares` and `explained` are absent while they are not known. */
export function targetBoard(
  targets: readonly TargetStatus[],
  shares: readonly UsageShare[] | undefined,
  explained: readonly TargetExplanation[] = [],
): TargetBoard {
  const isRouted = explained.some(({ place }) => place.split(' › ')[0] !== 'default');
  const calls = (shares ?? []).reduce((sum, { exchanges }) => sum + exchanges, 0);
  const next = isRouted ? undefined : targets.find(({ state, drained }) => state !== 'down' && !drained);
  const cards = targets.map((target, index): TargetCard => {
    const own = shares?.find(({ name }) => name === target.id)?.exchanges ?? 0;
    return { target, place: index + 1, calls: own, share: calls === 0 ? undefined : own / calls, isNext: target === next };
  });
  return {
    cards,
    calls,
    others: (shares ?? []).filter(({ name }) => !targets.some(({ id }) => id === name)),
    isRouted,
    simulatorOnly: targets.length > 0 && targets.every(({ kind }) => kind === 'simulator'),
  };
}

/** The beginning of the local day, milliseconds since 1970. */
export function midnightBefore(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}
