// How a fake answers one request: the knobs of the tests, and the player that carries them out over http/1.1 and h2.
import { once } from 'node:events';
import { constants, Http2ServerResponse } from 'node:http2';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import zlib from 'node:zlib';
import type { DialectId, RawHeaders } from '../../src/contract/exchange.ts';
import type { FakeResponse, RecordedRequest } from './recorded-request.ts';
import { vendorErrorDocument, vendorErrorEvent } from './vendor-error.ts';
import type { VendorError } from './vendor-error.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  /** Written one by one. */
  readonly chunks: readonly (Buffer | string)[];
}

export type Encoding = 'gzip' | 'deflate' | 'br' | 'zstd';

export interface Behaviour {
  /** This answer instead of the fake's own. */
  readonly answer?: FakeAnswer;
  /** The vendor's error in the dialect of the path; `headers` for `retry-after` in seconds or as a date, `retry-after-ms`, … */
  readonly vendorError?: VendorError & { readonly headers?: RawHeaders };
  /** No answer at all: `hang` keeps the connection, `destroy` closes it, `reset` sends a TCP RST, `reset-stream` an h2 RST_STREAM (over http/1.1 the RST). */
  readonly instead?: 'hang' | Breakage;
  /** Stops the answer after that many chunks: with the vendor's error event, with a clean end, or with a broken connection. */
  readonly breakAfter?: { readonly chunks: number; readonly how: 'error-event' | 'end' | Breakage };
  /** Does not wait for the end of the request's body. */
  readonly early?: boolean;
  /** Before the head. */
  readonly delayMs?: number;
  /** Between chunks. */
  readonly paceMs?: number;
  /** Resolves when the next chunk may go; called before each chunk. For tests that step through a stream. */
  readonly gate?: (index: number) => Promise<void>;
  /** 1xx answers before the real one. */
  readonly interim?: readonly { readonly status: number; readonly headers: RawHeaders }[];
  /** Compresses the answer, flushed after each chunk. */
  readonly compress?: Encoding;
  readonly trailers?: RawHeaders;
}

type Breakage = 'destroy' | 'reset' | 'reset-stream';

/** What a fake does with its requests: always the same, or by request; undefined leaves the fake's own answer. */
export type Script = Behaviour | ((request: RecordedRequest, index: number) => Behaviour | undefined);

export interface Stage {
  readonly response: FakeResponse;
  readonly dialect: DialectId | undefined;
  /** The TCP connection below TLS. */
  readonly tcp: Socket | undefined;
}

/** Plays an answer; resolves when it is written or the peer has gone. */
export async function playAnswer(stage: Stage, ownAnswer: FakeAnswer, behaviour: Behaviour): Promise<void> {
  const { response } = stage;
  if (behaviour.delayMs !== undefined) await pause(behaviour.delayMs);
  if (behaviour.instead === 'hang' || gone(response)) return;
  if (behaviour.instead !== undefined) return breakOff(stage, behaviour.instead);
  for (const interim of behaviour.interim ?? []) writeInterim(response, interim.status, interim.headers);
  const answer = await compressed(answerOf(stage, ownAnswer, behaviour), behaviour.compress);
  const headers = behaviour.trailers === undefined ? answer.headers : [...without(answer.headers, 'content-length'), 'trailer', namesOf(behaviour.trailers)];
  writeHead(response, answer.status, headers);
  const stop = behaviour.breakAfter;
  for (const [index, chunk] of answer.chunks.entries()) {
    if (stop?.chunks === index) break;
    if (behaviour.gate !== undefined) await behaviour.gate(index);
    if (index > 0 && behaviour.paceMs !== undefined) await pause(behaviour.paceMs);
    if (gone(response)) return;
    if (!write(response, chunk)) await drained(response);
  }
  if (stop !== undefined) return finishBroken(stage, stop.how);
  if (behaviour.trailers !== undefined) response.addTrailers(headerObject(behaviour.trailers));
  response.end();
}

function answerOf({ dialect }: Stage, ownAnswer: FakeAnswer, { answer, vendorError }: Behaviour): FakeAnswer {
  if (answer !== undefined) return answer;
  if (vendorError === undefined) return ownAnswer;
  const document = JSON.stringify(vendorErrorDocument(dialect ?? 'openai-chat', vendorError));
  const headers = ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(document)), ...(vendorError.headers ?? [])];
  return { status: vendorError.status, headers, chunks: [document] };
}

function finishBroken(stage: Stage, how: 'error-event' | 'end' | Breakage): void | Promise<void> {
  if (how === 'error-event') {
    stage.response.end(vendorErrorEvent(stage.dialect ?? 'openai-chat', { status: 529, message: 'Overloaded' }));
  } else if (how === 'end') {
    stage.response.end();
  } else {
    return breakOff(stage, how);
  }
}

async function breakOff(stage: Stage, how: Breakage): Promise<void> {
  const { response, tcp } = stage;
  // What was written before must have left the process, or the break would swallow it.
  await pause(20);
  if (how === 'reset-stream' && response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else if (how === 'destroy') tcp?.destroy();
  else tcp?.resetAndDestroy();
}

function writeInterim(response: FakeResponse, status: number, headers: RawHeaders): void {
  if (response instanceof Http2ServerResponse) {
    response.stream.additionalHeaders({ ...headerObject(headers), ':status': status });
    return;
  }
  const lines = headers.flatMap((value, index) => (index % 2 === 1 ? [`${headers[index - 1] ?? ''}: ${value}\r\n`] : []));
  response.socket?.write(`HTTP/1.1 ${status} Interim\r\n${lines.join('')}\r\n`);
}

function writeHead(response: FakeResponse, status: number, headers: RawHeaders): void {
  if (response instanceof Http2ServerResponse) {
    response.writeHead(status, headerObject(headers));
    response.stream.on('error', () => undefined);
  } else {
    response.writeHead(status, [...headers]);
    response.flushHeaders();
  }
}

/** The peer went away while the player slept. */
const gone = (response: FakeResponse): boolean => response.destroyed;

/** Resolves when the response takes more, or never will. */
function drained(response: FakeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

const write = (response: FakeResponse, chunk: Buffer | string): boolean =>
  response instanceof Http2ServerResponse ? response.write(chunk) : response.write(chunk);

function headerObject(headers: RawHeaders): OutgoingHttpHeaders {
  const object: Record<string, string[]> = {};
  for (let index = 0; index + 1 < headers.length; index += 2) {
    (object[(headers[index] ?? '').toLowerCase()] ??= []).push(headers[index + 1] ?? '');
  }
  return Object.fromEntries(Object.entries(object).map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

const namesOf = (headers: RawHeaders): string => headers.filter((_, index) => index % 2 === 0).join(', ');
const without = (headers: RawHeaders, name: string): RawHeaders => headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== name);

const compressors = {
  gzip: () => zlib.createGzip(),
  deflate: () => zlib.createDeflate(),
  br: () => zlib.createBrotliCompress(),
  zstd: () => zlib.createZstdCompress(),
} as const;

/** The answer with each chunk compressed and flushed by itself, as servers do with event streams. */
async function compressed(answer: FakeAnswer, encoding: Encoding | undefined): Promise<FakeAnswer> {
  if (encoding === undefined) return answer;
  const stream = compressors[encoding]();
  let pending: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => pending.push(chunk));
  const take = (): Buffer => {
    const taken = Buffer.concat(pending);
    pending = [];
    return taken;
  };
  const chunks: Buffer[] = [];
  for (const chunk of answer.chunks) {
    stream.write(chunk);
    await new Promise<void>((resolve) => stream.flush(resolve));
    chunks.push(take());
  }
  stream.end();
  await once(stream, 'end');
  chunks.push(take());
  return { status: answer.status, headers: [...without(answer.headers, 'content-length'), 'content-encoding', encoding], chunks };
}
