// The thread that reads much of the log, so that no request waits while a million rows are counted or searched.
import { parentPort, workerData } from 'node:worker_threads';
import type { AuditMatch } from '../contract/audit.ts';
import { messageOf } from '../contract/errors.ts';
import { AuditReading } from './reading.ts';

export type ReadingRequest =
  | { readonly kind: 'count'; readonly match: AuditMatch }
  | { readonly kind: 'page'; readonly match: AuditMatch; readonly upTo: number; readonly offset: number; readonly limit: number }
  | { readonly kind: 'following'; readonly match: AuditMatch; readonly after: number; readonly limit: number }
  | { readonly kind: 'row'; readonly id: string }
  | { readonly kind: 'values' }
  | { readonly kind: 'summary'; readonly since: number }
  | { readonly kind: 'series'; readonly since: number; readonly bucketMs: number; readonly now: number };

/** What each kind of request is answered with. */
export interface ReadingResults {
  readonly count: ReturnType<AuditReading['count']>;
  readonly page: ReturnType<AuditReading['page']>;
  readonly following: ReturnType<AuditReading['following']>;
  readonly row: ReturnType<AuditReading['row']>;
  readonly values: ReturnType<AuditReading['values']>;
  readonly summary: ReturnType<AuditReading['summary']>;
  readonly series: ReturnType<AuditReading['series']>;
}

export type ToReading = { readonly id: number; readonly request: ReadingRequest };
export type FromReading = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

if (parentPort !== null) {
  const port = parentPort;
  const reading = new AuditReading((workerData as { readonly dir: string }).dir);
  port.on('message', ({ id, request }: ToReading) => {
    let answer: FromReading;
    try {
      answer = { id, result: answerTo(reading, request) };
    } catch (error) {
      reading.forget();
      answer = { id, error: messageOf(error) };
    }
    port.postMessage(answer);
  });
}

function answerTo(reading: AuditReading, request: ReadingRequest): unknown {
  switch (request.kind) {
    case 'count':
      return reading.count(request.match);
    case 'page':
      return reading.page(request.match, request.upTo, request.offset, request.limit);
    case 'following':
      return reading.following(request.match, request.after, request.limit);
    case 'row':
      return reading.row(request.id);
    case 'values':
      return reading.values();
    case 'summary':
      return reading.summary(request.since);
    case 'series':
      return reading.series(request.since, request.bucketMs, request.now);
  }
}
