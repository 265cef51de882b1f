// Makes one attempt of an exchange, reads its answer beside the stream, and notes how it went.
import type { Dialect } from '../contract/dialect.ts';
import type { AgentError } from '../contract/errors.ts';
import type { Attempt, ResponseFacts } from '../contract/exchange.ts';
import type { Target } from '../contract/target.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { AnswerHead, Downstream } from './flow.ts';
import { forward } from './forward.ts';
import { headerValue } from './headers.ts';
import type { OutgoingBody, ProviderWire } from './outgoing.ts';
import type { Seat } from './race.ts';
import { upstreamFailed } from './refusal.ts';
import type { Hold, RelayResult } from './relay.ts';
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
  /** Asked for in the client's model's place. */
  readonly model?: string | undefined;
  /** In the client's path's place. */
  readonly path?: string | undefined;
  /** Label of the provider's key. */
  readonly key?: string | undefined;
  readonly provider?: ProviderWire | undefined;
  readonly seat?: Seat | undefined;
  readonly hold?: (head: AnswerHead) => Hold;
  readonly onHead?: (head: AnswerHead) => void;
  /** Milliseconds since the attempt began. */
  readonly onFirstToken?: (milliseconds: number) => void;
}

/** How an attempt went, and how long it took. */
export interface Tried {
  readonly result: RelayResult;
  readonly durationMs: number;
  readonly firstTokenMs: number | undefined;
  /** The entry of the record, for what becomes of the answer later. */
  readonly entry: { -readonly [K in keyof Attempt]: Attempt[K] };
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
const holdNothing = (): Hold => 'none';

/** One attempt, noted in the record whatever became of it. */
export async function tryTarget(options: Try): Promise<Tried> {
  const { down, services, record, dialect, target } = options;
  const start = performance.now();
  let headAt: number | undefined;
  let firstTokenMs: number | undefined;
  const note = (status: number | undefined, error: string | undefined): Tried['entry'] => {
    const milliseconds = rounded((headAt ?? performance.now()) - start);
    const entry = { target: target.id, kind: target.kind, model: options.model, key: options.key, status, error, milliseconds };
    record.attempts.push(entry);
    return entry;
  };
  const onContent = (): void => {
    firstTokenMs = performance.now() - start;
    // Of several attempts the one that is used speaks last: the other never gets to the client.
    record.firstTokenMs = rounded(record.elapsed());
    options.onFirstToken?.(firstTokenMs);
  };
  const result = await forward({
    down,
    seat: options.seat,
    target,
    provider: options.provider,
    model: options.model,
    path: options.path,
    dialect: dialect?.id,
    body: options.body,
    app: down.origin.peer?.app,
    pool: services.pool,
    openTap: dialect && ((head) => openTap(dialect, head, onContent)),
    hold: options.hold ?? holdNothing,
    // For inference calls we have answered the expectation ourselves.
    dropsContinue: dialect !== undefined,
    errorTail: dialect && ((head, error) => errorTail(dialect, head, down.head.host === '' ? target.id : down.head.host, error)),
    answerTimeoutMs: services.answerTimeoutMs,
    onHead: (head) => {
      headAt = performance.now();
      options.onHead?.(head);
    },
    onStale: (error) => note(undefined, error.code),
  });
  return { result, durationMs: performance.now() - start, firstTokenMs, entry: note(...outcomeOf(result)) };
}

function outcomeOf(result: RelayResult): [status: number | undefined, error: string | undefined] {
  switch (result.kind) {
    case 'relayed':
    case 'held':
      return [result.status, undefined];
    case 'broken':
      return [result.status, result.error.code];
    case 'client-aborted':
      return [result.status, 'client-aborted'];
    case 'lost':
      return [result.status, 'slower'];
    case 'no-answer':
      return [undefined, result.error.code];
    case 'switched':
      return [101, undefined];
  }
}

/** What a relay read of its answer, where it read anything. */
export function factsOf(result: RelayResult): ResponseFacts | undefined {
  return result.kind === 'switched' ? undefined : result.facts;
}

function openTap(dialect: Dialect, head: AnswerHead, onContent: () => void): Tap {
  const contentType = headerValue(head.headers, 'content-type');
  const reader = dialect.readResponse(contentType, head.status);
  return new Tap(reader, headerValue(head.headers, 'content-encoding'), onContent, contentType?.includes('text/event-stream'));
}

/** Only a stream that is neither compressed nor of announced length can still be given an event of ours. */
function errorTail(dialect: Dialect, head: AnswerHead, host: string, error: AgentError): Buffer | undefined {
  const contentType = headerValue(head.headers, 'content-type');
  const isOpen = headerValue(head.headers, 'content-length') === undefined && headerValue(head.headers, 'content-encoding') === undefined;
  return isOpen && contentType?.includes('text/event-stream') ? dialect.refuseMidStream(upstreamFailed(host, error), contentType) : undefined;
}
