// One attempt under way: what it takes from its target's state, and what its end gives back and teaches.
import { usualReasons } from '../contract/routing.ts';
import type { AttemptResult, GoOnReason, RoutedCall } from '../contract/routing.ts';
import type { RawHeaders } from '../contract/exchange.ts';
import { failuresInRow } from './breaker.ts';
import type { TakenKey } from './key-pool.ts';
import type { ModelHealth } from './model-health.ts';
import type { Leaf, Step } from './node.ts';
import type { AttemptEnd, Pick } from './plan.ts';
import type { Placement } from './quota.ts';
import { doubtOfTrial } from './silence.ts';

/** A connection that took that long to fail was waited for in vain: nobody should wait a second and third time. Nor where it is known to fail again. */
const hangMs = 3_000;

const usual: ReadonlySet<string> = new Set(usualReasons);
const ofContent: ReadonlySet<AttemptResult> = new Set(['content-filter', 'empty', 'cut-off', 'not-json']);

/** Results after which no other target is asked: it is answered, or the call itself is over or at fault. */
const finalResults = ['ok', 'client-error', 'broken', 'slower', 'cancelled'] as const;
const isFinal = (result: AttemptResult): result is (typeof finalResults)[number] => (finalResults as readonly AttemptResult[]).includes(result);

/** Why a cascade would go on after this result; undefined where another target is not asked. */
export function reasonOf(result: AttemptResult): GoOnReason | undefined {
  if (isFinal(result)) return undefined;
  return result === 'key-refused' ? 'gateway-limit' : result;
}

/** Whether the group at this step of a leaf's path has another child try after such a failure. */
export function mayFollow(path: readonly Step[], at: number, reason: GoOnReason): boolean {
  const own = path[at]?.group.on;
  if (own) return own.has(reason);
  // Peers stand for each other wherever a cascade above would go on.
  return usual.has(reason) || path.some(({ group }, i) => i > at && group.on?.has(reason) === true);
}

/** What the answer itself has to be asked, so that a cascade above can go on. */
export function contentReasons({ path }: Leaf): readonly GoOnReason[] {
  let reasons: GoOnReason[] | undefined;
  for (const { group } of path) for (const reason of group.on ?? []) if (ofContent.has(reason)) (reasons ??= []).push(reason);
  return reasons ? [...new Set(reasons)] : none;
}
const none: readonly GoOnReason[] = [];

export interface Start {
  readonly attempt: number;
  readonly delayMs: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

export class Underway {
  readonly pick: Pick;
  readonly leaf: Leaf;
  readonly health: ModelHealth;
  readonly key: TakenKey | undefined;
  readonly #tokens: number;
  readonly #placement: Placement;
  readonly #modelPlacement: Placement | undefined;
  readonly #startedAt: number;
  readonly #isLineTrial: boolean;
  readonly #isModelTrial: boolean;
  #isAnswered = false;
  #hasSpoken = false;

  constructor(leaf: Leaf, health: ModelHealth, call: RoutedCall, { attempt, delayMs, now }: Start) {
    const { state } = leaf;
    const tokens = call.estimatedTokens;
    this.leaf = leaf;
    this.health = health;
    this.#tokens = tokens;
    this.#startedAt = now + delayMs;
    this.key = state.keys.take(tokens, now);
    this.#placement = state.quota.take(tokens);
    this.#modelPlacement = health.quota?.take(tokens);
    // What was measured on the way down misleads: the trials are to show how fast it is now.
    if (state.breaker.isUntried || health.breaker.isUntried) health.latency.forget();
    this.#isLineTrial = state.breaker.begin();
    this.#isModelTrial = health.breaker.begin();
    state.inFlight += 1;
    state.tokensUnderWay += tokens;
    state.recent.add(now, 1);
    leaf.recent.add(now, 1);
    health.pending += 1;
    health.silence.began(this.#startedAt);
    const isTrial = this.#isLineTrial || this.#isModelTrial;
    this.pick = { target: state.target, model: leaf.model, key: this.key?.slot.label, attempt, delayMs, isTrial };
  }

  headCame(status: number, headers: RawHeaders, now: number): void {
    const { state } = this.leaf;
    this.#isAnswered = true;
    this.health.silence.heard(this.#startedAt);
    state.headCame(now - this.#startedAt);
    if (state.isClientsOwn) return;
    // What a 5xx says is the target's; what it says of quotas is the key's, and behind a gateway the model's.
    if (this.key && status < 500) state.keys.observe(this.key, status, headers);
    else if (state.target.kind === 'gateway' && status < 500) (this.health.quota ??= state.newQuota()).observe(status, headers, this.#modelPlacement);
    else state.quota.observe(status, headers, this.#placement);
  }

  firstToken(milliseconds: number, now: number): void {
    if (this.#hasSpoken) return;
    this.#hasSpoken = true;
    this.health.pending -= 1;
    this.health.silence.heard(this.#startedAt);
    this.health.latency.firstToken(now, milliseconds);
    this.#succeeded(now);
  }

  ended(end: AttemptEnd, now: number): void {
    const { leaf, health, key } = this;
    const { state } = leaf;
    state.inFlight -= 1;
    state.tokensUnderWay -= this.#tokens;
    state.heardAt = now;
    if (end.result === 'ok' && !this.#hasSpoken) this.firstToken(end.firstTokenMs ?? end.durationMs, now);
    if (!this.#hasSpoken) this.#gaveUp(end, now);
    const used = (end.inputTokens ?? 0) + (end.outputTokens ?? 0);
    if (used > 0 || !this.#isAnswered) {
      state.quota.settle(this.#tokens, used, this.#placement);
      if (this.#modelPlacement) health.quota?.settle(this.#tokens, used, this.#modelPlacement);
    }
    if (key && end.result === 'key-refused') state.keys.refused(key, now);
    this.#judge(end, now);
    health.silence.ended(this.#startedAt);
  }

  #gaveUp({ result, durationMs }: AttemptEnd, now: number): void {
    this.health.pending -= 1;
    if (result === 'slower' || result === 'cancelled') this.health.latency.atLeast(now, durationMs);
  }

  #judge(end: AttemptEnd, now: number): void {
    const { result } = end;
    const { state } = this.leaf;
    const { breaker } = this.health;
    const weight = result === 'key-refused' && this.key ? undefined : failures[result];
    if (result === 'ok') this.#wellDone(end);
    else if (state.isClientsOwn) this.#neutral(now);
    else if (result === 'connect') {
      // Where a model is tried after failures, or nobody listens there, one connection that fails is enough.
      const isEnough = this.#isModelTrial || end.isLasting === true || end.durationMs >= hangMs;
      state.breaker.failed(now, this.#isLineTrial, isEnough ? failuresInRow : 1);
      if (this.#isModelTrial) breaker.void(now);
    } else if (result === 'broken' && this.#hasSpoken) {
      // Its beginning has counted as a success; its end counts as well.
      breaker.failed(now, false);
    } else if (weight !== undefined) this.#failed(now, weight);
    else if (ofContent.has(result)) {
      // It answered; whether the answer is good enough is the route's matter.
      if (!this.#hasSpoken) this.#succeeded(now);
    } else if (result === 'slower' && !this.#isAnswered) this.#outrun(now);
    else this.#neutral(now);
    state.detail = details[result] ?? state.detail;
  }

  #wellDone({ outputTokens, firstTokenMs, durationMs }: AttemptEnd): void {
    const { state } = this.leaf;
    state.answered += 1;
    if (this.key) state.keys.accepted(this.key);
    if (outputTokens !== undefined && firstTokenMs !== undefined) this.health.latency.answered(durationMs - firstTokenMs, outputTokens);
  }

  /** The line is sound, the model failed. */
  #failed(now: number, weight: number): void {
    if (this.#isAnswered) this.leaf.state.breaker.succeeded(now, this.#isLineTrial);
    else if (this.#isLineTrial) this.leaf.state.breaker.void(now);
    this.health.breaker.failed(now, this.#isModelTrial, weight);
  }

  /** Another attempt was faster, and this one gave no sign of life: one such is chance, several in a row are not. */
  #outrun(now: number): void {
    const { breaker, silence } = this.health;
    const doubt = silence.lost(this.#startedAt, now);
    const isBad = this.#isModelTrial ? doubt >= doubtOfTrial : breaker.isClosed && silence.isProven(now);
    if (!isBad) {
      this.#neutral(now);
      return;
    }
    silence.forgive();
    this.#failed(now, failuresInRow);
  }

  /** Says nothing of the model; that an answer came says that the line is sound. */
  #neutral(now: number): void {
    if (this.#hasSpoken) return;
    const { breaker } = this.leaf.state;
    if (this.#isLineTrial) breaker.void(now);
    if (this.#isModelTrial) this.health.breaker.void(now);
  }

  #succeeded(now: number): void {
    this.leaf.state.breaker.succeeded(now, this.#isLineTrial);
    this.health.breaker.succeeded(now, this.#isModelTrial);
  }
}

/** What counts against the model, in failures in a row. */
const failures: Partial<Record<AttemptResult, number>> = { timeout: failuresInRow, '408': 1, '5xx': 1, 'key-refused': 1, broken: 1 };

/** For people. */
const details: Partial<Record<AttemptResult, string>> = {
  ok: '',
  connect: 'no connection could be made, or it broke before an answer',
  timeout: 'it did not begin to answer in time',
  '408': 'it answered 408',
  '5xx': 'it answered with a server error',
  'gateway-limit': 'the gateway refused the call on its own account',
  'key-refused': 'it refused the key',
  broken: 'an answer broke off',
};
