// Feeds a MessageReader and notes what it reports, bodies joined, so that two ways of cutting the input can be compared.
import type { Framing } from '../../../../src/proxy/http1/framing.ts';
import { requestFraming, responseFraming } from '../../../../src/proxy/http1/framing.ts';
import { parseRequestHead, parseResponseHead } from '../../../../src/proxy/http1/head.ts';
import { MessageReader } from '../../../../src/proxy/http1/reader.ts';
import type { RawHeaders } from '../../../../src/contract/exchange.ts';

export interface LoggedMessage {
  readonly head: string;
  body: string;
  trailers: RawHeaders | undefined;
}

export interface MessageLog {
  readonly messages: readonly LoggedMessage[];
  readonly held: string;
}

/** Reads all messages of one side. Throws what the reader throws. */
export function readMessages(side: 'request' | 'response', pieces: readonly Buffer[], method = 'GET'): MessageLog {
  const messages: LoggedMessage[] = [];
  const reader = new MessageReader(side, {
    head: (head) => {
      messages.push({ head, body: '', trailers: undefined });
      return framingOf(side, head, method);
    },
    data: (piece) => {
      const last = messages.at(-1);
      if (last) last.body += piece.toString('latin1');
    },
    end: (trailers) => {
      const last = messages.at(-1);
      if (last) last.trailers = trailers;
    },
  });
  for (const piece of pieces) {
    reader.feed(piece);
    for (let turns = 0; reader.isBetween && reader.held.length > 0 && turns < 10_000; turns++) reader.next();
    reader.next();
  }
  return { messages, held: reader.held.toString('latin1') };
}

function framingOf(side: 'request' | 'response', head: string, method: string): Framing | 'stop' {
  if (side === 'request') {
    const line = parseRequestHead(head);
    return line.method === 'CONNECT' ? 'stop' : requestFraming(line.version, line.headers);
  }
  const answer = parseResponseHead(head);
  return responseFraming(method, answer.status, answer.headers);
}

/** The bytes cut at the given places. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places)].filter((place) => place > 0 && place < bytes.length).sort((a, b) => a - b);
  return [0, ...sorted].map((start, index) => bytes.subarray(start, sorted[index] ?? bytes.length));
}
