// Tries the targets that a call's plan names, one after the other or two at once, until one has answered or nothing is left.
import { setTimeout as pause } from 'node:timers/promises';
import type { Dialect } from '../contract/dialect.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { GoOnReason } from '../contract/routing.ts';
import type { GatewayRejection } from '../routing/gateway-wire.ts';
import type { NextPick, Pick, RoutePlan } from '../routing/plan.ts';
import { factsOf, tryTarget } from './attempt.ts';
import type { AttemptServices, Tried } from './attempt.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { Downstream } from './flow.ts';
import { deliver } from './held-answer.ts';
import type { OutgoingBody, ProviderWire } from './outgoing.ts';
import { Race } from './race.ts';
import type { Seat } from './race.ts';
import { holdFor, verdictOf } from './verdict.ts';
import type { Judged, Verdict } from './verdict.ts';

export interface PlacingOptions {
  readonly down: Downstream;
  readonly services: AttemptServices;
  readonly record: ExchangeRecord;
  readonly dialect: Dialect;
  readonly plan: RoutePlan;
  /** In the client's path's place; undefined: the client's. */
  readonly path: string | undefined;
  /** The model's name as the attempt's target wants it; undefined leaves the client's. */
  readonly modelFor: (pick: Pick) => string | undefined;
  /** What goes out on this attempt: the model's name may differ from one to the other. */
  readonly bodyFor: (pick: Pick) => OutgoingBody;
  readonly providerFor: (pick: Pick) => ProviderWire | undefined;
  /** A gateway has refused on its own account, whatever becomes of the call. */
  readonly onRejected: (pick: Pick, rejection: GatewayRejection) => void;
  /** Another target might give another answer: errors are held back. */
  readonly hasOthers: boolean;
  readonly stream: boolean;
  readonly wantsJson: boolean;
}

/** An attempt and what came of it. */
export interface Ended {
  readonly pick: Pick;
  readonly tried: Tried;
  readonly verdict: Verdict;
}

export type Placed =
  /** A target answered and the client has it, if only in part. */
  | ({ readonly kind: 'answered' } & Ended)
  /** Nothing went to the client. `first` is the first attempt that came to a real answer, else the last attempt. */
  | ({ readonly kind: 'failed' } & Ended)
  /** No attempt was made at all. */
  | { readonly kind: 'unplaced'; readonly none: Extract<NextPick, { kind: 'none' }> }
  | { readonly kind: 'gone' };

export async function place(options: PlacingOptions): Promise<Placed> {
  const { down, plan } = options;
  let failed: Ended | undefined;
  for (;;) {
    const next = await nextPick(options);
    if (next.kind === 'none' && down.isGone) return { kind: 'gone' };
    if (next.kind === 'none') return failed ? { kind: 'failed', ...failed } : { kind: 'unplaced', none: next };
    const ended = await attemptPick(options, next.pick);
    if (ended === undefined) return { kind: 'gone' };
    if (isTheEnd(ended)) return { kind: 'answered', ...ended };
    // Several errors: the first answer of a provider says more than a later dead line.
    failed = failed?.tried.result.kind === 'held' ? failed : ended;
    // A body that went out as it came cannot be sent again.
    const isLast = options.bodyFor(ended.pick).kind === 'streamed' || !plan.mayGoOn(ended.pick, ended.verdict.result);
    // The one that the client gets in the end, where nothing better comes, is taken back then.
    if (!isLast || ended !== failed) setAside(ended);
    if (isLast) return { kind: 'failed', ...failed };
  }
}

/** The client may leave while the call waits for its place. */
async function nextPick({ down, plan }: PlacingOptions): Promise<NextPick> {
  const next = plan.next();
  if (!(next instanceof Promise)) return next;
  down.onAbort = () => plan.close();
  return next;
}

async function attemptPick(options: PlacingOptions, pick: Pick): Promise<Ended | undefined> {
  const { down, plan } = options;
  if (pick.delayMs > 0) await pause(pick.delayMs);
  if (down.isGone) {
    plan.ended(pick, { result: 'cancelled', durationMs: 0 });
    return undefined;
  }
  const hedgeMs = plan.hedgeAfterMs(pick);
  return hedgeMs === undefined || options.bodyFor(pick).kind === 'streamed' ? attempt(options, pick, undefined) : raced(options, pick, hedgeMs);
}

/** One attempt from its start to what routing hears of it. */
async function attempt(options: PlacingOptions, pick: Pick, seat: Seat | undefined): Promise<Ended> {
  const { down, plan, dialect, stream, wantsJson } = options;
  const judged: Judged = { target: pick.target, dialect, checks: plan.checks(pick), stream, wantsJson };
  const tried = await tryTarget({
    ...options,
    target: pick.target,
    model: options.modelFor(pick),
    key: pick.key,
    provider: options.providerFor(pick),
    body: options.bodyFor(pick),
    seat,
    hold: (head) => holdFor(judged, head, { hasOthers: options.hasOthers, isRacing: seat !== undefined }),
    onHead: (head) => plan.answered(pick, head.status, head.headers),
    onFirstToken: (milliseconds) => plan.firstToken(pick, milliseconds),
  });
  const verdict = verdictOf(tried.result, judged);
  if (verdict.rejection) options.onRejected(pick, verdict.rejection);
  const usage = factsOf(tried.result)?.usage;
  plan.ended(pick, {
    result: verdict.result,
    status: 'status' in tried.result ? tried.result.status : undefined,
    isLasting: tried.result.kind === 'no-answer' && !passingErrors.has(tried.result.error.code),
    durationMs: tried.durationMs,
    firstTokenMs: tried.firstTokenMs,
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
  });
  const ended = { pick, tried, verdict };
  // Whole and good: it goes to the client now, unless another attempt was faster.
  if (tried.result.kind === 'held' && verdict.result === 'ok') {
    if (seat?.claim() === false) return { ...ended, verdict: { result: 'slower', rejection: undefined } };
    deliver(down, tried.result.answer);
  }
  return ended;
}

/** A connection stood and broke: the line may be better in a moment. Every other failure to connect would come again at once. */
const passingErrors: ReadonlySet<ErrorCode> = new Set(['upstream-closed', 'upstream-protocol', 'upstream-timeout']);

/** A second attempt joins when the first has not spoken in time; whoever speaks first gets the client. */
async function raced(options: PlacingOptions, pick: Pick, hedgeMs: number): Promise<Ended> {
  const race = new Race(options.down);
  const leader = attempt(options, pick, race.join());
  const isSilent = await outlasts(leader, hedgeMs);
  const other = isSilent && !race.isDecided && !options.down.isGone ? options.plan.hedge() : undefined;
  if (other === undefined) return leader;
  const ended = await Promise.all([leader, attempt(options, other, race.join())]);
  const used = ended.find(isTheEnd) ?? ended[0];
  for (const each of ended) if (each !== used) setAside(each);
  return used;
}

/** Whether an attempt is still under way after so many milliseconds. */
async function outlasts(run: Promise<Ended>, milliseconds: number): Promise<boolean> {
  const over = new AbortController();
  const late = pause(milliseconds, true, { signal: over.signal }).catch(() => false);
  const isSilent = await Promise.race([run.then(() => false), late]);
  over.abort();
  return isSilent;
}

/** The client has the answer, or has gone; nothing more is to be tried. */
function isTheEnd({ tried: { result }, verdict }: Ended): boolean {
  if (result.kind === 'held') return verdict.result === 'ok';
  return result.kind !== 'no-answer' && result.kind !== 'lost';
}

const contentChecks: ReadonlySet<string> = new Set<GoOnReason>(['content-filter', 'empty', 'cut-off', 'not-json']);

/** An answer that was put aside is the best there is after all: it goes to the client. */
export function useAfterAll(down: Downstream, { tried: { result, entry } }: Ended): void {
  if (result.kind !== 'held') return;
  entry.error = undefined;
  entry.unusedUsage = undefined;
  deliver(down, result.answer);
}

/** Notes in the row why an answer was not used, and what it may cost all the same. */
function setAside({ tried, verdict }: Ended): void {
  const { entry, result } = tried;
  if (result.kind === 'held') entry.error = verdict.rejection ? 'gateway-rejected' : contentChecks.has(verdict.result) ? verdict.result : 'upstream-refused';
  entry.unusedUsage = factsOf(result)?.usage;
}
