import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean; arrayValue?: { values: Value[] } };
type Pairs = readonly { key: string; value: Value }[];

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface SeenPoint {
  readonly metric: string;
  readonly unit: string;
  readonly sum: number;
  readonly count: number;
  readonly bounds: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Batch {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How it answers: a status, or never. */
type Manner = number | 'hang';

/** A collector for OTLP over HTTP and JSON, on a real socket, that can answer badly, hang, go away and come back. */
export class FakeCollector {
  readonly batches: Batch[] = [];
  manner: Manner = 200;
  #port = 0;
  #server = createServer();
  #waiters: (() => void)[] = [];

  /** At a port of its own the first time, at the same one afterwards. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.#take({ path: request.url ?? '', headers: request.headers, text: Buffer.concat(pieces).toString() }, response));
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves once `holds` does, asked anew after each batch. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Everything that came, as text. */
  get text(): string {
    return this.batches.map(({ text }) => text).join('\n');
  }

  get spans(): SeenSpan[] {
    return this.#read('/v1/traces').flatMap((document) =>
      document.resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, attributes: plain(span.attributes) }))),
      ),
    );
  }

  /** Attributes of the sender, of the last batch. */
  get resource(): Readonly<Record<string, unknown>> {
    return plain(this.#read('/v1/traces').at(-1)?.resourceSpans[0]?.resource.attributes ?? []);
  }

  /** Of the last batch of metrics. */
  get points(): SeenPoint[] {
    const [last] = this.#read('/v1/metrics').slice(-1);
    const metrics = last?.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics)) ?? [];
    return metrics.flatMap(({ name, unit, histogram }) =>
      histogram.dataPoints.map(({ sum, count, explicitBounds, attributes }) => ({
        metric: name,
        unit,
        sum,
        count,
        bounds: explicitBounds,
        attributes: plain(attributes),
      })),
    );
  }

  #take(batch: Batch, response: ServerResponse): void {
    if (this.manner === 200) this.batches.push(batch);
    if (this.manner !== 'hang') response.writeHead(this.manner, { 'content-type': 'application/json' }).end('{}');
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #read(path: string): Document[] {
    return this.batches.filter((batch) => batch.path === path).map(({ text }) => JSON.parse(text) as Document);
  }
}

interface Document {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Pairs };
    readonly scopeSpans: readonly { readonly spans: readonly (Omit<SeenSpan, 'attributes'> & { readonly attributes: Pairs })[] }[];
  }[];
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly histogram: { readonly dataPoints: readonly { sum: number; count: number; explicitBounds: number[]; attributes: Pairs }[] };
      }[];
    }[];
  }[];
}

function plain(pairs: Pairs): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: Value): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plainValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
