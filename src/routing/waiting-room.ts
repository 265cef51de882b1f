// Keeps calls that wait for a target to have room, and places them when it has: there, or wherever there is room first.
import type { Board } from './board.ts';
import type { Clock } from './plan.ts';
import type { QueueEntry } from './fair-queue.ts';
import type { TargetState } from './target-state.ts';

export interface Waiter {
  /** Whether it could be placed now, at a target of its route. */
  fits(): boolean;
  /** Called once it has left the queue: it finds its place, or another one to wait. */
  released(): void;
}

/** Quotas are looked at again no sooner than that, and no later. */
const soonestMs = 5;
const latestMs = 1_000;

export class WaitingRoom {
  readonly #board: Board;
  readonly #clock: Clock;
  readonly #alarms = new Map<TargetState, () => void>();
  #waiting = 0;

  constructor(board: Board, clock: Clock) {
    this.#board = board;
    this.#clock = clock;
  }

  /** False: the queue is full. */
  enter(state: TargetState, entry: QueueEntry<Waiter>): boolean {
    if (!state.queue.enter(entry)) return false;
    this.#waiting += 1;
    state.tokensWaiting += entry.cost;
    this.#watch(state);
    return true;
  }

  leave(state: TargetState, waiter: Waiter, cost: number): void {
    state.queue.leave(waiter);
    this.#left(state, cost);
    if (state.queue.size === 0) this.#unwatch(state);
  }

  /** A call has ended there, or a quota came back: whoever is next goes, first those of its own queue. */
  freed(state: TargetState): void {
    if (this.#waiting === 0) return;
    this.#serve(state);
    for (const other of this.#board.states) if (other !== state && other.queue.size > 0) this.#serve(other);
  }

  /** The target takes no calls for now: those that wait for it look for another place. */
  closed(state: TargetState): void {
    // Taken out all at once: one that finds no other place may come back to wait here.
    const all: Waiter[] = [];
    for (;;) {
      const waiter = this.#next(state, () => true);
      if (!waiter) break;
      all.push(waiter);
    }
    this.#unwatch(state);
    for (const waiter of all) waiter.released();
  }

  #serve(state: TargetState): void {
    for (;;) {
      const waiter = this.#next(state, (candidate) => candidate.fits());
      if (!waiter) break;
      waiter.released();
    }
    if (state.queue.size > 0) this.#watch(state);
    else this.#unwatch(state);
  }

  #next(state: TargetState, fits: (waiter: Waiter) => boolean): Waiter | undefined {
    let cost = 0;
    const next = state.queue.next((waiter, itsCost) => {
      const isNext = fits(waiter as Waiter);
      if (isNext) cost = itsCost;
      return isNext;
    });
    if (next === undefined) return undefined;
    this.#left(state, cost);
    return next as Waiter;
  }

  #left(state: TargetState, cost: number): void {
    this.#waiting -= 1;
    state.tokensWaiting = Math.max(0, state.tokensWaiting - cost);
  }

  /** Quotas come back by themselves, so somebody has to look. */
  #watch(state: TargetState): void {
    if (this.#alarms.has(state)) return;
    const wait = state.quotaWait(1, this.#clock.now());
    const cancel = this.#clock.after(Math.min(latestMs, Math.max(soonestMs, wait)), () => {
      this.#alarms.delete(state);
      this.#serve(state);
    });
    this.#alarms.set(state, cancel);
  }

  #unwatch(state: TargetState): void {
    this.#alarms.get(state)?.();
    this.#alarms.delete(state);
  }
}
