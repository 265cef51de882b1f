// Calls the control contract: what the command line, the tray and the window all use to speak with the agent.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ControlClient, EventData, EventName, MethodName, Params, Result } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import { encodeFrame, FrameReader, largestAnswer } from './frames.ts';
import { acceptHello, hello, isObject, readError, readObject } from './messages.ts';
import { checkSocketFolder } from './socket-folder.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ConnectOptions {
  /** For the agent to greet, milliseconds. */
  readonly timeoutMs?: number;
}

/** Connects to the agent at this path (from `controlPath`). Throws `control-unreachable` when none answers. */
export async function connectControl(path: string, options: ConnectOptions = {}): Promise<ControlClient> {
  try {
    if (!path.startsWith('\\\\')) checkSocketFolder(path);
  } catch (cause) {
    throw cause instanceof AgentError ? cause : unreachable(path, cause);
  }
  const client = new SocketClient(connect(path), path);
  await client.greeted(options.timeoutMs ?? 5_000);
  return client;
}

class SocketClient implements ControlClient {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #path: string;
  readonly #reader = new FrameReader(largestAnswer);
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<EventName, Set<(data: never) => void>>();
  // Not Promise.withResolvers: the shell runs this on Node 20, too.
  readonly #greeting: Promise<void>;
  #endGreeting: Waiting | undefined;
  #hasGreeted = false;
  #lastId = 0;
  #reason: Error;

  constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    this.#reason = unreachable(path, undefined);
    this.#greeting = new Promise((resolve, reject) => (this.#endGreeting = { resolve: () => resolve(), reject }));
    this.#greeting.catch(() => undefined); // awaited in `greeted`; an early failure must not count as unhandled
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (cause) => (this.#reason = unreachable(path, cause)));
    socket.once('close', () => this.#abandon());
    socket.write(encodeFrame(hello()));
  }

  async greeted(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#break(new AgentError('control-unreachable', `Something holds ${this.#path} but does not answer as an agent does. End it, then start the agent.`));
    }, timeoutMs);
    try {
      await this.#greeting;
    } finally {
      clearTimeout(timer);
    }
  }

  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    if (this.#socket.destroyed) return Promise.reject(this.#reason);
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as Result<M>), reject });
      this.#socket.write(encodeFrame({ id, method, params }));
    });
  }

  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#reader.push(chunk)) this.#take(readObject(line));
    } catch (error) {
      this.#break(error instanceof Error ? error : new AgentError('control-failed'));
    }
  }

  #take(frame: Readonly<Record<string, unknown>>): void {
    const { id, event } = frame;
    if (!this.#hasGreeted) {
      acceptHello(frame, 'agent');
      this.#hasGreeted = true;
      this.#endGreeting?.resolve(undefined);
    } else if (typeof event === 'string') {
      for (const listener of this.#listeners.get(event as EventName) ?? []) listener(frame['data'] as never);
    } else if (typeof id === 'number') {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (isObject(frame['error'])) waiting?.reject(readError(frame['error']));
      else waiting?.resolve(frame['result']);
    } else {
      throw readError(frame['error']); // about the connection itself
    }
  }

  #break(reason: Error): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  #abandon(): void {
    this.#endGreeting?.reject(this.#reason);
    for (const { reject } of this.#waiting.values()) reject(this.#reason);
    this.#waiting.clear();
  }
}

function unreachable(path: string, cause: unknown): AgentError {
  return new AgentError('control-unreachable', `No agent answers at ${path}. Start one with \`heimdall run\`, or name its data folder with --data-dir.`, {
    cause,
  });
}
