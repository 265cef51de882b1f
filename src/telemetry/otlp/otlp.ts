// Tells a collector of every inference call, over OTLP and HTTP. A collector that is gone costs memory for 2,048 spans and nothing else.
import type { AuditRecord } from '../../contract/audit.ts';
import { isInference } from '../legs.ts';
import { namesOf } from './attributes.ts';
import { wireTo } from './channel.ts';
import { Losses } from './losses.ts';
import { openMeters } from './meters.ts';
import { openTraces } from './traces.ts';

export interface OtlpOptions {
  /** Base URL of the collector; `/v1/traces` and `/v1/metrics` are put behind it. */
  readonly url: string;
  /** Secret: credentials for the collector. */
  readonly headers: Readonly<Record<string, string>>;
  readonly everySeconds: number;
  readonly version: string;
  /** Told once when the collector stops taking telemetry, in one or two sentences, and once with `undefined` when it takes it again. */
  readonly onTrouble: (text: string | undefined) => void;
  /** Longest time that `close` waits for the last batch, milliseconds; default 2,000. */
  readonly closeMs?: number;
}

export interface Otlp {
  /** Costs some microseconds; never throws. */
  observe(record: AuditRecord): void;
  /** Spans that the collector never got. */
  readonly lost: number;
  /** Sends what waits and ends. Never rejects. */
  close(): Promise<void>;
}

export function openOtlp(options: OtlpOptions): Otlp {
  const wire = wireTo(options.url, options.headers, options.everySeconds, options.version);
  const losses = new Losses(new URL(options.url).host, options.onTrouble);
  const channels = [openTraces(wire, losses), openMeters(wire, losses)];
  let isClosed = false;
  return {
    observe(record) {
      if (isClosed || !isInference(record)) return;
      const names = namesOf(record);
      for (const channel of channels) channel.observe(record, names);
    },
    get lost() {
      return losses.spans;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, options.closeMs ?? 2_000)));
      await Promise.race([Promise.allSettled(channels.map((channel) => channel.close())), limit]);
      clearTimeout(timer);
    },
  };
}
