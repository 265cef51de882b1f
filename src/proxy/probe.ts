// Asks a target for a sign of life: a GET that reaches no model and costs no tokens.
import { keyHeaderOf } from '../catalog/providers.ts';
import { messageOf } from '../contract/errors.ts';
import type { RawHeaders } from '../contract/exchange.ts';
import type { ProbeResult } from '../contract/routing.ts';
import type { GatewayWire, Target } from '../contract/target.ts';
import { agentName, baseOf, destinationOf, mayBePrivate } from './outgoing.ts';
import type { ProviderWire } from './outgoing.ts';
import { askUpstream } from './small-call.ts';
import type { SmallCall } from './small-call.ts';
import type { UpstreamPool } from './upstream/pool.ts';

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
    const { status } = await askUpstream(pool, callOf(place));
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

function callOf({ base, path, headers, isTrusted }: Place): SmallCall {
  return {
    destination: destinationOf(base, isTrusted),
    authority: base.host,
    path: `${base.pathname.replace(/\/$/, '')}${path}`,
    headers: ['Host', base.host, 'User-Agent', agentName, 'Accept', '*/*', ...headers],
  };
}
