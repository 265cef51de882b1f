// The keys of one provider target: turns by weight, a quota for each, and refused ones put aside.
import type { RawHeaders } from '../contract/exchange.ts';
import type { Clock } from './plan.ts';
import { Quota } from './quota.ts';
import type { Placement } from './quota.ts';
import { Wheel } from './wheel.ts';

export interface WeightedKey {
  readonly label: string;
  readonly weight: number;
  /** Milliseconds since 1970; a key that was added anew is another one, whatever its label. */
  readonly addedAt?: number | undefined;
}

/** Keys are added and taken away while the agent runs; the list is read again after that long. */
const listMs = 1_000;
const firstRestMs = 60_000;
const longestRestMs = 3_600_000;

export class KeySlot {
  readonly label: string;
  readonly addedAt: number | undefined;
  readonly quota: Quota;
  weight: number;
  refusals = 0;
  /** Refused by the provider; put aside until then, monotonic milliseconds. */
  asideUntil = 0;

  constructor({ label, weight, addedAt }: WeightedKey, clock: Clock) {
    this.label = label;
    this.addedAt = addedAt;
    this.weight = weight;
    this.quota = new Quota({ limits: undefined, clock });
  }
}

export interface TakenKey {
  readonly slot: KeySlot;
  readonly placement: Placement;
}

export class KeyPool {
  readonly #list: () => readonly WeightedKey[];
  readonly #clock: Clock;
  #slots: readonly KeySlot[] = [];
  #wheel = new Wheel(0);
  #listedAt = -Infinity;

  constructor(list: () => readonly WeightedKey[], clock: Clock) {
    this.#list = list;
    this.#clock = clock;
  }

  /** Every key was refused lately. */
  isSpent(now: number): boolean {
    const slots = this.#current(now);
    if (slots.length === 0) return false;
    for (const slot of slots) if (slot.asideUntil <= now) return false;
    return true;
  }

  /** Milliseconds until a key takes a call of so many tokens; 0 where none is needed. */
  waitFor(tokens: number, now: number): number {
    const slots = this.#current(now);
    if (slots.length === 0) return 0;
    let least = Infinity;
    for (const slot of slots) {
      if (slot.weight > 0) least = Math.min(least, Math.max(0, slot.asideUntil - now, slot.quota.waitFor(tokens, now)));
      if (least === 0) break;
    }
    return least;
  }

  take(tokens: number, now: number): TakenKey | undefined {
    const slots = this.#current(now);
    if (slots.length === 0) return undefined;
    slots.forEach(({ weight }, i) => {
      this.#wheel.offered[i] = weight;
    });
    const isOpen = (slot: KeySlot | undefined): boolean => slot !== undefined && slot.asideUntil <= now && slot.quota.waitFor(tokens, now) === 0;
    const slot = slots[this.#wheel.turn((i) => isOpen(slots[i]))];
    return slot && { slot, placement: slot.quota.take(tokens) };
  }

  refused({ slot }: TakenKey, now: number): void {
    if (slot.asideUntil > now) return;
    slot.asideUntil = now + Math.min(longestRestMs, firstRestMs * 2 ** slot.refusals);
    slot.refusals += 1;
  }

  accepted({ slot }: TakenKey): void {
    slot.refusals = 0;
  }

  observe({ slot, placement }: TakenKey, status: number, headers: RawHeaders): void {
    slot.quota.observe(status, headers, placement);
  }

  /** Share used by the key with the most left. */
  used(now: number): number {
    let least = 1;
    const slots = this.#current(now);
    for (const slot of slots) if (slot.asideUntil <= now) least = Math.min(least, slot.quota.used());
    return slots.length === 0 ? 0 : least;
  }

  #current(now: number): readonly KeySlot[] {
    if (now - this.#listedAt < listMs) return this.#slots;
    this.#listedAt = now;
    const listed = this.#list();
    const isKept = ({ label, addedAt }: WeightedKey, slot: KeySlot | undefined): slot is KeySlot => slot?.label === label && slot.addedAt === addedAt;
    if (listed.length !== this.#slots.length || !listed.every((key, i) => isKept(key, this.#slots[i]))) {
      const known = new Map(this.#slots.map((slot) => [slot.label, slot]));
      this.#slots = listed.map((key) => {
        const slot = known.get(key.label);
        return isKept(key, slot) ? slot : new KeySlot(key, this.#clock);
      });
      this.#wheel = new Wheel(listed.length);
    }
    listed.forEach(({ weight }, i) => {
      const slot = this.#slots[i];
      if (slot) slot.weight = weight;
    });
    return this.#slots;
  }
}
