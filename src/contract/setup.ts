// The steps that make this machine ready: each says what it will change before it does, and can be undone.

export const setupSteps = ['trust', 'capture', 'key'] as const;
export type SetupStepId = (typeof setupSteps)[number];

export interface SetupChange {
  /** What is changed, for people: `Certificate database of Chromium (~/.pki/nssdb)`. */
  readonly what: string;
  /** What will stand there. */
  readonly to: string;
  readonly state: 'not-done' | 'done' | 'changed-by-others' | 'unavailable';
  /** Why it is unavailable or differs. */
  readonly reason?: string | undefined;
}

export interface SetupStep {
  readonly id: SetupStepId;
  /** `partly`: some changes stand. `unavailable`: none can be made here, `reason` says why. */
  readonly state: 'not-done' | 'partly' | 'done' | 'unavailable';
  readonly reason?: string | undefined;
  readonly changes: readonly SetupChange[];
}
