// Checks of the agent on itself and its surroundings: what was tried, what was seen, what to do.

export interface DiagnosticCheck {
  /** Stable: `listener`, `ca`, `audit-chain`, … */
  readonly id: string;
  readonly title: string;
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly tried: string;
  readonly seen: string;
  /** What to do; absent where nothing needs doing. */
  readonly fix?: string | undefined;
}

/** A support bundle: one text without secrets, prompts or names of people. */
export interface SupportBundle {
  /** Proposed name, `heimdall-support-2026-11-22.json`. */
  readonly fileName: string;
  readonly text: string;
}
