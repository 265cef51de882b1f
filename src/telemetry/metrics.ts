// The page that Prometheus reads: what passed, and how targets and budgets stand at that moment.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditRecord } from '../contract/audit.ts';
import type { BudgetStatus } from '../contract/budget.ts';
import type { TargetStatus } from '../contract/status.ts';
import { budgetGauges, targetGauges } from './gauges.ts';
import type { GaugeShape } from './gauges.ts';
import type { Buckets, Labels, SeriesTable } from './series.ts';
import { Traffic } from './traffic.ts';

export interface MetricsOptions {
  readonly version: string;
  readonly targets: () => readonly TargetStatus[];
  readonly budgets: () => readonly BudgetStatus[];
}

export interface Metrics {
  /** Costs some microseconds; never throws. */
  observe(record: AuditRecord): void;
  /** The whole page in Prometheus' text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export function openMetrics(options: MetricsOptions): Metrics {
  const traffic = new Traffic();
  const registry = new Registry();
  const page = new Page(registry);
  page.gauge({ name: 'heimdall_info', help: 'The running version; always 1.', labels: ['version'], rows: () => [[{ version: options.version }, 1]] });
  drawCalls(page, traffic);
  drawHttp(page, traffic);
  drawOwn(page, traffic);
  for (const shape of targetGauges(options.targets)) page.gauge(shape);
  for (const shape of budgetGauges(options.budgets)) page.gauge(shape);
  return {
    observe: (record) => traffic.observe(record),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function drawCalls(page: Page, { calls, errors, keys }: Traffic): void {
  page.counter('bifrost_upstream_requests_total', 'Requests sent to targets, one for each target a call went to.', calls, (tally) => tally.requests);
  page.counter('bifrost_success_requests_total', 'Requests that a target answered.', calls, (tally) => tally.successes);
  page.counter('bifrost_error_requests_total', 'Requests that a target refused or did not answer.', errors, (tally) => tally.count);
  page.counter('bifrost_input_tokens_total', 'Input tokens, as the provider counted them.', calls, (tally) => tally.inputTokens);
  page.counter('bifrost_output_tokens_total', 'Output tokens, as the provider counted them.', calls, (tally) => tally.outputTokens);
  page.counter('bifrost_cache_read_input_tokens_total', "Input tokens read from the provider's cache.", calls, (tally) => tally.cacheReadTokens);
  page.counter('bifrost_cache_write_input_tokens_total', "Input tokens written to the provider's cache.", calls, (tally) => tally.cacheWriteTokens);
  page.counter('bifrost_cost_total', 'US dollars, of the calls whose price is known.', calls, (tally) => tally.costUsd);
  page.histogram('bifrost_upstream_latency_seconds', 'From the start of a request to the end of its answer.', calls, (tally) => [
    [tally.latency, { is_success: 'true' }],
    [tally.failedLatency, { is_success: 'false' }],
  ]);
  page.histogram('bifrost_stream_first_token_latency_seconds', 'From the start of a streamed call to its first token.', calls, (tally) => [[tally.firstToken]]);
  page.histogram('bifrost_request_retries', 'Further attempts at the same target.', calls, (tally) => [[tally.retries]]);
  page.gauge({
    name: 'bifrost_provider_key_up',
    help: 'Whether the last call with this key was answered.',
    labels: keys.names,
    rows: () => Array.from(keys.all(), ({ labels, tally }) => [labels, tally.up] as const),
  });
}

function drawHttp(page: Page, { http }: Traffic): void {
  page.counter('http_requests_total', 'Requests to AI hosts that were read.', http, (tally) => tally.count);
  page.histogram('http_request_duration_seconds', 'Whole exchanges.', http, (tally) => [[tally.duration]]);
  page.histogram('http_request_size_bytes', 'Bytes from the client.', http, (tally) => [[tally.requestBytes]]);
  page.histogram('http_response_size_bytes', 'Bytes to the client.', http, (tally) => [[tally.responseBytes]]);
}

function drawOwn(page: Page, { exchanges, rules, attempts }: Traffic): void {
  page.counter('heimdall_exchanges_total', 'Exchanges, tunnels, failed handshakes and refused connections.', exchanges, (tally) => tally.count);
  page.counter('heimdall_rule_decisions_total', 'Decisions by the rule that made them.', rules, (tally) => tally.count);
  page.counter('heimdall_attempts_total', 'Attempts at targets and how each ended.', attempts, (tally) => tally.count);
}

/** Draws tables as metrics of one registry, each at the moment it is read. */
class Page {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter<T>(name: string, help: string, table: SeriesTable<T>, value: (tally: T) => number): void {
    new Counter<string>({
      name,
      help,
      labelNames: table.names,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels, tally } of table.all()) this.inc(labels, value(tally));
      },
    });
  }

  gauge(shape: GaugeShape): void {
    new Gauge<string>({
      name: shape.name,
      help: shape.help,
      labelNames: shape.labels,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [labels, value] of shape.rows()) this.set(labels, value);
      },
    });
  }

  histogram<T>(name: string, help: string, table: SeriesTable<T>, pick: (tally: T) => Picked): void {
    const values = (): HistogramValue[] =>
      Array.from(table.all()).flatMap(({ labels, tally }) =>
        pick(tally).flatMap(([buckets, more]) => (buckets ? valuesOf(name, { ...labels, ...more }, buckets) : [])),
      );
    this.#registry.registerMetric(new DrawnHistogram(name, help, values));
  }
}

/** The histograms of one tally, each with labels of its own beside those of the table. */
type Picked = readonly (readonly [buckets: Buckets | undefined, labels?: Labels])[];

interface HistogramValue {
  readonly metricName: string;
  readonly labels: { readonly le?: number | string };
  readonly sharedLabels: Labels;
  readonly value: number;
}

/** A histogram whose counts are kept by us: prom-client's own `observe` spends microseconds on eleven labels. */
class DrawnHistogram extends Histogram {
  readonly #shape: { readonly name: string; readonly help: string; readonly type: 'histogram' };
  readonly #values: () => HistogramValue[];

  constructor(name: string, help: string, values: () => HistogramValue[]) {
    super({ name, help, registers: [] });
    this.#shape = { name, help, type: 'histogram' };
    this.#values = values;
  }

  /** What the registry asks of a histogram. */
  getForPromString(): Promise<unknown> {
    return Promise.resolve({ ...this.#shape, values: this.#values() });
  }
}

/** The lines of one series: cumulated buckets, then sum and count. */
function valuesOf(name: string, sharedLabels: Labels, buckets: Buckets): HistogramValue[] {
  let below = 0;
  const lines: HistogramValue[] = buckets.bounds.map((bound, index) => {
    below += buckets.counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le: bound }, sharedLabels, value: below };
  });
  lines.push({ metricName: `${name}_bucket`, labels: { le: '+Inf' }, sharedLabels, value: buckets.count });
  lines.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: buckets.sum });
  lines.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: buckets.count });
  return lines;
}
