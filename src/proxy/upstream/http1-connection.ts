// One HTTP/1.1 connection to an upstream, from its handshake to its end: carries one call at a time, and knows when it must not carry another.
import type { Duplex } from 'node:stream';
import { AgentError } from '../../contract/errors.ts';
import type { UpstreamEvents } from '../flow.ts';
import { MessageReader } from '../http1/reader.ts';
import { MessageWriter } from '../http1/writer.ts';
import { inAbsoluteForm } from './absolute-form.ts';
import type { AbsoluteForm } from './absolute-form.ts';
import { Http1Client } from './http1-client.ts';
import type { UpstreamRequest } from './http1-client.ts';

export interface ConnectionOwner {
  /** The connection is free for another call for so long. */
  idle(connection: Http1Connection, milliseconds: number): void;
  /** The connection waited and is of no use any more. */
  lost(connection: Http1Connection): void;
}

export class Http1Connection {
  readonly socket: Duplex;
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Monotonic milliseconds; set by the owner while the connection waits. */
  idleUntil = 0;
  readonly #owner: ConnectionOwner;
  /** Set when a proxy is at the other end, which takes requests in absolute form. */
  readonly toProxy: AbsoluteForm | undefined;
  #call: Http1Client | undefined;

  constructor(socket: Duplex, owner: ConnectionOwner, toProxy?: AbsoluteForm) {
    this.socket = socket;
    this.toProxy = toProxy;
    this.#owner = owner;
    this.writer = new MessageWriter(socket);
    this.reader = new MessageReader('response', {
      head: (text) => this.#call?.onHead(text) ?? 'stop',
      data: (piece) => this.#call?.onPiece(piece),
      end: (trailers) => this.#call?.onAnswerEnd(trailers),
    });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    socket.on('drain', this.#onDrain);
  }

  get canCarry(): boolean {
    return this.#call === undefined && this.socket.writable && !this.socket.readableEnded;
  }

  start(request: UpstreamRequest, firstBytes: Buffer | undefined, events: UpstreamEvents): Http1Client {
    this.reader.next();
    const call = new Http1Client(this, this.toProxy ? inAbsoluteForm(request, this.toProxy) : request, events);
    this.#call = call;
    call.send(firstBytes);
    return call;
  }

  /** The call is over. `idleMs` undefined: the connection is not to be used again and closes. */
  release(idleMs: number | undefined): void {
    this.#call = undefined;
    if (idleMs === undefined) this.socket.destroy();
    else {
      this.socket.resume();
      this.#owner.idle(this, idleMs);
    }
  }

  /** Gives the socket away after a protocol switch; bytes that came with the answer go back into its read buffer. */
  handOver(): Duplex {
    this.#call = undefined;
    this.socket.pause();
    this.socket.removeListener('data', this.#onData);
    this.socket.removeListener('end', this.#onEnd);
    this.socket.removeListener('close', this.#onClose);
    this.socket.removeListener('drain', this.#onDrain);
    if (this.reader.held.length > 0) this.socket.unshift(this.reader.held);
    return this.socket;
  }

  readonly #onData = (chunk: Buffer): void => {
    // Bytes that nobody asked for: whatever they are, this connection is not trusted with a request.
    if (this.#call) this.#call.feed(chunk);
    else this.#giveUp();
  };

  readonly #onEnd = (): void => {
    if (this.#call) this.#call.peerEnded();
    else this.#giveUp();
  };

  readonly #onClose = (): void => {
    if (this.#call) this.#call.fail(new AgentError('upstream-closed'));
    else this.#giveUp();
  };

  readonly #onError = (error: Error): void => {
    this.#call?.fail(new AgentError('upstream-closed', `The connection to the upstream broke (${error.message}).`, { cause: error }));
  };

  readonly #onDrain = (): void => this.#call?.drained();

  #giveUp(): void {
    this.socket.destroy();
    this.#owner.lost(this);
  }
}
