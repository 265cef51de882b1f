// The pauses that may be offered now: never longer than policy allows.

export type PauseChoice = 'quarter' | 'hour' | 'tomorrow';

export interface PauseOffer {
  readonly choice: PauseChoice;
  readonly minutes: number;
}

/** The contract takes 1 to 1,440 minutes. */
const longestAtAll = 1440;

export function pauseOffers(now: number, longestPauseMinutes: number): readonly PauseOffer[] {
  const midnight = new Date(now).setHours(24, 0, 0, 0);
  const untilTomorrow = Math.max(1, Math.ceil((midnight - now) / 60_000));
  const all: readonly PauseOffer[] = [
    { choice: 'quarter', minutes: 15 },
    { choice: 'hour', minutes: 60 },
    { choice: 'tomorrow', minutes: untilTomorrow },
  ];
  return all.filter(({ minutes }) => minutes <= Math.min(longestPauseMinutes, longestAtAll));
}
