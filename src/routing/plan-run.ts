// The way of one call: finds its places one after the other, waits where it has to, and tells the targets' states how attempts went.
import type { RawHeaders } from '../contract/exchange.ts';
import type { AttemptResult, GoOnReason, RoutedCall, RouteSettings, RoutingSettings } from '../contract/routing.ts';
import { contentReasons, mayFollow, reasonOf, Underway } from './attempt-state.ts';
import type { Leaf, Node } from './node.ts';
import { explainNone } from './obstacles.ts';
import type { AttemptEnd, Clock, NextPick, Pick, RoutePlan } from './plan.ts';
import type { RetryBudget } from './retry-budget.ts';
import { Search } from './search.ts';
import type { Scene } from './search.ts';
import type { TargetState } from './target-state.ts';
import type { Waiter, WaitingRoom } from './waiting-room.ts';

export interface Run {
  readonly scene: Scene;
  readonly clock: Clock;
  readonly routing: RoutingSettings;
  readonly waiting: WaitingRoom;
  readonly retries: RetryBudget;
}

/** Before the same target is tried again: anything up to so much, doubled from one attempt to the next. */
const backoffMs = 250;
const longestBackoffMs = 5_000;

export class PlanRun implements RoutePlan, Waiter {
  readonly route: string | undefined;
  readonly #run: Run;
  readonly #root: Node;
  readonly #hedge: RouteSettings['hedge'];
  readonly #call: RoutedCall;
  readonly #search: Search;
  readonly #deadline: number;
  #attempts = 0;
  readonly #underWay: Underway[] = [];
  /** Failed once, in a way that another try at the same target may mend. */
  #again: Leaf[] | undefined;
  #hasTriedAgain = false;
  #wait: { readonly state: TargetState; readonly resolve: (next: NextPick | Promise<NextPick>) => void; readonly cancel: () => void } | undefined;

  constructor(run: Run, root: Node, call: RoutedCall, settings: RouteSettings | undefined) {
    this.route = settings?.id;
    this.#run = run;
    this.#root = root;
    this.#hedge = settings?.hedge;
    this.#call = call;
    this.#search = new Search(run.scene, call, root.leaves.length === 1);
    this.#deadline = run.clock.now() + call.patienceMs;
  }

  next(): NextPick | Promise<NextPick> {
    const found = this.#find();
    if (found) return { kind: 'pick', pick: this.#start(found, 0) };
    const again = this.#sameAgain();
    if (again) {
      // Once in a call: where every target is in trouble, a second round would be the beginning of a storm.
      this.#hasTriedAgain = true;
      return { kind: 'pick', pick: this.#start(again, this.#backoff()) };
    }
    return this.#queue() ?? this.#none();
  }

  hedge(): Pick | undefined {
    if (this.#attempts >= this.#run.routing.attempts) return undefined;
    for (const { leaf } of this.#underWay) this.#search.triedTarget(leaf.state);
    this.#begin('best');
    if (!this.#root.isOpen(this.#search) || !this.#run.retries.tryRetry()) return undefined;
    const leaf = this.#root.pick(this.#search);
    return leaf && this.#start(leaf, 0);
  }

  hedgeAfterMs(pick: Pick): number | undefined {
    if (this.#hedge === undefined || this.#underWay.length > 1) return undefined;
    return this.#hedge === 'p95' ? this.#underway(pick)?.health.latency.p95Ms : this.#hedge.afterMs;
  }

  checks(pick: Pick): readonly GoOnReason[] {
    const leaf = this.#underway(pick)?.leaf;
    return leaf === undefined || this.#attempts >= this.#run.routing.attempts ? [] : contentReasons(leaf);
  }

  answered(pick: Pick, status: number, headers: RawHeaders): void {
    this.#underway(pick)?.headCame(status, headers, this.#run.clock.now());
  }

  firstToken(pick: Pick, milliseconds: number): void {
    this.#underway(pick)?.firstToken(milliseconds, this.#run.clock.now());
  }

  ended(pick: Pick, end: AttemptEnd): void {
    const underway = this.#underway(pick);
    if (!underway) return;
    this.#underWay.splice(this.#underWay.indexOf(underway), 1);
    const { leaf, health } = underway;
    const { state } = leaf;
    const now = this.#run.clock.now();
    underway.ended(end, now);
    const reason = reasonOf(end.result);
    if (reason !== undefined) {
      if (reason === 'connect' || reason === 'timeout') this.#search.triedTarget(state);
      else if (isUsedUp(underway, end.result, this.#call.estimatedTokens, now)) this.#search.triedModel(health);
      if (underway.pick.delayMs === 0 && this.#mayMend(reason, end)) (this.#again ??= []).push(leaf);
      for (const [i, { group, child }] of leaf.path.entries()) {
        if (!mayFollow(leaf.path, i, reason)) this.#search.limit(group, group.on ? child + 1 : 0);
      }
    }
    if (!state.breaker.admits(now) || !health.breaker.admits(now)) this.#run.waiting.closed(state);
    this.#run.waiting.freed(state);
  }

  mayGoOn(_pick: Pick, result: AttemptResult): boolean {
    if (reasonOf(result) === undefined || this.#attempts >= this.#run.routing.attempts) return false;
    this.#begin('any');
    if (!this.#root.isOpen(this.#search) && this.#sameAgain() === undefined) return false;
    return this.#run.retries.tryRetry();
  }

  close(): void {
    this.#leave({ kind: 'none', reason: 'exhausted', why: 'the call was given up', retryAfterSeconds: undefined });
  }

  fits(): boolean {
    this.#search.hasWaited = true;
    this.#begin('room');
    const isOpen = this.#root.isOpen(this.#search);
    this.#search.hasWaited = false;
    return isOpen;
  }

  released(): void {
    const wait = this.#wait;
    if (!wait) return;
    this.#wait = undefined;
    wait.cancel();
    this.#search.hasWaited = true;
    const found = this.#find();
    this.#search.hasWaited = false;
    if (found) wait.resolve({ kind: 'pick', pick: this.#start(found, 0) });
    else wait.resolve(this.#queue() ?? this.#none());
  }

  #begin(level: Search['level']): void {
    this.#search.begin(this.#run.clock.now());
    this.#search.level = level;
  }

  #find(): Leaf | undefined {
    this.#begin('best');
    const best = this.#root.pick(this.#search);
    if (best) return best;
    this.#search.level = 'room';
    return this.#root.pick(this.#search);
  }

  /** Whether another try at the same target may help: the line may have failed; and a server's error on a call that has no second target is not the last word. */
  #mayMend(reason: GoOnReason, { isLasting }: AttemptEnd): boolean {
    if (reason === 'connect') return isLasting !== true;
    return reason === '5xx' && this.#attempts === 1 && this.#root.leaves.length > 1;
  }

  /** The same target once more, where no other is left. */
  #sameAgain(): Leaf | undefined {
    if (this.#again === undefined || this.#hasTriedAgain) return undefined;
    this.#begin('room');
    return this.#again.find((leaf) => leaf.path.every((_, i) => mayFollow(leaf.path, i, 'connect')) && this.#search.obstacle(leaf, true) === undefined);
  }

  #backoff(): number {
    return 1 + this.#run.scene.random() * Math.min(longestBackoffMs, backoffMs * 2 ** (this.#attempts - 1));
  }

  #start(leaf: Leaf, delayMs: number): Pick {
    this.#attempts += 1;
    this.#search.isFirst = false;
    const underway = new Underway(leaf, this.#search.healthOf(leaf), this.#call, { attempt: this.#attempts, delayMs, now: this.#search.now });
    this.#underWay.push(underway);
    return underway.pick;
  }

  /** A place in the queue where the wait is shortest; undefined where there is none, or no time. */
  #queue(): Promise<NextPick> | undefined {
    const { clock, routing, waiting } = this.#run;
    const now = clock.now();
    const left = this.#deadline - now;
    if (left <= 0) return undefined;
    this.#begin('any');
    const tokens = this.#call.estimatedTokens;
    const open: Leaf[] = [];
    this.#root.collect(this.#search, open);
    open.sort((a, b) => a.state.waitEstimate(tokens, now) - b.state.waitEstimate(tokens, now));
    const share = this.#call[routing.shareBy] ?? '';
    for (const { state } of open) {
      if (!waiting.enter(state, { share, priority: this.#call.priority, cost: tokens, expiresAt: this.#deadline, item: this })) continue;
      return new Promise((resolve) => {
        const cancel = clock.after(left, () => this.#leave(this.#none()));
        this.#wait = { state, resolve, cancel };
      });
    }
    return undefined;
  }

  #leave(none: NextPick): void {
    const wait = this.#wait;
    if (!wait) return;
    this.#wait = undefined;
    wait.cancel();
    this.#run.waiting.leave(wait.state, this, this.#call.estimatedTokens);
    wait.resolve(none);
  }

  #none(): NextPick {
    this.#begin('any');
    return explainNone(this.#root.leaves, this.#search, this.#attempts);
  }

  #underway(pick: Pick): Underway | undefined {
    return this.#underWay.find((one) => one.pick === pick);
  }
}

/** Whether this call may not ask there again. A target that refuses for its limits is not waited for: its own 429 is the honest answer, unless another key has room. */
function isUsedUp({ leaf, key }: Underway, result: AttemptResult, tokens: number, now: number): boolean {
  const { keys } = leaf.state;
  if (key === undefined || (result !== 'key-refused' && result !== '429')) return true;
  return result === 'key-refused' ? keys.isSpent(now) : keys.waitFor(tokens, now) > 0;
}
