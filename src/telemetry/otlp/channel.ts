// What the two kinds of telemetry share: where to, how often, and what they are told.
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { AuditRecord } from '../../contract/audit.ts';
import type { CallNames } from './attributes.ts';

export interface Wire {
  /** No trailing slash. */
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly everyMs: number;
  /** For one batch, further tries included. */
  readonly timeoutMs: number;
  readonly version: string;
  readonly resource: ReturnType<typeof resourceFromAttributes>;
}

export interface Channel {
  observe(record: AuditRecord, names: CallNames): void;
  close(): Promise<void>;
}

export function wireTo(url: string, headers: Readonly<Record<string, string>>, everySeconds: number, version: string): Wire {
  const everyMs = everySeconds * 1000;
  return {
    url: url.replace(/\/+$/, ''),
    headers: { ...headers },
    everyMs,
    timeoutMs: Math.min(5_000, everyMs),
    version,
    // Neither the machine's name nor its user's: the collector can add what it wants to know.
    resource: resourceFromAttributes({ 'service.name': 'heimdall', 'service.version': version }),
  };
}
