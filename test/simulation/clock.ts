// Time that jumps from event to event, so that hours of traffic pass in seconds and every run of a seed is the same.
import type { Clock } from '../../src/routing/plan.ts';

/** 1 June 2026, noon UTC: where the wall clock stands at 0. */
const epoch = Date.UTC(2026, 5, 1, 12);

interface Event {
  readonly at: number;
  /** Events of one moment happen in the order they were asked for. */
  readonly order: number;
  act: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  readonly #heap: Event[] = [];
  #now = 0;
  #order = 0;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return epoch + this.#now;
  }

  after(milliseconds: number, act: () => void): () => void {
    const event: Event = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, act };
    this.#push(event);
    return () => {
      event.act = undefined;
    };
  }

  /** Goes from event to event until none is left. `hasWaiting`: promises are open that an event may settle, so their turn comes before the next event. */
  async run(hasWaiting: () => boolean): Promise<void> {
    for (let event = this.#pop(); event; event = this.#pop()) {
      if (!event.act) continue;
      this.#now = event.at;
      event.act();
      if (hasWaiting()) await new Promise(setImmediate);
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      if (!below) break;
      const right = heap[child + 1];
      if (right && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
