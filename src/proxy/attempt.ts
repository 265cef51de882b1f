// Makes one attempt of an exchange, reads its answer beside the stream, and notes how it went.
import type { Dialect } from '../contract/dialect.ts';
import type { AgentError } from '../contract/errors.ts';
import type { Target } from '../contract/target.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { AnswerHead, Downstream } from './flow.ts';
import { forward } from './forward.ts';
import { headerValue } from './headers.ts';
import type { OutgoingBody } from './outgoing.ts';
import { upstreamFailed } from './refusal.ts';
import type { RelayResult } from './relay.ts';
import { Tap } from './tap.ts';
import type { UpstreamPool } from './upstream/pool.ts';

/** What an attempt needs of the agent. */
export interface AttemptServices {
  readonly pool: UpstreamPool;
  readonly answerTimeoutMs: number;
}

export interface Try {
  readonly down: Downstream;
  readonly services: AttemptServices;
  readonly record: ExchangeRecord;
  readonly dialect: Dialect | undefined;
  readonly target: Target;
  readonly body: OutgoingBody;
}

/** One attempt, noted in the record whatever became of it. */
export async function tryTarget(options: Try): Promise<RelayResult> {
  const { down, services, record, dialect, target } = options;
  const start = performance.now();
  let headAt: number | undefined;
  const note = (status: number | undefined, error: string | undefined): void => {
    const milliseconds = Math.round(((headAt ?? performance.now()) - start) * 1000) / 1000;
    record.attempts.push({ target: target.id, kind: target.kind, status, error, milliseconds });
  };
  const result = await forward({
    down,
    target,
    dialect: dialect?.id,
    body: options.body,
    app: down.origin.peer?.app,
    pool: services.pool,
    openTap: dialect && ((head) => openTap(dialect, head, record)),
    holdsRejections: target.kind === 'gateway',
    // For inference calls we have answered the expectation ourselves.
    dropsContinue: dialect !== undefined,
    errorTail: dialect && ((head, error) => errorTail(dialect, head, down.head.host, error)),
    answerTimeoutMs: services.answerTimeoutMs,
    onHead: () => (headAt = performance.now()),
    onStale: (error) => note(undefined, error.code),
  });
  note(...outcomeOf(result));
  return result;
}

function outcomeOf(result: RelayResult): [status: number | undefined, error: string | undefined] {
  switch (result.kind) {
    case 'relayed':
      return [result.status, undefined];
    case 'rejected':
      return [result.status, 'gateway-rejected'];
    case 'broken':
      return [result.status, result.error.code];
    case 'client-aborted':
      return [result.status, 'client-aborted'];
    case 'no-answer':
      return [undefined, result.error.code];
    case 'switched':
      return [101, undefined];
  }
}

function openTap(dialect: Dialect, head: AnswerHead, record: ExchangeRecord): Tap {
  const reader = dialect.readResponse(headerValue(head.headers, 'content-type'), head.status);
  return new Tap(reader, headerValue(head.headers, 'content-encoding'), () => (record.firstTokenMs = Math.round(record.elapsed() * 1000) / 1000));
}

/** Only a stream that is neither compressed nor of announced length can still be given an event of ours. */
function errorTail(dialect: Dialect, head: AnswerHead, host: string, error: AgentError): Buffer | undefined {
  const contentType = headerValue(head.headers, 'content-type');
  const isOpen = headerValue(head.headers, 'content-length') === undefined && headerValue(head.headers, 'content-encoding') === undefined;
  return isOpen && contentType?.includes('text/event-stream') ? dialect.refuseMidStream(upstreamFailed(host, error), contentType) : undefined;
}
