// The load: a hand-written HTTP/1.1 client over TLS, so that the client costs little beside what is measured.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { answering } from './answering.ts';
import { benchHost } from './protocol.ts';
import type { LoadFigures, LoadOptions, LoadQuestion } from './protocol.ts';
import { requestBytes } from './workload.ts';

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
  });
}

async function connectThrough(proxyPort: number): Promise<Socket> {
  const socket = connect({ port: proxyPort, host: '127.0.0.1', noDelay: true });
  await opened(socket, 'connect');
  socket.write(`CONNECT ${benchHost}:443 HTTP/1.1\r\nHost: ${benchHost}:443\r\n\r\n`);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('the proxy closed the connection')));
  });
  if (!/^HTTP\/1\.[01] 200/.test(answer.toString('latin1'))) throw new Error(`CONNECT was answered with ${answer.toString('latin1').slice(0, 200)}`);
  return socket;
}

async function openConnection(options: LoadOptions): Promise<TLSSocket> {
  const below =
    options.proxyPort === undefined ? connect({ port: options.originPort, host: '127.0.0.1', noDelay: true }) : await connectThrough(options.proxyPort);
  const socket = connectTls({ socket: below, servername: benchHost, ca: options.root, ALPNProtocols: ['http/1.1'] });
  await opened(socket, 'secureConnect');
  socket.on('error', () => undefined);
  return socket.setEncoding('latin1');
}

/** Where the answer that begins `text` ends, or undefined while it has not. */
function endOfAnswer(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(`answered with ${text.slice(0, 300)}`);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  if (length !== undefined) return text.length >= head + 4 + Number(length) ? head + 4 + Number(length) : undefined;
  const end = text.indexOf('\r\n0\r\n\r\n', head);
  return end < 0 ? undefined : end + 7;
}

/** Sends one request and reads its answer; tells every piece to `seen`. */
function exchange(socket: TLSSocket, request: Buffer, seen: (piece: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (act: () => void): void => {
      socket.off('data', onData).off('close', onClose).off('error', reject);
      act();
    };
    const onClose = (): void => settle(() => reject(new Error(`the connection closed after: ${text.slice(0, 300)}`)));
    const onData = (piece: string): void => {
      seen(piece);
      text += piece;
      try {
        if (endOfAnswer(text) !== undefined) settle(resolve);
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    socket.on('data', onData).on('close', onClose).on('error', reject);
    socket.write(request);
  });
}

/** What one window has seen. */
class Window {
  readonly micros: number[] = [];
  requests = 0;
  events = 0;

  /** Reads the time stamps of the events in one piece; events are far smaller than the pieces sockets deliver. */
  readEvents(piece: string): void {
    const now = process.hrtime.bigint();
    for (const [, sent] of piece.matchAll(/"sent":"(\d+)"/g)) {
      this.events += 1;
      this.micros.push(Number(now - BigInt(sent ?? 0)) / 1_000);
    }
  }
}

/** A set of open connections to one subject. */
class Load {
  readonly #options: LoadOptions;
  readonly #streamed: boolean;
  readonly #request: Buffer;
  #sockets: readonly TLSSocket[];

  constructor(options: LoadOptions, sockets: readonly TLSSocket[]) {
    this.#options = options;
    this.#streamed = options.kind === 'stream';
    this.#request = requestBytes(benchHost, this.#streamed);
    this.#sockets = sockets;
  }

  static async open(options: LoadOptions): Promise<Load> {
    return new Load(options, await Promise.all(Array.from({ length: options.connections }, () => openConnection(options))));
  }

  async run(milliseconds: number): Promise<LoadFigures> {
    // A subject may have closed a connection that waited for its turn.
    this.#sockets = await Promise.all(this.#sockets.map(async (socket) => (socket.closed || socket.readableEnded ? openConnection(this.#options) : socket)));
    const window = new Window();
    const started = performance.now();
    await Promise.all(this.#sockets.map((socket) => this.#drive(socket, window, started + milliseconds)));
    const { requests, events, micros } = window;
    return { requests, events, elapsedMs: performance.now() - started, micros };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #drive(socket: TLSSocket, window: Window, until: number): Promise<void> {
    const seen = this.#streamed ? (piece: string) => window.readEvents(piece) : () => undefined;
    while (performance.now() < until) {
      const before = process.hrtime.bigint();
      await exchange(socket, this.#request, seen);
      if (!this.#streamed) window.micros.push(Number(process.hrtime.bigint() - before) / 1_000);
      window.requests += 1;
    }
  }
}

const loads = new Map<string, Load>();

function loadOf(id: string): Load {
  const load = loads.get(id);
  if (load === undefined) throw new Error(`no load ${id} is open`);
  return load;
}

answering(async (question: LoadQuestion): Promise<object> => {
  if (question.ask === 'open') loads.set(question.id, await Load.open(question.options));
  else if (question.ask === 'run') return loadOf(question.id).run(question.milliseconds);
  else {
    loadOf(question.id).close();
    loads.delete(question.id);
  }
  return {};
});
