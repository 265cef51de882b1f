// Asks a proxy for a tunnel (CONNECT) on a fresh connection and reads its answer, and no byte more.
import type { Socket } from 'node:net';
import { AgentError } from '../../contract/errors.ts';
import { hopName } from './proxy-hops.ts';
import type { ProxyHop } from './proxy-hops.ts';

export interface ConnectAnswer {
  readonly status: number;
  readonly reason: string;
  /** The values of `Proxy-Authenticate`, one per header line. */
  readonly challenges: readonly string[];
}

export interface ConnectQuestion {
  /** `host:port` as it stands in the request line. */
  readonly authority: string;
  readonly authorization: string | undefined;
  readonly timeoutMs: number;
}

const maxHeadBytes = 65_536;

/** Resolves with any answer in HTTP; after a 2xx the socket is paused, with nothing of the tunnel lost. Rejects with proxy-unreachable. */
export function askForTunnel(socket: Socket, hop: ProxyHop, { authority, authorization, timeoutMs }: ConnectQuestion): Promise<ConnectAnswer> {
  return new Promise((resolve, reject) => {
    let seen: Buffer = Buffer.alloc(0);
    const finish = (): void => {
      clearTimeout(timer);
      socket.removeListener('data', onData);
      socket.removeListener('error', onError);
      socket.removeListener('end', onEnd);
      socket.removeListener('close', onEnd);
    };
    const fail = (what: string, cause?: Error): void => {
      finish();
      socket.on('error', () => undefined).destroy();
      reject(new AgentError('proxy-unreachable', `The proxy ${hopName(hop)} ${what}.`, { cause }));
    };
    const onError = (error: NodeJS.ErrnoException): void => fail(`broke the connection off (${error.code ?? error.message})`, error);
    const onEnd = (): void => fail(seen.length === 0 ? 'closed the connection without an answer' : 'closed the connection in the middle of its answer');
    const onData = (chunk: Buffer): void => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      if (!'HTTP/'.startsWith(seen.toString('latin1', 0, 5))) {
        fail('answered something that is not HTTP; is it a proxy?');
        return;
      }
      const end = seen.indexOf('\r\n\r\n');
      if (end === -1) {
        if (seen.length > maxHeadBytes) fail('answered with a head that has no end');
        return;
      }
      const answer = parseAnswer(seen.toString('latin1', 0, end));
      const rest = seen.subarray(end + 4);
      if (answer === undefined) fail('answered with a status line that cannot be read');
      else if (answer.status < 200) {
        // An interim answer: the real one follows.
        seen = Buffer.alloc(0);
        if (rest.length > 0) onData(rest);
      } else {
        finish();
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        resolve(answer);
      }
    };
    const timer = setTimeout(() => fail(`did not answer within ${timeoutMs} ms`), timeoutMs);
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, 'User-Agent: Heimdall', 'Proxy-Connection: Keep-Alive'];
    if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  });
}

function parseAnswer(head: string): ConnectAnswer | undefined {
  const [line = '', ...headers] = head.split('\r\n');
  const [, status, reason = ''] = /^HTTP\/1\.[01] ([1-9][0-9]{2})(?: (.*))?$/.exec(line) ?? [];
  if (status === undefined) return undefined;
  const challenges = headers.flatMap((header) => /^proxy-authenticate:[ \t]*(.*?)[ \t]*$/i.exec(header)?.[1] ?? []);
  return { status: Number(status), reason: reason.slice(0, 200), challenges };
}
