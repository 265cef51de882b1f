// The steps that make this machine ready: each says what it will change before it does, and can be undone.

export const setupSteps = ['trust', 'capture', 'key'] as const;
export type SetupStepId = (typeof setupSteps)[number];

/** What is changed on the machine, by kind. `service` and `strict` are made only when asked for by name. */
export const surfaceGroups = ['trust', 'proxy', 'environment', 'tools', 'service', 'strict'] as const;
export type SurfaceGroup = (typeof surfaceGroups)[number];

export interface SetupChange {
  /** Stable name of the place: `trust.nss:/home/a/.pki/nssdb`; absent for what is a setting of Heimdall itself. */
  readonly id?: string | undefined;
  readonly group?: SurfaceGroup | undefined;
  /** `live`: stands only while the agent listens. `lasting`: stands until it is undone. */
  readonly life?: 'live' | 'lasting' | undefined;
  /** What is changed, for people: `Certificate database of Chromium (~/.pki/nssdb)`. */
  readonly what: string;
  /** What will stand there. */
  readonly to: string;
  /** `waiting`: chosen, and made as soon as the agent listens. */
  readonly state: 'not-done' | 'waiting' | 'done' | 'changed-by-others' | 'unavailable' | 'failed';
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

/** What became of one place when it was put back. */
export interface RestoredChange {
  readonly surface: string;
  /** The place in words; absent where this version does not know it. */
  readonly what?: string;
  /** `kept-theirs`: somebody has changed it since, so it was left as it is. */
  readonly outcome: 'restored' | 'already-original' | 'kept-theirs' | 'failed';
  /** A sentence where it is not plain. */
  readonly detail?: string;
}
