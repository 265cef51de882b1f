// Checks of the agent on itself and its surroundings: what was tried, what was seen, who is to blame, what to do.

/** Where the cause lies; another TLS inspector is named by the issuer of its certificates. */
export type Culprit =
  'heimdall' | 'this machine' | 'network' | 'your proxy' | `another TLS inspector (${string})` | 'gateway' | 'provider' | 'program' | `program (${string})`;

export interface DiagnosticCheck {
  /** Stable: `listener`, `ca`, `audit-chain`, … */
  readonly id: string;
  readonly title: string;
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly tried: string;
  readonly seen: string;
  /** Who is to blame; absent where nobody is. */
  readonly culprit?: Culprit | undefined;
  /** What to do; absent where nothing needs doing. */
  readonly fix?: string | undefined;
  /** `heimdall doctor --fix` can do it. */
  readonly canFix?: boolean | undefined;
  /** What `--fix` has done before the check was made again, or why it could not. */
  readonly repaired?: string | undefined;
}

/** A support bundle: one text without secrets, prompts or names of people. */
export interface SupportBundle {
  /** Proposed name, `heimdall-support-2026-11-22.json`. */
  readonly fileName: string;
  readonly text: string;
}
