// A decision that a rule leaves to the person at the screen: what is asked, and what was answered.

export type AskDefault = 'allow' | 'block';

/** One open question. The call waits until it is answered or its time is over. */
export interface AskQuestion {
  /** The id of the exchange; its audit row carries the same. */
  readonly id: string;
  readonly rule: string;
  /** The rule's own words. */
  readonly message: string;
  readonly app: string | undefined;
  readonly host: string;
  readonly model: string | undefined;
  /** Detector ids with how often each found something. */
  readonly findings: readonly { readonly detector: string; readonly count: number }[];
  /** Whether an `allow` needs a justification. */
  readonly needsJustification: boolean;
  readonly askedAt: number;
  /** Milliseconds since 1970; then the default holds. */
  readonly deadline: number;
  /** What holds when nobody answers. */
  readonly otherwise: AskDefault;
}

/** What became of a question, in the audit row. */
export interface AskOutcome {
  readonly answer: AskDefault;
  /** `nobody`: no window was connected that could ask, so the default held at once. */
  readonly by: 'user' | 'timeout' | 'nobody';
  readonly justification?: string | undefined;
  readonly waitedMs: number;
}
