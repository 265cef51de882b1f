// Gathers what becomes the audit row of one exchange while it runs.
import { randomUUIDv7 } from 'node:crypto';
import type { AskOutcome } from '../contract/ask.ts';
import type { AuditRecord, RecordedFinding } from '../contract/audit.ts';
import type { Refusal } from '../contract/dialect.ts';
import type { Attempt, Decision, DialectId, Finding, Outcome, RequestFacts, ResponseFacts, Surface } from '../contract/exchange.ts';
import type { Target } from '../contract/target.ts';
import type { Downstream } from './flow.ts';

/** Nanoseconds of the pipeline's own stages. */
export interface Spans {
  recognise: number;
  read: number;
  evaluate: number;
  plan: number;
  record: number;
}

const fingerprintsKept = 20;
/** Characters of a text that a client or an upstream chose: rows stay small, whatever is sent. */
export const longest = { host: 255, path: 2_048, model: 200, message: 1_000 } as const;

export class ExchangeRecord {
  readonly id = randomUUIDv7();
  readonly startedAt = Date.now();
  readonly start = performance.now();
  readonly spans: Spans = { recognise: 0, read: 0, evaluate: 0, plan: 0, record: 0 };
  readonly attempts: Attempt[] = [];
  dialect: DialectId | 'native' = 'native';
  facts: RequestFacts | undefined;
  decision: Decision | undefined;
  /** What came of the question, where the decision was to ask. */
  asked: AskOutcome | undefined;
  policyRevision: string | undefined;
  /** Whose model it is, where the host does not say. */
  provider: string | undefined;
  virtualKey: string | undefined;
  route: string | undefined;
  outcome: Outcome = 'failed-closed';
  target: Target | undefined;
  status: number | undefined;
  answer: ResponseFacts | undefined;
  costUsd: number | undefined;
  firstTokenMs: number | undefined;
  error: { code: string; message: string } | undefined;
  /** Bytes that passed after a protocol switch. */
  switched = { sent: 0, received: 0 };

  /** Milliseconds since the start, by the monotonic clock. */
  elapsed(): number {
    return performance.now() - this.start;
  }

  refused(refusal: Refusal, outcome: Outcome): void {
    this.outcome = outcome;
    this.status = refusal.status;
    this.error = { code: refusal.code, message: refusal.message };
  }

  /** What followed from the decision; of a question that nobody answered because the client went away, nothing did. */
  #effect(): AuditRecord['decision'] {
    const { decision, asked } = this;
    if (decision?.action !== 'ask') return decision?.action;
    if (asked?.answer !== 'allow') return asked?.answer;
    return decision.edits.length > 0 ? 'redact' : 'allow';
  }

  #found(): Pick<AuditRecord, 'findings' | 'redactions'> {
    const { decision } = this;
    if (decision === undefined) return {};
    return {
      findings: decision.findings.length > 0 ? summarise(decision.findings) : undefined,
      redactions: this.#effect() === 'redact' && 'edits' in decision ? decision.edits.length : undefined,
    };
  }

  finish(down: Downstream, surface: Surface | undefined): AuditRecord {
    const { head } = down;
    const model = this.facts?.model ?? this.answer?.model;
    return {
      id: this.id,
      kind: surface ? 'exchange' : 'tunnel',
      startedAt: this.startedAt,
      durationMs: Math.round(this.elapsed() * 1000) / 1000,
      outcome: this.outcome,
      peer: down.origin.peer,
      host: head.host.slice(0, longest.host),
      port: head.port,
      provider: this.provider ?? surface?.provider,
      product: surface?.product,
      method: head.method,
      path: pathOf(head.path),
      httpVersion: head.httpVersion,
      dialect: this.dialect,
      model: model?.slice(0, longest.model),
      stream: this.facts?.stream,
      decision: this.#effect(),
      rule: this.decision?.rule,
      asked: this.asked,
      policyRevision: this.policyRevision,
      ...this.#found(),
      target: this.target?.id,
      targetKind: this.target?.kind,
      attempts: this.attempts.length > 0 ? this.attempts : undefined,
      route: this.route,
      virtualKey: this.virtualKey,
      status: this.status,
      usage: this.answer?.usage,
      costUsd: this.costUsd,
      stopReason: this.answer?.stopReason,
      firstTokenMs: this.firstTokenMs,
      bytesFromClient: down.bytesIn + this.switched.sent,
      bytesToClient: down.bytesOut + this.switched.received,
      error: shortened(this.error),
    };
  }
}

/** An error as a row keeps it. */
export function shortened(error: { code: string; message: string } | undefined): { code: string; message: string } | undefined {
  return error && { code: error.code, message: error.message.slice(0, longest.message) };
}

function pathOf(path: string): string {
  const query = path.indexOf('?');
  return path.slice(0, query === -1 ? longest.path : Math.min(query, longest.path));
}

/** Findings by detector, in order of appearance. */
export function summarise(findings: readonly Finding[]): RecordedFinding[] {
  const byDetector = new Map<string, { count: number; fingerprints: Set<string> }>();
  for (const finding of findings) {
    const entry = byDetector.get(finding.detector) ?? { count: 0, fingerprints: new Set() };
    byDetector.set(finding.detector, entry);
    entry.count += 1;
    if (finding.fingerprint !== '' && entry.fingerprints.size < fingerprintsKept) entry.fingerprints.add(finding.fingerprint);
  }
  return [...byDetector].map(([detector, entry]) => ({ detector, count: entry.count, fingerprints: [...entry.fingerprints] }));
}
