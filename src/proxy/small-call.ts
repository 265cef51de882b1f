// A small call of the agent's own to an upstream: a GET whose answer is read whole.
import { AgentError, messageOf } from '../contract/errors.ts';
import type { RawHeaders } from '../contract/exchange.ts';
import type { UpstreamEvents } from './flow.ts';
import type { CallOptions, UpstreamPool } from './upstream/pool.ts';

export interface SmallCall {
  readonly destination: CallOptions['destination'];
  readonly authority: string;
  readonly path: string;
  readonly headers: RawHeaders;
}

export interface SmallAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Longest wait for the whole answer. */
const patienceMs = 5_000;
const mostBytes = 4_194_304;

/** Rejects when nothing whole comes in time, or too much. */
export function askUpstream(pool: UpstreamPool, { path, headers, ...rest }: SmallCall): Promise<SmallAnswer> {
  return new Promise((resolve, reject) => {
    let abort = (): void => undefined;
    let status = 0;
    let size = 0;
    const pieces: Buffer[] = [];
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    const fail = (reason: string): void => {
      abort();
      settle(() => reject(new AgentError('upstream-protocol', reason)));
    };
    const timer = setTimeout(() => fail(`no whole answer within ${patienceMs} ms`), patienceMs);
    const events: UpstreamEvents = {
      inform: () => undefined,
      head: (head) => (status = head.status),
      data: (piece) => {
        size += piece.length;
        if (size > mostBytes) fail('the answer is too long');
        else pieces.push(piece);
        return true;
      },
      end: () => settle(() => resolve({ status, body: Buffer.concat(pieces) })),
      error: (error) => settle(() => reject(error)),
      upgraded: (_reason, _headers, socket) => {
        socket.destroy();
        fail('it switched protocols');
      },
      drain: () => undefined,
    };
    const request = { method: 'GET', path, headers, framing: 'none', isUpgrade: false } as const;
    pool.startFresh({ ...rest, request, firstBytes: undefined, offerHttp2: false }, events).then(
      (started) => {
        abort = () => started.abort();
        started.end([]);
      },
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(messageOf(error)))),
    );
  });
}
