// What passed in a span of time, counted: the figures of the tray, the status view and the list of apps.
import type { AppCoverage } from './coverage.ts';

/** What one span of time saw. */
export interface UsageTotals {
  readonly exchanges: number;
  readonly tunnels: number;
  readonly blocked: number;
  readonly redacted: number;
  readonly failed: number;
  /** US dollars, of the calls whose price is known. */
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The share of one app, model, provider or target. */
export interface UsageShare {
  readonly name: string;
  readonly exchanges: number;
  readonly blocked: number;
  readonly redacted: number;
  readonly costUsd: number;
  readonly tokens: number;
}

export interface UsageSummary {
  /** Milliseconds since 1970, inclusive. */
  readonly since: number;
  readonly totals: UsageTotals;
  /** Each list: most exchanges first, at most ten. */
  readonly apps: readonly UsageShare[];
  readonly models: readonly UsageShare[];
  readonly providers: readonly UsageShare[];
  readonly targets: readonly UsageShare[];
}

/** One step of the live chart. */
export interface UsageBucket {
  /** Start, milliseconds since 1970; a multiple of the bucket's length. */
  readonly at: number;
  readonly exchanges: number;
  readonly blocked: number;
  readonly redacted: number;
  readonly failed: number;
  /** Whole durations of exchanges, milliseconds; absent where there was none. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
}

export type AppDecision = 'pending' | 'approved' | 'denied';

/** One AI app: seen in traffic, found on the machine, or both. */
export interface AppRow {
  /** Catalog id, else the executable's base name. */
  readonly id: string;
  readonly name: string;
  /** Whether the catalog knows it. */
  readonly known: boolean;
  /** Where it was found on this machine, absent where it was not looked for or not found. */
  readonly installedAt: string | undefined;
  /** Milliseconds since 1970; absent for an app that was never seen in traffic. */
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
  readonly exchanges: number;
  readonly tunnels: number;
  readonly blocked: number;
  readonly costUsd: number;
  readonly decision: AppDecision;
  /** Who decided; absent while pending. */
  readonly decidedBy: 'user' | 'managed' | undefined;
  /** How far it is covered, step by step. */
  readonly coverage: AppCoverage;
}
