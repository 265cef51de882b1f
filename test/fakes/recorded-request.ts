// One request as a fake received it: nothing parsed away, nothing added.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerResponse } from 'node:http2';
import type { Http2ServerRequest } from 'node:http2';
import type { RawHeaders } from '../../src/contract/exchange.ts';

export type FakeRequest = IncomingMessage | Http2ServerRequest;
export type FakeResponse = ServerResponse | Http2ServerResponse;

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  readonly httpVersion: '1.1' | '2';
  /** Header lines in order; over h2 the pseudo-headers come first. */
  readonly headers: RawHeaders;
  /** TCP port of the peer: equal for requests on one connection. */
  readonly peerPort: number;
  /** Bytes received so far, framing taken off. */
  readonly body: Buffer;
  readonly trailers: RawHeaders;
  /** The body came to its end. */
  readonly complete: boolean;
  /** How the exchange ended, once it has: `aborted` when the peer went away before the answer was through. */
  readonly ended: 'finished' | 'aborted' | undefined;
  /** The value of the first header of this name, case ignored. */
  header(name: string): string | undefined;
  /** Every value of this name. */
  headerAll(name: string): readonly string[];
}

/** Starts to record at the head, so that a request which never ends is seen as well; `body` resolves when it has ended. */
export function recordRequest(request: FakeRequest, response: FakeResponse): { recorded: RecordedRequest; received: Promise<Buffer> } {
  const chunks: Buffer[] = [];
  let complete = false;
  let ended: RecordedRequest['ended'];
  const headers = [...request.rawHeaders];
  const peerPort = request.socket.remotePort ?? 0;
  const method = request.method ?? '';
  const path = request.url ?? '';
  const headerAll = (name: string) => headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name.toLowerCase());
  const received = new Promise<Buffer>((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      complete = true;
      resolve(Buffer.concat(chunks));
    });
    request.on('error', () => undefined);
  });
  response.on('error', () => undefined);
  response.on('finish', () => (ended ??= 'finished'));
  // An aborted h2 stream says `finish` as well, but only after this.
  if (response instanceof Http2ServerResponse) response.stream.on('aborted', () => (ended = 'aborted'));
  response.on('close', () => (ended ??= 'aborted'));
  const recorded: RecordedRequest = {
    method,
    path,
    httpVersion: request.httpVersionMajor === 2 ? '2' : '1.1',
    headers,
    peerPort,
    get body() {
      return Buffer.concat(chunks);
    },
    get trailers() {
      return request.rawTrailers;
    },
    get complete() {
      return complete;
    },
    get ended() {
      return ended;
    },
    header: (name) => headerAll(name)[0],
    headerAll,
  };
  return { recorded, received };
}
