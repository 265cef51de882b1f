// A provider's API over plain http on loopback, for targets with a `url`: the simulator's answers, or what the test tells it.
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { simulate } from '../../src/simulator/simulate.ts';
import { playAnswer } from './behaviour.ts';
import type { FakeAnswer, Script } from './behaviour.ts';
import { jsonAnswer } from './gateway-answers.ts';
import { dialectOfPath } from './inference-path.ts';
import { headOf } from './provider.ts';
import { recordRequest } from './recorded-request.ts';
import type { RecordedRequest } from './recorded-request.ts';

export interface ModelServer {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Those that are inference calls. */
  readonly calls: readonly RecordedRequest[];
  /** Inference calls under way at this moment, and the most there ever were. */
  readonly underWay: { readonly now: number; readonly most: number };
  /** From the next request on; undefined goes back to the simulator's answers. The index counts inference calls. */
  behave(script: Script | undefined): void;
  close(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const requests: RecordedRequest[] = [];
  const calls: RecordedRequest[] = [];
  const underWay = { now: 0, most: 0 };
  const sockets = new Map<number, Socket>();
  let script: Script | undefined;
  const server = createServer((request, response) => {
    const { recorded, received } = recordRequest(request, response);
    requests.push(recorded);
    const dialect = dialectOfPath(recorded.method, recorded.path);
    const stage = { response, dialect, tcp: sockets.get(recorded.peerPort) };
    if (dialect === undefined) {
      void playAnswer(stage, ownList(recorded), {}).catch(() => response.destroy());
      return;
    }
    const index = calls.push(recorded) - 1;
    underWay.now += 1;
    underWay.most = Math.max(underWay.most, underWay.now);
    response.on('close', () => (underWay.now -= 1));
    void received
      .then((body) => playAnswer(stage, simulate(dialect, headOf(recorded), body), (typeof script === 'function' ? script(recorded, index) : script) ?? {}))
      .catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(remotePort));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    calls,
    underWay,
    behave: (next) => (script = next),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

/** What a probe asks for. */
function ownList({ method, path }: RecordedRequest): FakeAnswer {
  return path.split('?', 1)[0]?.endsWith('/models')
    ? jsonAnswer(200, { object: 'list', data: [] })
    : jsonAnswer(404, { error: { message: `no ${method} ${path}` } });
}
