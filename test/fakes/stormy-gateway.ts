// A gateway that can be killed, revived and made to misbehave while calls run, and that counts what it has answered whole.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How it treats the calls that come. */
export type Weather =
  | 'fine'
  /** A TCP reset when the request has come. */
  | 'reset'
  /** Takes the request and says nothing. */
  | 'hang'
  /** One event, then one every few milliseconds. */
  | 'trickle'
  /** Dies in the middle of its answer. */
  | 'mid-stream'
  | 'unavailable'
  /** 429, with one of the forms of Retry-After after the other. */
  | 'rate-limited';

export interface StormyGateway {
  readonly url: string;
  weather: Weather;
  /** Closes the port and every connection, as a killed process does. */
  kill(): Promise<void>;
  /** Comes back on the same port. */
  revive(): Promise<void>;
  readonly isUp: boolean;
  /** Requests that came, by the id in their text. */
  readonly asked: ReadonlyMap<string, number>;
  /** Answers that were given whole. */
  readonly answered: ReadonlyMap<string, number>;
}

const retryForms: readonly (() => Readonly<Record<string, string>>)[] = [
  () => ({ 'retry-after': '1' }),
  () => ({ 'retry-after': new Date(Date.now() + 1_000).toUTCString() }),
  () => ({ 'retry-after-ms': '80' }),
  () => ({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-limit-requests': '1000', 'x-ratelimit-reset-requests': '120ms' }),
  () => ({ 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': new Date(Date.now() + 1_000).toISOString() }),
  () => ({}),
];

const event = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

export async function startStormyGateway(): Promise<StormyGateway> {
  const asked = new Map<string, number>();
  const answered = new Map<string, number>();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  let limited = 0;

  const listen = async (): Promise<void> => {
    const fresh = createServer((request, response) => void take(request, response));
    fresh.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      fresh.once('error', reject);
      fresh.listen(port, '127.0.0.1', resolve);
    });
    port = (fresh.address() as AddressInfo).port;
    server = fresh;
  };

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('error', () => undefined);
    if (request.method === 'GET') {
      response.end('{"status":"ok"}');
      return;
    }
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      // The agent gave the call up while it sent it.
      return;
    }
    const body = Buffer.concat(pieces).toString();
    const id = /call-\d+/.exec(body)?.[0] ?? 'unknown';
    count(asked, id);
    await answer(id, body.includes('"stream":true'), response);
  };

  const answer = async (id: string, stream: boolean, response: ServerResponse): Promise<void> => {
    const { weather } = gateway;
    if (weather === 'reset') response.socket?.resetAndDestroy();
    else if (weather === 'unavailable') error(response, 503, {});
    else if (weather === 'rate-limited') error(response, 429, retryForms[limited++ % retryForms.length]?.() ?? {});
    else if (weather !== 'hang') await speak(id, stream, response, weather);
  };

  const speak = async (id: string, stream: boolean, response: ServerResponse, weather: Weather): Promise<void> => {
    if (!stream) {
      const text = JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        model: 'gpt-4o',
        choices: [{ index: 0, message: { role: 'assistant', content: `echo ${id}` }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 5, completion_tokens: 3 },
      });
      if (weather === 'mid-stream') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
        response.write(text.slice(0, 40), () => response.destroy());
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
      response.end(text, () => count(answered, id));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of ['echo', ' ', id]) {
      response.write(event({ content: word }, null));
      if (weather === 'trickle') await new Promise((resolve) => setTimeout(resolve, 4));
      if (weather === 'mid-stream' && word === ' ') {
        response.destroy();
        return;
      }
    }
    response.end(`${event({}, 'stop')}data: [DONE]\n\n`, () => count(answered, id));
  };

  await listen();
  const gateway: StormyGateway = {
    url: `http://127.0.0.1:${port}`,
    weather: 'fine',
    asked,
    answered,
    get isUp() {
      return server !== undefined;
    },
    kill: async () => {
      const dying = server;
      server = undefined;
      if (!dying) return;
      const closed = new Promise<void>((resolve) => dying.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    revive: async () => {
      if (server === undefined) await listen();
    },
  };
  return gateway;
}

function count(map: Map<string, number>, id: string): void {
  map.set(id, (map.get(id) ?? 0) + 1);
}

function error(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: { message: `weather ${status}`, type: 'server_error', code: null } }));
}
