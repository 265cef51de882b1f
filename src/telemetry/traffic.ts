// Counts what passed, from the audit records: a few additions each, so that no exchange waits for its own statistics.
import type { AuditRecord } from '../contract/audit.ts';
import type { Attempt, DialectId, Usage } from '../contract/exchange.ts';
import { isInference, legsOf, resultOf } from './legs.ts';
import type { Leg } from './legs.ts';
import { Buckets, isFigure, SeriesTable } from './series.ts';

// Bounds as Bifrost has them, so that quantiles of both can be laid side by side.
const latencyBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 45, 60, 90, 120, 180, 300, 600, 900];
const firstTokenBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];
const retryBounds = [0, 1, 2, 3, 5, 10];
const sizeBounds = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The labels of every `bifrost_*` figure of a call. What has one name here has two at Bifrost. */
const callColumns = [
  'provider',
  'model',
  'alias',
  'method',
  ['virtual_key_id', 'virtual_key_name'],
  ['routing_rule_id', 'routing_rule_name'],
  ['selected_key_id', 'selected_key_name'],
  'fallback_index',
] as const;

const count = () => ({ count: 0 });

const callTally = () => ({
  requests: 0,
  successes: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
  retries: new Buckets(retryBounds),
  latency: new Buckets(latencyBounds),
  failedLatency: undefined as Buckets | undefined,
  firstToken: undefined as Buckets | undefined,
});
type CallTally = ReturnType<typeof callTally>;

const httpTally = () => ({
  count: 0,
  duration: new Buckets(latencyBounds),
  requestBytes: new Buckets(sizeBounds),
  responseBytes: new Buckets(sizeBounds),
});

/** What a gateway calls the kind of request. */
const methods: Readonly<Record<DialectId, string>> = {
  'openai-chat': 'chat_completion',
  'openai-responses': 'responses',
  'openai-embeddings': 'embedding',
  'anthropic-messages': 'chat_completion',
  gemini: 'chat_completion',
};

/** Route templates in place of paths, which hold names of models and of people's things. */
const routes: Readonly<Record<DialectId | 'native', string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'openai-embeddings': '/v1/embeddings',
  'anthropic-messages': '/v1/messages',
  gemini: '/v1beta/models/{model}',
  native: 'native',
};

/** Statuses that speak of the key, not of the call or the host. */
const keyStatuses = new Set([401, 402, 403, 429]);

export class Traffic {
  readonly calls = new SeriesTable(callColumns, callTally);
  readonly errors = new SeriesTable([...callColumns, 'status_code', 'error_type'], count);
  readonly keys = new SeriesTable(['provider', ['key_id', 'key_name']], () => ({ up: 0 }));
  readonly http = new SeriesTable(['path', 'method', 'status'], httpTally);
  readonly exchanges = new SeriesTable(['kind', 'app', 'outcome', 'decision'], count);
  readonly rules = new SeriesTable(['rule', 'decision'], count);
  readonly attempts = new SeriesTable(['target', 'target_kind', 'result'], count);

  observe(record: AuditRecord): void {
    if (record.kind === 'note') return;
    this.exchanges.at([record.kind, record.peer?.app ?? '', record.outcome, record.decision ?? '']).count += 1;
    if (record.rule !== undefined) this.rules.at([record.rule, record.decision ?? '']).count += 1;
    for (const attempt of record.attempts ?? []) this.attempts.at([attempt.target, attempt.kind, resultOf(attempt)]).count += 1;
    if (record.kind === 'exchange') this.#http(record);
    if (!isInference(record)) return;
    const legs = legsOf(record);
    for (const leg of legs) this.#leg(record, leg, leg.index === legs.length - 1);
  }

  #http(record: AuditRecord): void {
    const tally = this.http.at([routes[record.dialect ?? 'native'], record.method ?? '', String(record.status ?? 0)]);
    tally.count += 1;
    tally.duration.observe(record.durationMs / 1000);
    tally.requestBytes.observe(record.bytesFromClient);
    tally.responseBytes.observe(record.bytesToClient);
  }

  #leg(record: AuditRecord, leg: Leg, isLast: boolean): void {
    const labels = labelsOf(record, leg);
    const tally = this.calls.at(labels);
    tally.requests += 1;
    tally.retries.observe(leg.attempts.length - 1);
    if (leg.ok) {
      tally.successes += 1;
      tally.latency.observe(leg.seconds);
    } else {
      this.errors.at([...labels, String(leg.last.status ?? 'unknown'), resultOf(leg.last)]).count += 1;
      tally.failedLatency ??= new Buckets(latencyBounds);
      tally.failedLatency.observe(leg.seconds);
    }
    for (const attempt of leg.attempts) {
      if (attempt.unusedUsage) addUsage(tally, attempt.unusedUsage);
      this.#key(record, attempt);
    }
    if (!isLast) return;
    for (const { error, unusedUsage } of record.attempts ?? []) if (error === 'slower' && unusedUsage) addUsage(tally, unusedUsage);
    if (record.usage) addUsage(tally, record.usage);
    tally.costUsd += figure(record.costUsd);
    if (record.stream === true && record.firstTokenMs !== undefined) {
      tally.firstToken ??= new Buckets(firstTokenBounds);
      tally.firstToken.observe(record.firstTokenMs / 1000);
    }
  }

  /** A key is up after a success and down after a refusal that is about the key; other failures say nothing of it. */
  #key(record: AuditRecord, attempt: Attempt): void {
    if (attempt.key === undefined) return;
    const isOk = resultOf(attempt) === 'ok';
    if (isOk || keyStatuses.has(attempt.status ?? 0)) this.keys.at([record.provider ?? '', attempt.key]).up = isOk ? 1 : 0;
  }
}

function labelsOf(record: AuditRecord, leg: Leg): string[] {
  const asked = record.model ?? '';
  const model = leg.last.model ?? asked;
  const method = record.dialect === undefined || record.dialect === 'native' ? '' : methods[record.dialect];
  return [
    record.provider ?? '',
    model,
    model === asked ? '' : asked,
    record.stream === true ? `${method}_stream` : method,
    record.virtualKey ?? '',
    record.route ?? '',
    leg.ok ? (leg.last.key ?? '') : '',
    String(leg.index),
  ];
}

function addUsage(tally: CallTally, usage: Usage): void {
  tally.inputTokens += figure(usage.inputTokens);
  tally.outputTokens += figure(usage.outputTokens);
  tally.cacheReadTokens += figure(usage.cachedInputTokens);
  tally.cacheWriteTokens += figure(usage.cacheWriteTokens);
}

const figure = (value: number | undefined): number => (isFigure(value) ? value : 0);
