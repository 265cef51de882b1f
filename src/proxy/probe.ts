// Asks a target for a sign of life: a GET that reaches no model and costs no tokens.
import { keyHeaderOf } from '../catalog/providers.ts';
import { messageOf } from '../contract/errors.ts';
import type { RawHeaders } from '../contract/exchange.ts';
import type { ProbeResult } from '../contract/routing.ts';
import type { GatewayWire, Target } from '../contract/target.ts';
import { version } from '../contract/version.ts';
import { baseOf, destinationOf, mayBePrivate } from './outgoing.ts';
import type { ProviderWire } from './outgoing.ts';
import type { UpstreamEvents } from './flow.ts';
import type { CallOptions, UpstreamPool } from './upstream/pool.ts';

/** Longest wait for the head of the answer. */
const probeMs = 5_000;

const healthPath: Readonly<Record<GatewayWire, string>> = { bifrost: '/health', litellm: '/health/liveliness', portkey: '/' };

/** Undefined where the target has nothing to ask: the origin, the simulator, a provider without such a path. */
export async function probeTarget(target: Target, wire: ProviderWire | undefined, pool: UpstreamPool): Promise<ProbeResult | undefined> {
  const place = placeOf(target, wire);
  if (place === undefined) return undefined;
  const start = performance.now();
  const asked = `GET ${place.path}`;
  const result = (ok: boolean, seen: string): ProbeResult => ({
    target: target.id,
    ok,
    milliseconds: Math.round((performance.now() - start) * 10) / 10,
    detail: `${asked}: ${seen}`,
  });
  try {
    const status = await statusOf(callOf(place), pool);
    // Whatever says no is there; 429 and 5xx say that it is not well.
    return result(status < 500 && status !== 429, String(status));
  } catch (error) {
    return result(false, messageOf(error));
  }
}

interface Place {
  readonly base: URL;
  readonly path: string;
  readonly headers: RawHeaders;
  readonly isTrusted: boolean;
}

function placeOf(target: Target, wire: ProviderWire | undefined): Place | undefined {
  if (target.kind === 'gateway') return { base: target.url, path: healthPath[target.wire], headers: [], isTrusted: true };
  const base = target.kind === 'provider' ? baseOf(target, wire) : undefined;
  const path = wire?.row.probePath;
  if (target.kind !== 'provider' || wire === undefined || base === undefined || path === undefined) return undefined;
  const auth = keyHeaderOf(wire.row, 'openai-chat');
  const headers = auth && wire.key !== undefined ? [auth.header, auth.scheme === undefined ? wire.key : `${auth.scheme} ${wire.key}`] : [];
  return { base, path, headers, isTrusted: mayBePrivate(target, wire) };
}

function callOf({ base, path, headers, isTrusted }: Place): CallOptions {
  return {
    destination: destinationOf(base, isTrusted),
    authority: base.host,
    request: {
      method: 'GET',
      path: `${base.pathname.replace(/\/$/, '')}${path}`,
      headers: ['Host', base.host, 'User-Agent', `heimdall/${version}`, 'Accept', '*/*', ...headers],
      framing: 'none',
      isUpgrade: false,
    },
    firstBytes: undefined,
    offerHttp2: false,
  };
}

/** Status of the answer; its body is read to the end, so that the connection can be kept, but not looked at. */
function statusOf(call: CallOptions, pool: UpstreamPool): Promise<number> {
  return new Promise((resolve, reject) => {
    let abort = (): void => undefined;
    const timer = setTimeout(() => {
      abort();
      reject(new Error(`no answer within ${probeMs} ms`));
    }, probeMs);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    const events: UpstreamEvents = {
      inform: () => undefined,
      head: ({ status }) => settle(() => resolve(status)),
      data: () => true,
      end: () => undefined,
      error: (error) => settle(() => reject(error)),
      upgraded: (_reason, _headers, socket) => {
        socket.destroy();
        settle(() => reject(new Error('it switched protocols')));
      },
      drain: () => undefined,
    };
    pool.startFresh(call, events).then(
      (started) => {
        abort = () => started.abort();
        started.end([]);
      },
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(messageOf(error)))),
    );
  });
}
