// Sends the conventions' histograms over OTLP: tokens, durations and times to the first token.
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { AuditRecord } from '../../contract/audit.ts';
import { isFigure, KnownValues } from '../series.ts';
import type { CallNames } from './attributes.ts';
import type { Channel, Wire } from './channel.ts';
import type { Losses } from './losses.ts';

// Bounds as the conventions ask for them.
const tokenBounds = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const firstTokenBounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export function openMeters(wire: Wire, losses: Losses): Channel {
  const exporter = new OTLPMetricExporter({ url: `${wire.url}/v1/metrics`, headers: wire.headers, timeoutMillis: wire.timeoutMs });
  const reader = new PeriodicExportingMetricReader({
    exporter: losses.watch(exporter, () => 0), // sums go on growing: what one batch misses is in the next
    exportIntervalMillis: wire.everyMs,
    exportTimeoutMillis: Math.min(wire.timeoutMs * 2, wire.everyMs),
    cardinalityLimits: { default: 500 },
  });
  const provider = new MeterProvider({ resource: wire.resource, readers: [reader] });
  const meter = provider.getMeter('heimdall', wire.version);
  const histogram = (name: string, unit: string, description: string, bounds: number[]) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: bounds } });
  const tokens = histogram('gen_ai.client.token.usage', '{token}', 'Number of input and output tokens used.', tokenBounds);
  const durations = histogram('gen_ai.client.operation.duration', 's', 'GenAI operation duration.', durationBounds);
  const firstTokens = histogram('gen_ai.server.time_to_first_token', 's', 'Time to generate first token for successful responses.', firstTokenBounds);
  const models = new KnownValues();

  function observe(record: AuditRecord, names: CallNames): void {
    const call = {
      'gen_ai.operation.name': names.operation,
      'gen_ai.provider.name': names.provider,
      ...(names.model !== undefined && { 'gen_ai.request.model': models.fold(names.model) }),
    };
    const { usage, durationMs, firstTokenMs } = record;
    if (isFigure(durationMs)) durations.record(durationMs / 1000, names.error === undefined ? call : { ...call, 'error.type': names.error });
    if (isFigure(usage?.inputTokens)) tokens.record(usage.inputTokens, { ...call, 'gen_ai.token.type': 'input' });
    if (isFigure(usage?.outputTokens)) tokens.record(usage.outputTokens, { ...call, 'gen_ai.token.type': 'output' });
    if (isFigure(firstTokenMs) && names.error === undefined) firstTokens.record(firstTokenMs / 1000, call);
  }

  return { observe, close: () => provider.shutdown() };
}
