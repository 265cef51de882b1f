// The queue before one target: shares take turns, interactive calls overtake batch ones, and nobody starves.
import { AgentError } from '../contract/errors.ts';
import type { Priority } from '../contract/routing.ts';
import { FairLane } from './fair-lane.ts';
import type { LaneEntry } from './fair-lane.ts';
import { Heap } from './heap.ts';
import type { HeapEntry } from './heap.ts';
import type { Clock } from './plan.ts';

/** Batch calls get one part of cost for so many parts of interactive ones, while both wait. */
const interactiveParts = 9;
/** A share may hold so many times what it leaves free to others. */
const sharePressure = 9;
/** How fast the observed pace of the queue is forgotten. */
const memoryMs = 30_000;

export interface QueueEntry<T> {
  /** Who shares the queue fairly: the name of an app, team, key or user. */
  readonly share: string;
  readonly priority: Priority;
  /** Tokens by estimate. */
  readonly cost: number;
  /** When it waits no longer; monotonic milliseconds. */
  readonly expiresAt: number;
  /** The call; each may wait once. */
  readonly item: T;
}

interface Waiting<T> extends LaneEntry<Waiting<T>>, HeapEntry {
  readonly item: T;
  readonly priority: Priority;
  readonly expiresAt: number;
  /** Cost of the smaller calls that went before it although it was its turn. */
  passed: number;
}

/**
 * Calls that wait for one target. Every step takes O(log n), `next` with a call that does not fit O(log n) for each share it looks at.
 *
 * - Within a priority, shares take turns by weight and cost: a share with a thousand calls waiting delays one with a single call by
 *   about one call.
 * - Interactive calls go first, but batch calls get a tenth of the cost while both wait.
 * - The first in order that does not fit may be passed by smaller ones until those cost as much as itself; then they wait for it. So a
 *   large call cannot be starved by small ones. Behind a call that does not fit its own share waits.
 * - Nobody is put out for another. A share may enter while it holds less than nine times of what would stay free, so one alone fills nine
 *   tenths of the queue, two fill about the half each, and there is a place for one that has none waiting.
 */
export class FairQueue<T> {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<Priority, FairLane<Waiting<T>>>>;
  readonly #waiting = new Map<T, Waiting<T>>();
  readonly #sizes = new Map<string, number>();
  readonly #expiries = new Heap<Waiting<T>>((a, b) => a.expiresAt < b.expiresAt);
  /** What interactive calls have left over for batch ones. */
  #batchCredit = 0;
  /** The pace: calls let go, and the time that took while any waited, both fading. */
  #drained = 0;
  #drainingMs = 0;
  #lastChange = 0;

  /** @param shares weights above 0 by name of share; 1 for the others */
  constructor({ limit, shares, clock }: { limit: number; shares: Readonly<Record<string, number>>; clock: Clock }) {
    const weights = new Map(Object.entries(shares));
    const weightOf = (share: string) => weights.get(share) ?? 1;
    this.#limit = limit;
    this.#clock = clock;
    this.#lanes = { interactive: new FairLane(weightOf), batch: new FairLane(weightOf) };
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Calls waiting by share, as of now; shares without any are not there. */
  shareSizes(): ReadonlyMap<string, number> {
    return new Map(this.#sizes);
  }

  /** False: there is no place for this share. */
  enter({ share, priority, cost, expiresAt, item }: QueueEntry<T>): boolean {
    if (this.#waiting.has(item)) throw new AgentError('internal', 'The call is waiting in this queue already');
    const held = this.#sizes.get(share) ?? 0;
    const free = this.#limit - this.size;
    if (free < 1 || (held > 0 && held >= sharePressure * (free - 1))) return false;
    if (this.size === 0) this.#lastChange = this.#clock.now();
    const entry: Waiting<T> = { item, share, priority, cost: Math.max(1, cost), expiresAt, passed: 0, place: -1, before: undefined, after: undefined };
    this.#waiting.set(item, entry);
    this.#sizes.set(share, held + 1);
    this.#expiries.add(entry);
    this.#lanes[priority].add(entry);
    return true;
  }

  /**
   * Takes out the call that goes next. `fits` says whether there is room for it now. It is also true of a call that is better off
   * elsewhere, for what stands in its way is not want of room: left in the queue it would hold up its share.
   * Undefined: none waits, or none whose turn it may be fits.
   */
  next(fits: (item: T, cost: number) => boolean = () => true): T | undefined {
    const { interactive, batch } = this.#lanes;
    const order = this.#isBatchDue() ? [batch, interactive] : [interactive, batch];
    const turn = order[0]?.first() ?? order[1]?.first();
    if (turn === undefined) return undefined;
    const entryFits = (entry: Waiting<T>) => fits(entry.item, entry.cost);
    if (entryFits(turn)) return this.#serve(turn);
    const smallestToPass = turn.passed < turn.cost ? 0 : turn.cost;
    for (const lane of order) {
      const entry = lane.firstThat((one) => one !== turn && one.cost >= smallestToPass && entryFits(one));
      if (entry === undefined) continue;
      // where there is room for one of its size, it is not for want of room that it waits
      if (entry.cost < turn.cost) turn.passed += entry.cost;
      return this.#serve(entry);
    }
    return undefined;
  }

  /** Takes out a call that waits no longer; nothing happens where it does not wait. */
  leave(item: T): void {
    const entry = this.#waiting.get(item);
    if (entry === undefined) return;
    this.#lanes[entry.priority].remove(entry);
    this.#forget(entry);
  }

  /** Takes out the calls whose time is over at `now`, the longest over first. */
  expired(now: number): T[] {
    const items: T[] = [];
    for (let entry = this.#expiries.first(); entry !== undefined && entry.expiresAt <= now; entry = this.#expiries.first()) {
      this.leave(entry.item);
      items.push(entry.item);
    }
    return items;
  }

  /** Milliseconds until all that wait now have gone on, at the pace of the last half minute in which any waited; 0 while none waits. */
  waitEstimateMs(): number {
    const sinceLast = this.#clock.now() - this.#lastChange;
    return this.size === 0 ? 0 : Math.ceil(((this.#drainingMs + sinceLast) / Math.max(1, this.#drained)) * this.size);
  }

  #isBatchDue(): boolean {
    const first = this.#lanes.batch.first();
    return first !== undefined && this.#batchCredit >= first.cost;
  }

  #serve(entry: Waiting<T>): T {
    const { batch } = this.#lanes;
    this.#lanes[entry.priority].serve(entry);
    if (entry.priority === 'batch') this.#batchCredit -= entry.cost;
    else this.#batchCredit += entry.cost / interactiveParts;
    this.#batchCredit = Math.max(0, Math.min(this.#batchCredit, batch.first()?.cost ?? 0));
    const now = this.#clock.now();
    const gap = now - this.#lastChange;
    const kept = Math.exp(-gap / memoryMs);
    this.#drained = this.#drained * kept + 1;
    this.#drainingMs = this.#drainingMs * kept + gap;
    this.#lastChange = now;
    this.#forget(entry);
    return entry.item;
  }

  #forget(entry: Waiting<T>): void {
    this.#expiries.remove(entry);
    this.#waiting.delete(entry.item);
    const held = (this.#sizes.get(entry.share) ?? 0) - 1;
    if (held > 0) this.#sizes.set(entry.share, held);
    else this.#sizes.delete(entry.share);
  }
}
