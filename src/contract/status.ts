// What the agent says of itself: the state that colours the tray, and the reason for it in words.

import type { BudgetStatus } from './budget.ts';
import type { TargetKind } from './exchange.ts';
import type { HealthState, QuotaLeft } from './routing.ts';
import type { UsageTotals } from './usage.ts';

export type AgentState = 'off' | 'starting' | 'protected' | 'degraded' | 'blocked' | 'paused';

/** A condition worth a person's attention; the set of active ones decides the state. */
export interface Warning {
  /** Stable: `gateway-down`, `audit-disk-full`, `policy-last-good`, … */
  readonly code: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly title: string;
  /** What it means and what to do. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** The state this condition leads to while it lasts. */
  readonly leadsTo: 'protected' | 'degraded' | 'blocked';
}

export interface TargetStatus {
  readonly id: string;
  readonly kind: TargetKind;
  readonly state: 'up' | 'down' | 'unknown';
  readonly detail: string;
  /** Moving mean of the time to the head of its answer, milliseconds; absent before the first. */
  readonly latencyMs: number | undefined;
  /** Calls it answered since the agent started. */
  readonly answered: number;
  readonly health: HealthState;
  /** Taken out by a person: it gets no new calls. */
  readonly drained: boolean;
  /** Share of the calls of the last five minutes, 0 to 1; absent while there were none. */
  readonly share: number | undefined;
  readonly inFlight: number;
  readonly waiting: number;
  readonly quota: QuotaLeft | undefined;
}

/** What the person at the screen may do. */
export interface UserRights {
  readonly mayPause: boolean;
  /** Longest pause, minutes. */
  readonly longestPauseMinutes: number;
  readonly mayQuit: boolean;
}

/** Times of the pipeline's own work per exchange, in microseconds (recognise, read, evaluate, plan, record; not sockets). */
export interface PipelineTimes {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  /** Mean of each span. */
  readonly spans: Readonly<Record<'recognise' | 'read' | 'evaluate' | 'plan' | 'record', number>>;
}

export interface Counters {
  readonly exchanges: number;
  readonly tunnels: number;
  readonly blocked: number;
  readonly redacted: number;
  readonly failed: number;
}

export interface AgentStatus {
  readonly state: AgentState;
  /** One sentence. */
  readonly reason: string;
  readonly version: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly proxy: { readonly port: number; readonly addresses: readonly string[] };
  readonly ca: { readonly fingerprint: string; readonly notAfter: number; readonly file: string };
  readonly policy: { readonly revision: string; readonly source: string; readonly rules: number };
  readonly targets: readonly TargetStatus[];
  readonly budgets: readonly BudgetStatus[];
  readonly warnings: readonly Warning[];
  readonly counters: Counters;
  /** Since local midnight, restarts included. */
  readonly today: UsageTotals;
  /** Milliseconds since 1970; absent when not paused. */
  readonly pausedUntil: number | undefined;
  readonly rights: UserRights;
  readonly pipeline: PipelineTimes;
  readonly audit: { readonly rows: number; readonly pending: number; readonly file: string };
}
