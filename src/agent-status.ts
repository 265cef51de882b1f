// Keeps what the agent says of itself: counters, warnings raised by events, the status and the snapshot for watchers.
import type { Routing } from './agent-routing.ts';
import type { AuditLog, AuditTrouble } from './audit/log.ts';
import type { TodayUsage } from './audit/usage-today.ts';
import type { Authority } from './ca/authority.ts';
import type { AuditRecord } from './contract/audit.ts';
import type { Snapshot } from './contract/control.ts';
import { AgentError, messageOf } from './contract/errors.ts';
import type { AgentStatus, Counters } from './contract/status.ts';
import type { ActivePolicy } from './policy/active.ts';
import { rightsOf } from './policy/user-rights.ts';
import type { ExchangeNotice } from './proxy/walk.ts';
import type { PinnedEntry } from './proxy/pinned.ts';
import type { Questions } from './proxy/questions.ts';
import type { Listener } from './proxy/listener.ts';
import type { RouteConcern, RouteDescription } from './proxy/upstream/proxy-route.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { PipelineClock } from './telemetry/pipeline-times.ts';

/** The rooms the status is read from, once they stand. */
export interface StatusSources {
  readonly listener: Listener;
  readonly authority: Authority;
  readonly policy: ActivePolicy;
  readonly audit: AuditLog;
  readonly pipeline: PipelineClock;
  readonly today: TodayUsage;
  readonly questions: Questions;
  readonly routing: Routing;
}

export interface StatusBoardOptions {
  readonly health: Health;
  readonly version: string;
}

/** A gateway's own refusals that time or money will end. */
const limitTypes: ReadonlySet<string> = new Set(['budget_exceeded', 'rate_limited', 'token_limited', 'request_limited', 'upstream_credentials_exhausted']);

/** Rows a new watcher gets at once. */
const recentRows = 50;

export class AgentStatusBoard {
  readonly #options: StatusBoardOptions;
  readonly #startedAt = Date.now();
  #sources: StatusSources | undefined;
  #counters: Counters = { exchanges: 0, tunnels: 0, blocked: 0, redacted: 0, failed: 0 };
  #pauseTimer: NodeJS.Timeout | undefined;
  #pausedUntil: number | undefined;
  /** Gateways that refuse calls, and why. */
  readonly #refusals = new Map<string, string>();
  /** By which proxies of the organisation a host is reached; set once traffic is open. */
  describeRoute: (host: string) => Promise<RouteDescription> = () => Promise.resolve({ via: ['DIRECT'], from: 'the agent is still starting' });

  constructor(options: StatusBoardOptions) {
    this.#options = options;
  }

  connect(sources: StatusSources): void {
    this.#sources = sources;
    this.policyChanged(sources.policy);
    if (sources.audit.setAside !== undefined) this.#options.health.raise('audit-set-aside', sources.audit.setAside);
  }

  get isPaused(): boolean {
    return this.#pauseTimer !== undefined;
  }

  /** From now on new connections are tunnelled, until the time is over (then `onOver` is called) or `resume`. */
  pause(minutes: number, onOver: () => void): void {
    const milliseconds = minutes * 60_000;
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => {
      this.resume();
      onOver();
    }, milliseconds).unref();
    this.#pausedUntil = Date.now() + milliseconds;
    this.#options.health.pause(this.#pausedUntil);
  }

  resume(): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#pausedUntil = undefined;
    this.#options.health.resume();
  }

  count(record: AuditRecord): void {
    this.#sources?.today.add(record);
    const { exchanges, tunnels, blocked, redacted, failed } = this.#counters;
    this.#counters = {
      exchanges: exchanges + Number(record.kind === 'exchange'),
      tunnels: tunnels + Number(record.kind === 'tunnel'),
      blocked: blocked + Number(record.decision === 'block'),
      redacted: redacted + Number(record.outcome === 'redacted'),
      failed: failed + Number(record.outcome === 'failed-closed' || record.outcome === 'failed-open'),
    };
  }

  notice(event: ExchangeNotice, logger: Logger): void {
    const { health } = this.#options;
    switch (event.kind) {
      case 'gateway-answered':
        health.clear('gateway-down-closed');
        health.clear('gateway-down-open');
        this.#gatewaySaid(event.target, undefined);
        return;
      case 'gateway-down':
        health.raise(event.mode === 'open' ? 'gateway-down-open' : 'gateway-down-closed', event.detail);
        return;
      case 'gateway-rejected':
        health.clear('gateway-down-closed');
        health.clear('gateway-down-open');
        this.#gatewaySaid(event.target, event.type);
        return;
      case 'policy-error':
        health.raise('policy-error', event.detail);
        return;
      case 'fault':
        logger.error('fault', { error: messageOf(event.error), stack: event.error instanceof Error ? event.error.stack : undefined });
    }
  }

  /** Each gateway's last word: another one's answer does not take it back. */
  #gatewaySaid(target: string, refusal: string | undefined): void {
    if (refusal === undefined && !this.#refusals.has(target)) return;
    if (refusal === undefined) this.#refusals.delete(target);
    else this.#refusals.set(target, refusal);
    const said = [...this.#refusals];
    for (const [code, isLimit] of [
      ['gateway-limit', true],
      ['gateway-rejected', false],
    ] as const) {
      const texts = said.filter(([, type]) => limitTypes.has(type) === isLimit).map(([id, type]) => `${id}: ${type}`);
      if (texts.length > 0) this.#options.health.raise(code, texts.join(', '));
      else this.#options.health.clear(code);
    }
  }

  routeConcern(...[code, detail]: Parameters<RouteConcern>): void {
    if (detail === undefined) this.#options.health.clear(code);
    else this.#options.health.raise(code, detail);
  }

  /** Why strict capture does not stand although it was asked for; undefined when it does, or was not. */
  strictConcern(detail: string | undefined): void {
    if (detail === undefined) this.#options.health.clear('strict-off');
    else this.#options.health.raise('strict-off', detail);
  }

  /** Apps whose connections to a host pass unread, because they accept no certificate but their own. */
  pinned(entries: readonly PinnedEntry[]): void {
    if (entries.length === 0) this.#options.health.clear('pinned-tunnel');
    else
      this.#options.health.raise('pinned-tunnel', entries.map(({ app, host, until }) => `${app} to ${host} until ${new Date(until).toISOString()}`).join('; '));
  }

  /** Why what was spent cannot be kept; undefined when it can. */
  budgetConcern(text: string | undefined): void {
    if (text === undefined) this.#options.health.clear('budgets-unsaved');
    else this.#options.health.raise('budgets-unsaved', text);
  }

  /** What is wrong with the key store, in sentences; none: all is well. */
  keyConcern(troubles: readonly string[]): void {
    if (troubles.length === 0) this.#options.health.clear('key-store');
    else this.#options.health.raise('key-store', troubles.join(' '));
  }

  /** Why the collector does not get what it should; undefined when it does. */
  telemetryConcern(text: string | undefined): void {
    if (text === undefined) this.#options.health.clear('telemetry-trouble');
    else this.#options.health.raise('telemetry-trouble', text);
  }

  auditTrouble(trouble: AuditTrouble | undefined): void {
    if (trouble === undefined) this.#options.health.clear('audit-trouble');
    else if (trouble.kind === 'file-set-aside') this.#options.health.raise('audit-set-aside', trouble.message);
    else this.#options.health.raise('audit-trouble', trouble.message);
  }

  policyChanged(policy: ActivePolicy): void {
    if (policy.rejected === undefined) this.#options.health.clear('policy-last-good');
    else this.#options.health.raise('policy-last-good', policy.rejected);
    if (policy.unsaved === undefined) this.#options.health.clear('policy-unsaved');
    else this.#options.health.raise('policy-unsaved', policy.unsaved);
    this.#options.health.clear('policy-error');
  }

  /** @throws AgentError control-failed while the agent is still starting */
  status(): AgentStatus {
    const { health, version } = this.#options;
    if (!this.#sources) throw new AgentError('control-failed', 'The agent is still starting; try again in a moment.');
    const { listener, authority, policy, audit, pipeline, routing } = this.#sources;
    return {
      state: health.state(),
      reason: health.reason(),
      version,
      pid: process.pid,
      startedAt: this.#startedAt,
      proxy: { port: listener.port, addresses: listener.addresses },
      ca: { fingerprint: authority.info.fingerprint, notAfter: authority.info.notAfter, file: authority.info.file },
      policy: { revision: policy.current.revision, source: policy.source, rules: policy.policy.rules.length },
      targets: routing.balancer.status(),
      budgets: routing.budgets.status(),
      warnings: health.warnings,
      counters: this.#counters,
      today: this.#sources.today.totals,
      pausedUntil: this.#pausedUntil,
      rights: rightsOf(policy.policy),
      pipeline: pipeline.snapshot(),
      audit: { rows: audit.rows, pending: audit.pending, file: audit.file },
    };
  }

  snapshot(): Snapshot {
    return { status: this.status(), recent: this.#sources?.audit.query({ limit: recentRows }) ?? [], questions: this.#sources?.questions.open ?? [] };
  }
}
