// The agent's health: the set of active warnings, and the published state that follows from it.
import type { AgentState, Warning } from '../contract/status.ts';
import { healthWarnings } from './health-warnings.ts';
import type { WarningCode } from './health-warnings.ts';

type Phase = 'starting' | 'running' | 'off';

export class Health {
  readonly #now: () => number;
  readonly #active = new Map<WarningCode, Warning>();
  readonly #listeners = new Set<() => void>();
  #phase: Phase = 'starting';
  #pausedUntil: number | undefined;

  /** `now` is the wall clock, milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Begins a condition or, while it lasts, renews its detail; `since` stays that of its beginning. */
  raise(code: WarningCode, detail = ''): void {
    const { severity, title, leadsTo, text } = healthWarnings[code];
    const before = this.#active.get(code);
    const words = text(detail);
    if (before?.text === words) return;
    this.#active.set(code, { code, severity, title, text: words, since: before?.since ?? this.#now(), leadsTo });
    this.#changed();
  }

  clear(code: WarningCode): void {
    if (this.#active.delete(code)) this.#changed();
  }

  enter(phase: Phase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#changed();
  }

  /** Everything is tunnelled until then (milliseconds since 1970). The owner of the clock calls `resume` when it has come. */
  pause(until: number): void {
    this.#pausedUntil = until;
    this.#changed();
  }

  resume(): void {
    if (this.#pausedUntil === undefined) return;
    this.#pausedUntil = undefined;
    this.#changed();
  }

  /** Worst first, then oldest first. */
  get warnings(): readonly Warning[] {
    return [...this.#active.values()].sort((a, b) => rank(b) - rank(a) || a.since - b.since);
  }

  state(): AgentState {
    if (this.#phase !== 'running') return this.#phase;
    if (this.#pausedUntil !== undefined) return 'paused';
    const reached = new Set([...this.#active.values()].map((warning) => warning.leadsTo));
    if (reached.has('blocked')) return 'blocked';
    return reached.has('degraded') ? 'degraded' : 'protected';
  }

  /** One sentence: why the state is what it is. */
  reason(): string {
    const state = this.state();
    switch (state) {
      case 'off':
        return 'The agent is not running.';
      case 'starting':
        return 'The agent is starting.';
      case 'paused':
        return `Paused until ${new Date(this.#pausedUntil ?? 0).toISOString()}: AI calls pass untouched.`;
      case 'protected':
        return 'AI calls are intercepted, checked and recorded.';
      case 'degraded':
      case 'blocked':
        return `${this.warnings.find((warning) => warning.leadsTo === state)?.title ?? 'A condition needs attention'}.`;
    }
  }

  /** Called after every change; returns the unsubscriber. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function rank(warning: Warning): number {
  const byState = { protected: 0, degraded: 10, blocked: 20 }[warning.leadsTo];
  return byState + { info: 0, warning: 1, error: 2 }[warning.severity];
}
