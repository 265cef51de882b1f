// Sends spans over OTLP: one for each inference call, with one below it for each attempt.
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, RandomIdGenerator } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { AuditRecord } from '../../contract/audit.ts';
import { attemptAttributes, exchangeAttributes } from './attributes.ts';
import type { Attributes, CallNames } from './attributes.ts';
import type { Channel, Wire } from './channel.ts';
import type { Losses } from './losses.ts';

/** Spans that may wait; what comes while so many do is lost. */
const mostWaiting = 2_048;
/** Small, because a batch is put into JSON at once, some 7 µs for each span. */
const batch = 128;

export function openTraces(wire: Wire, losses: Losses): Channel {
  const exporter = losses.watch(
    new OTLPTraceExporter({ url: `${wire.url}/v1/traces`, headers: wire.headers, timeoutMillis: wire.timeoutMs }),
    (spans: readonly unknown[]) => spans.length,
  );
  let waiting = 0;
  const processor = new BatchSpanProcessor({
    exporter: {
      export: (spans, done) => {
        waiting -= spans.length;
        exporter.export(spans, done);
      },
      shutdown: () => exporter.shutdown(),
    },
    maxQueueSize: mostWaiting,
    maxExportBatchSize: batch,
    scheduledDelayMillis: wire.everyMs,
    exportTimeoutMillis: wire.timeoutMs * 2,
  });
  const ids = new RandomIdGenerator();

  /** Spans are made whole after the fact: a tracer's way from start to end would cost five times as much. */
  function send(name: string, context: SpanContext, parent: SpanContext | undefined, from: number, to: number, attributes: Attributes): void {
    const span: ReadableSpan = {
      name,
      kind: SpanKind.CLIENT,
      spanContext: () => context,
      ...(parent && { parentSpanContext: parent }),
      startTime: hrTime(from),
      endTime: hrTime(to),
      duration: hrTime(to - from),
      status: { code: attributes['error.type'] === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
      attributes,
      links: [],
      events: [],
      ended: true,
      resource: wire.resource,
      instrumentationScope: { name: 'heimdall', version: wire.version },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
    waiting += 1;
    processor.onEnd(span);
  }

  function observe(record: AuditRecord, names: CallNames): void {
    const attempts = record.attempts ?? [];
    if (waiting + 1 + attempts.length > mostWaiting) {
      losses.lost(1 + attempts.length, 'it is too slow, or does not answer');
      return;
    }
    const traceId = ids.generateTraceId();
    const contextOf = (): SpanContext => ({ traceId, spanId: ids.generateSpanId(), traceFlags: TraceFlags.SAMPLED });
    const own = contextOf();
    const name = names.model === undefined ? names.operation : `${names.operation} ${names.model}`;
    send(name, own, undefined, record.startedAt, record.startedAt + record.durationMs, exchangeAttributes(record, names));
    let at = record.startedAt;
    for (const attempt of attempts) {
      const end = at + attempt.milliseconds;
      send(`attempt ${attempt.target}`, contextOf(), own, at, end, attemptAttributes(attempt));
      at = end;
    }
  }

  return { observe, close: () => processor.shutdown() };
}

/** Seconds and nanoseconds. */
function hrTime(milliseconds: number): [number, number] {
  const whole = milliseconds > 0 ? milliseconds : 0; // a broken clock must not spoil a whole batch
  const seconds = Math.floor(whole / 1000);
  return [seconds, Math.min(999_999_999, Math.round((whole - seconds * 1000) * 1e6))];
}
