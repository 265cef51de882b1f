// The shape of a simulated answer, and the two ways to make one: a JSON document or an event stream.
import type { RawHeaders } from '../contract/exchange.ts';

export interface SimulatedAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  /** In order; a streamed answer has one chunk per event. */
  readonly chunks: readonly Buffer[];
}

/** One whole JSON document. */
export function documentAnswer(status: number, extra: RawHeaders, document: unknown): SimulatedAnswer {
  const body = Buffer.from(JSON.stringify(document));
  return {
    status,
    headers: ['content-type', 'application/json', 'content-length', String(body.length), ...markedHeaders(extra)],
    chunks: [body],
  };
}

/** A stream: its length is not known beforehand, so the forwarder frames it. */
export function streamAnswer(contentType: string, extra: RawHeaders, events: readonly string[]): SimulatedAnswer {
  return {
    status: 200,
    headers: ['content-type', contentType, 'cache-control', 'no-cache', ...markedHeaders(extra)],
    chunks: events.map((event) => Buffer.from(event)),
  };
}

/** One server-sent event; `name` where the dialect names its events. */
export function serverSentEvent(data: unknown, name?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return name === undefined ? `data: ${text}\n\n` : `event: ${name}\ndata: ${text}\n\n`;
}

const markedHeaders = (extra: RawHeaders): RawHeaders => ['server', 'heimdall-simulator', ...extra];
