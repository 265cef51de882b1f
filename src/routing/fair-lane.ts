// Orders waiting calls of one priority so that shares, not calls, take turns: self-clocked fair queueing.
import { Heap } from './heap.ts';
import type { HeapEntry } from './heap.ts';

/** A call in a lane. The links are the lane's. */
export interface LaneEntry<E> {
  readonly share: string;
  /** At least 1. */
  readonly cost: number;
  before: E | undefined;
  after: E | undefined;
}

/** The calls of one share, first come first served. */
interface Flow<E> extends HeapEntry {
  readonly share: string;
  readonly weight: number;
  first: E;
  last: E;
  /** Virtual time at which its last call was done; its first is done a cost over a weight later. */
  done: number;
  finish: number;
  /** Of two with one finish, the earlier goes first. */
  readonly order: number;
}

/**
 * Each share has a virtual clock that a served call moves on by its cost over the share's weight; the share whose first call would
 * finish earliest goes next. One that begins to wait starts at the time of the lane, so it can neither save up turns nor be made
 * to wait behind what others have piled up. Nothing is remembered of a share without calls.
 */
export class FairLane<E extends LaneEntry<E>> {
  readonly #weightOf: (share: string) => number;
  readonly #flows = new Map<string, Flow<E>>();
  readonly #heap = new Heap<Flow<E>>((a, b) => a.finish < b.finish || (a.finish === b.finish && a.order < b.order));
  #virtual = 0;
  #order = 0;

  /** @param weightOf above 0 */
  constructor(weightOf: (share: string) => number) {
    this.#weightOf = weightOf;
  }

  /** The call whose turn it is. */
  first(): E | undefined {
    return this.#heap.first()?.first;
  }

  /** The first in fair order that fits, among those whose turn it is in their share. */
  firstThat(fits: (entry: E) => boolean): E | undefined {
    const passed: Flow<E>[] = [];
    let flow = this.#heap.first();
    while (flow !== undefined && !fits(flow.first)) {
      this.#heap.remove(flow);
      passed.push(flow);
      flow = this.#heap.first();
    }
    for (const one of passed) this.#heap.add(one);
    return flow?.first;
  }

  add(entry: E): void {
    const flow = this.#flows.get(entry.share);
    if (flow !== undefined) {
      entry.before = flow.last;
      flow.last.after = entry;
      flow.last = entry;
      return;
    }
    const weight = this.#weightOf(entry.share);
    const begun: Flow<E> = {
      share: entry.share,
      weight,
      first: entry,
      last: entry,
      done: this.#virtual,
      finish: this.#virtual + entry.cost / weight,
      order: this.#order++,
      place: -1,
    };
    this.#flows.set(entry.share, begun);
    this.#heap.add(begun);
  }

  /** Takes out a call that goes on to its target: its share pays for it. */
  serve(entry: E): void {
    const flow = this.#flows.get(entry.share);
    if (flow?.first !== entry) return;
    this.#virtual = Math.max(this.#virtual, flow.finish);
    flow.done = flow.finish;
    this.remove(entry);
  }

  /** Takes out a call that waits no longer, at no cost for its share. */
  remove(entry: E): void {
    const flow = this.#flows.get(entry.share);
    if (flow === undefined) return;
    const { before, after } = entry;
    if (before !== undefined) before.after = after;
    if (after !== undefined) after.before = before;
    else if (before !== undefined) flow.last = before;
    entry.before = entry.after = undefined;
    if (before !== undefined) return;
    this.#heap.remove(flow);
    if (after === undefined) {
      this.#flows.delete(flow.share);
      return;
    }
    flow.first = after;
    flow.finish = flow.done + after.cost / flow.weight;
    this.#heap.add(flow);
  }
}
