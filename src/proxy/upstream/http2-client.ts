// Speaks HTTP/2 to an upstream: one session carries many calls, each a stream of its own.
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { AgentError } from '../../contract/errors.ts';
import type { RawHeaders } from '../../contract/exchange.ts';
import type { UpstreamCall, UpstreamEvents } from '../flow.ts';
import { toHttp2Headers, toHttp2Record } from '../http2/headers.ts';
import type { UpstreamRequest } from './http1-client.ts';

const sessionOptions = {
  settings: { enablePush: false, initialWindowSize: 1_048_576 },
  // What the client repeats is passed on repeated: the upstream judges, not Node.
  strictSingleValueFields: false,
};

/** A session on a verified TLS connection. `authority` is what `:authority` says. */
export function openHttp2Session(socket: TLSSocket, authority: string): ClientHttp2Session {
  const session = connect(`https://${authority}`, { ...sessionOptions, createConnection: () => socket });
  session.setLocalWindowSize(8_388_608);
  // The upstream ended its side: nothing more will come. With an error, or half an answer would pass for a whole one.
  socket.once('end', () => session.destroy(new AgentError('upstream-closed')));
  return session;
}

export class Http2Client implements UpstreamCall {
  readonly #stream: ClientHttp2Stream;
  readonly #events: UpstreamEvents;
  #isOver = false;
  #hasAnswer = false;
  #trailers: RawHeaders = [];

  /** @param closed called once, when the stream no longer counts against the session's limit */
  constructor(
    session: ClientHttp2Session,
    authority: string,
    request: UpstreamRequest,
    firstBytes: Buffer | undefined,
    events: UpstreamEvents,
    closed: () => void,
  ) {
    this.#events = events;
    const pseudo = [':method', request.method, ':scheme', 'https', ':authority', authority, ':path', request.path];
    const headers = [...pseudo, ...toHttp2Headers(request.headers)];
    this.#stream = session.request(headers, { endStream: request.framing === 'none', waitForTrailers: request.framing !== 'none' });
    const isHead = request.method === 'HEAD';
    this.#stream.on('headers', (answer: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      this.#tell(() => events.inform(Number(answer[':status']), '', ordinary(raw)));
    });
    this.#stream.on('response', (answer: IncomingHttpHeaders, _flags: number, raw: string[]) => this.#onResponse(Number(answer[':status']), raw, isHead));
    this.#stream.on('trailers', (_answer: IncomingHttpHeaders, _flags: number, raw?: string[]) => (this.#trailers = ordinary(raw ?? [])));
    this.#stream.on('data', (piece: Buffer) => {
      this.#tell(() => {
        if (!events.data(piece)) this.#stream.pause();
      });
    });
    this.#stream.on('end', () => this.#onEnd());
    this.#stream.on('drain', () => events.drain());
    this.#stream.on('error', (error: Error) =>
      this.#fail(new AgentError('upstream-closed', `The upstream ended the stream (${error.message}).`, { cause: error })),
    );
    this.#stream.on('close', () => {
      closed();
      this.#fail(new AgentError('upstream-closed'));
    });
    if (firstBytes) this.data(firstBytes);
  }

  get hasAnswerBegun(): boolean {
    return this.#hasAnswer;
  }

  data(piece: Buffer): boolean {
    return this.#isOver || !this.#stream.writable ? true : this.#stream.write(piece);
  }

  end(trailers: RawHeaders): void {
    if (this.#isOver || !this.#stream.writable) return;
    // Without trailers this sends an empty DATA frame with END_STREAM; close() would reset the stream before its answer.
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(toHttp2Record(trailers)));
    this.#stream.end();
  }

  resume(): void {
    if (!this.#isOver) this.#stream.resume();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #onResponse(status: number, raw: readonly string[], isHead: boolean): void {
    this.#tell(() => {
      if (!(status >= 200)) throw new AgentError('upstream-protocol', `The upstream answered with the status ${status}.`);
      this.#hasAnswer = true;
      const isBodyless = isHead || status === 204 || status === 304;
      this.#events.head({ status, reason: '', headers: ordinary(raw), isBodyless });
    });
  }

  /** Reports to the receiver. What goes wrong there ends this call; thrown into Node's own events it would end the process. */
  #tell(report: () => void): void {
    if (this.#isOver) return;
    try {
      report();
    } catch (error) {
      this.#stream.close(constants.NGHTTP2_CANCEL);
      this.#fail(error instanceof AgentError ? error : new AgentError('internal', undefined, { cause: error }));
    }
  }

  #onEnd(): void {
    // A reset stream ends as well; only a stream closed without error has come to its own end.
    if (this.#isOver || !this.#hasAnswer || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    this.#isOver = true;
    // Answered before the request had come whole: the rest is not sent.
    if (this.#stream.writable) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    this.#events.end(this.#trailers);
  }

  #fail(error: AgentError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.error(error);
  }
}

/** Header lines without the pseudo-headers. */
function ordinary(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (const [name, value] of pairs(raw)) if (!name.startsWith(':')) headers.push(name, value);
  return headers;
}

function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i < list.length; i += 2) yield [list[i] ?? '', list[i + 1] ?? ''];
}
