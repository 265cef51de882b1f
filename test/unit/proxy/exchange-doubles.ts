// Doubles of the two ends of an exchange: a client connection and an upstream call that note what is done to them.
import type { Duplex } from 'node:stream';
import type { RawHeaders, RequestHead } from '../../../src/contract/exchange.ts';
import type { AnswerHead, BodySink, BodySource, Downstream, Origin, UpstreamCall } from '../../../src/proxy/flow.ts';

const postHead: RequestHead = {
  method: 'POST',
  scheme: 'https',
  host: 'api.openai.com',
  port: 443,
  path: '/v1/chat/completions',
  headers: ['Host', 'api.openai.com', 'Content-Length', '2'],
  httpVersion: '1.1',
};

/** A body given piece by piece by the test. */
export class GivenBody implements BodySource {
  readonly isEmpty: boolean;
  sink: BodySink | undefined;
  resumed = 0;

  constructor(isEmpty = false) {
    this.isEmpty = isEmpty;
  }
  start(sink: BodySink): void {
    this.sink = sink;
    if (this.isEmpty) sink.end([]);
  }
  resume(): void {
    this.resumed += 1;
  }
}

export class ClientDouble implements Downstream {
  readonly head: RequestHead;
  readonly origin: Origin = { peer: undefined, peerSearch: undefined };
  readonly body: BodySource;
  expectsContinue = false;
  wantsUpgrade = false;
  onDrain: (() => void) | undefined;
  onAbort: (() => void) | undefined;
  isGone = false;
  hasBegun = false;
  bytesIn = 0;
  bytesOut = 0;
  /** False: the client is full. */
  hasRoom = true;
  raw: Duplex | undefined;
  /** What was done, in order. */
  readonly log: string[] = [];

  constructor(head: Partial<RequestHead> = {}, body: BodySource = new GivenBody()) {
    this.head = { ...postHead, ...head };
    this.body = body;
  }
  inform(status: number): void {
    this.log.push(`inform ${status}`);
  }
  respond(head: AnswerHead): void {
    this.hasBegun = true;
    this.log.push(`respond ${head.status}`);
  }
  write(piece: Buffer): boolean {
    this.log.push(`write ${piece.toString()}`);
    return this.hasRoom;
  }
  end(trailers: RawHeaders): void {
    this.log.push(trailers.length > 0 ? `end ${trailers.join(' ')}` : 'end');
  }
  abort(): void {
    this.log.push('abort');
  }
  switchProtocols(): Duplex {
    this.log.push('switch');
    if (!this.raw) throw new Error('The test gave no raw connection.');
    return this.raw;
  }
  /** The client goes away. */
  leave(): void {
    this.isGone = true;
    this.onAbort?.();
  }
}

export class CallDouble implements UpstreamCall {
  readonly log: string[] = [];
  data(piece: Buffer): boolean {
    this.log.push(`data ${piece.toString()}`);
    return true;
  }
  end(): void {
    this.log.push('end');
  }
  resume(): void {
    this.log.push('resume');
  }
  abort(): void {
    this.log.push('abort');
  }
}
