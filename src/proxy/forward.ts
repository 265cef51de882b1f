// Makes one attempt at one target: finds a connection, sends the request, relays the answer.
import { codeOf, AgentError } from '../contract/errors.ts';
import type { DialectId } from '../contract/exchange.ts';
import type { Target } from '../contract/target.ts';
import { simulate } from '../simulator/simulate.ts';
import type { Downstream } from './flow.ts';
import { callFor } from './outgoing.ts';
import type { OutgoingBody, ProviderWire } from './outgoing.ts';
import type { Seat } from './race.ts';
import { Relay } from './relay.ts';
import type { RelayOptions, RelayResult } from './relay.ts';
import type { CallOptions, StartedCall, UpstreamPool } from './upstream/pool.ts';

export interface ForwardOptions extends RelayOptions {
  readonly down: Downstream;
  /** The client as this attempt sees it where several race for it. */
  readonly seat: Seat | undefined;
  readonly target: Target;
  /** What the catalog and the key store add for a provider; undefined for other targets. */
  readonly provider: ProviderWire | undefined;
  /** The model to ask for where it stands in the path. */
  readonly model: string | undefined;
  /** In the client's place, where the call came by the unified API. */
  readonly path: string | undefined;
  /** Undefined for native requests, which only the origin can serve. */
  readonly dialect: DialectId | undefined;
  readonly body: OutgoingBody;
  readonly app: string | undefined;
  readonly pool: UpstreamPool;
  /** A kept connection turned out closed before a byte of the answer came; the same target is tried once more on a fresh one. */
  readonly onStale: (error: AgentError) => void;
}

/** Pause between the simulator's streamed events, so that a stream looks like one. */
const simulatorPaceMs = 10;

export async function forward(options: ForwardOptions): Promise<RelayResult> {
  if (options.target.kind === 'simulator') return forwardToSimulator(options);
  const call = callFor(options);
  const first = await attempt(options, call, true);
  const canRepeat = options.body.kind === 'whole' || options.body.source.isEmpty;
  if (first.result.kind !== 'no-answer' || !first.isStale || !canRepeat) return first.result;
  options.onStale(first.result.error);
  return (await attempt(options, call, false)).result;
}

async function attempt(options: ForwardOptions, call: CallOptions, mayReuse: boolean): Promise<{ result: RelayResult; isStale: boolean }> {
  const relay = openRelay(options);
  // The client may have gone between two attempts.
  if (relay.isOver) return { result: await relay.result, isStale: false };
  let kept: StartedCall | undefined;
  let started: StartedCall;
  try {
    kept = mayReuse ? options.pool.startKept(call, relay) : undefined;
    started = kept ?? (await options.pool.startFresh(call, relay));
  } catch (error) {
    relay.error(error instanceof AgentError ? error : new AgentError(codeOf(error), undefined, { cause: error }));
    return { result: await relay.result, isStale: false };
  }
  relay.attach(started);
  if (options.body.kind === 'whole') started.end(options.body.trailers ?? []);
  else options.body.source.start(started);
  const result = await relay.result;
  // A connection that stands and says nothing is not stale: the upstream may be working on the call.
  const isTimedOut = result.kind === 'no-answer' && result.error.code === 'upstream-timeout';
  return { result, isStale: kept !== undefined && !kept.hasAnswerBegun && !isTimedOut };
}

function openRelay(options: ForwardOptions): Relay {
  const { down, seat, body } = options;
  const relay = new Relay(seat ?? down, body.kind === 'streamed' ? body.source : undefined, { ...options, claim: seat && (() => seat.claim()) });
  if (seat) seat.onLost = () => relay.lose();
  return relay;
}

async function forwardToSimulator(options: ForwardOptions): Promise<RelayResult> {
  const { down, dialect, body, path } = options;
  if (dialect === undefined || body.kind !== 'whole')
    return { kind: 'no-answer', error: new AgentError('no-target', 'The simulator answers inference calls only.') };
  const answer = simulate(dialect, path === undefined ? down.head : { ...down.head, path }, body.bytes);
  const relay = openRelay(options);
  relay.head({ status: answer.status, reason: '', headers: answer.headers, isBodyless: false });
  const chunks = answer.chunks;
  for (const [index, chunk] of chunks.entries()) {
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, simulatorPaceMs));
    if (relay.isOver) break;
    relay.data(chunk);
  }
  if (!relay.isOver) relay.end([]);
  return relay.result;
}
