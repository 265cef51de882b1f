// What is seen from outside: counts for Prometheus, spans and metrics for a collector, where the settings want them.
import type { AgentStatusBoard } from './agent-status.ts';
import type { Routing } from './agent-routing.ts';
import type { LoadedSettings } from './config/settings.ts';
import type { AuditRecord } from './contract/audit.ts';
import { version } from './contract/version.ts';
import type { OwnPort } from './proxy/own-port.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Otlp } from './telemetry/otlp/otlp.ts';

export interface TelemetryOptions {
  readonly loaded: LoadedSettings;
  readonly board: AgentStatusBoard;
  readonly routing: Routing;
  readonly undo: (() => unknown)[];
}

export interface Telemetry {
  observe(record: AuditRecord): void;
  readonly metrics: OwnPort['metrics'];
}

export async function openTelemetry({ loaded, board, routing, undo }: TelemetryOptions): Promise<Telemetry> {
  const { prometheus, otlp } = loaded.settings.telemetry;
  const counts = prometheus.enabled ? await openCounts(routing) : undefined;
  const spans = otlp && (await openSpans(otlp, loaded, board));
  undo.push(() => spans?.close());
  return {
    observe: (record) => {
      counts?.observe(record);
      spans?.observe(record);
    },
    metrics: {
      enabled: prometheus.enabled,
      token: loaded.secrets.metricsToken,
      text: () => counts?.text() ?? Promise.resolve({ contentType: 'text/plain', body: '' }),
    },
  };
}

/** Loaded only where it is wanted, as the packages of the other are: they take their time. */
async function openCounts({ balancer, budgets }: Routing): Promise<Metrics> {
  const { openMetrics } = await import('./telemetry/metrics.ts');
  return openMetrics({ version, targets: () => balancer.status(), budgets: () => budgets.status() });
}

async function openSpans(
  { url, everySeconds }: { readonly url: string; readonly everySeconds: number },
  { secrets }: LoadedSettings,
  board: AgentStatusBoard,
): Promise<Otlp> {
  const { openOtlp } = await import('./telemetry/otlp/otlp.ts');
  return openOtlp({ url, headers: secrets.otlpHeaders, everySeconds, version, onTrouble: (text) => board.telemetryConcern(text) });
}
