// One client on the control socket: greets, answers requests, and passes on events as fast as the client takes them.
import type { Socket } from 'node:net';
import { control } from '../contract/control.ts';
import type { EventData, EventName, Handlers, MethodName, Snapshot } from '../contract/control.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import { encodeFrame, FrameReader, largestRequest } from './frames.ts';
import { acceptHello, hello, readObject, readRequest } from './messages.ts';
import type { AnswerFrame, EventFrame, Hello, RequestFrame } from './messages.ts';

/** Bytes a watcher may lag behind before its events are dropped in favour of a fresh snapshot. */
const mostLag = 1024 * 1024;
/** Bytes of unread answers after which a client that only asks and never reads is cut off. */
const mostUnread = 2 * 64 * 1024 * 1024;
/** Requests of one client at work at the same time. */
const mostAtWork = 64;

export interface ConnectionOptions {
  readonly handlers: Handlers;
  readonly snapshot: () => Snapshot;
  readonly version: string;
  /** Told of faults of handlers, for the log. */
  readonly onFault: (method: string, error: unknown) => void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader(largestRequest);
  #greeted = false;
  #watching = false;
  #asks = false;
  #behind = false;
  #atWork = 0;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#catchUp());
    socket.on('error', () => socket.destroy()); // the client went away; there is nobody to tell
    this.#send(hello(options.version));
  }

  /** Whether a person sits behind this client who can be asked. */
  get asks(): boolean {
    return this.#asks && !this.#socket.destroyed;
  }

  /** `encoded` is the whole frame, made once for all watchers. */
  passOn(encoded: string): void {
    if (!this.#watching || this.#behind) return;
    if (this.#socket.writableLength > mostLag) this.#behind = true;
    else this.#socket.write(encoded);
  }

  /** Ends once what was written has gone out, or after half a second if the client does not read it. */
  end(): void {
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), 500).unref();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#reader.push(chunk)) {
        if (this.#greeted) this.#request(line);
        else this.#greet(line);
      }
    } catch (error) {
      this.#fail(null, error);
      this.end(); // framing or greeting is lost: what follows cannot be understood
    }
  }

  #greet(line: string): void {
    acceptHello(readObject(line), 'client');
    this.#greeted = true;
  }

  #request(line: string): void {
    let request: RequestFrame;
    try {
      request = readRequest(readObject(line));
    } catch (error) {
      this.#fail(null, error); // the line was whole: the next one can be good
      return;
    }
    void this.#answer(request);
  }

  async #answer({ id, method, params }: RequestFrame): Promise<void> {
    if (this.#atWork >= mostAtWork) {
      this.#fail(id, new AgentError('control-bad-request', `More than ${mostAtWork} requests at once. Wait for answers before asking more.`));
      return;
    }
    this.#atWork += 1;
    try {
      const result = await this.#perform(method, params);
      // Made before the answer, because it can fail; sent after it.
      const snapshot = method === 'watch' ? encodeEvent('snapshot', this.#options.snapshot()) : undefined;
      this.#send({ id, result });
      if (snapshot !== undefined) this.#watch(snapshot);
    } catch (error) {
      if (codeOf(error) === 'internal') this.#options.onFault(method, error);
      this.#fail(id, error);
    } finally {
      this.#atWork -= 1;
    }
  }

  #perform(method: string, params: unknown): unknown {
    if (!isMethod(method)) throw new AgentError('control-unknown-method', `The control contract has no method ${JSON.stringify(method.slice(0, 100))}.`);
    const parsed = control.methods[method].params.safeParse(params);
    if (!parsed.success) {
      const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'params'}: ${issue.message}`);
      throw new AgentError('control-bad-params', `${method} does not take these parameters: ${reasons.join('; ')}.`);
    }
    if (method === 'watch') {
      this.#asks = control.methods.watch.params.parse(parsed.data).asks;
      return { watching: true };
    }
    // The schema of this very method has made `parsed.data`, which the compiler cannot follow through the index.
    const handler = this.#options.handlers[method] as (params: unknown) => unknown;
    return handler(parsed.data);
  }

  #watch(snapshot: string): void {
    this.#watching = true;
    this.#socket.write(snapshot);
  }

  #catchUp(): void {
    if (!this.#behind) return;
    try {
      const snapshot = encodeEvent('snapshot', this.#options.snapshot());
      this.#behind = false;
      this.#socket.write(snapshot);
    } catch (error) {
      this.#options.onFault('watch', error);
      this.end(); // the client comes back and asks again
    }
  }

  #send(frame: Hello | AnswerFrame): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(encodeFrame(frame));
    if (this.#socket.writableLength > mostUnread) this.#socket.destroy();
  }

  #fail(id: number | null, error: unknown): void {
    const code = codeOf(error);
    this.#send({ id, error: { code: code === 'internal' ? 'control-failed' : code, message: messageOf(error) } });
  }
}

export function encodeEvent<E extends EventName>(event: E, data: EventData<E>): string {
  return encodeFrame({ event, data } satisfies EventFrame);
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(control.methods, name);
}
