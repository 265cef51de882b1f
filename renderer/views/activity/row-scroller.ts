// Drives the scrolling element of a list that may be longer than it is tall: keeps which row stands at which place.
import { placeOf, rowWindow, settled, shiftAfter } from './row-window.ts';
import type { RowWindow } from './row-window.ts';

export const rowHeight = 36;
export const headHeight = 34;
const restMs = 180;

/** What it needs of the element. */
export interface Scrollable {
  scrollTop: number;
  readonly clientHeight: number;
}

export class RowScroller {
  #window: RowWindow = rowWindow(0);
  #element: Scrollable | undefined;
  #place = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  readonly #moved: () => void;
  /** Row = place + shift. */
  shift = 0;

  /** `moved`: the shift changed without a scroll event to tell it. */
  constructor(moved: () => void) {
    this.#moved = moved;
  }

  attach(element: Scrollable | undefined): void {
    this.#element = element;
    clearTimeout(this.#rest);
    if (element === undefined) return;
    // A new element begins at its top, wherever the one before stood.
    this.#place = Math.floor(element.scrollTop / rowHeight);
    this.shift = 0;
    this.#moved();
  }

  get places(): number {
    return this.#window.physical;
  }

  get first(): number {
    return this.#place + this.shift;
  }

  /** Rows that fit on the screen whole. */
  get screen(): number {
    return Math.max(1, Math.floor(((this.#element?.clientHeight ?? 0) - headHeight) / rowHeight));
  }

  /** Call while rendering: a list that grew or shrank keeps its first row in view where it can. */
  resize(total: number): void {
    if (total === this.#window.total) return;
    this.#window = rowWindow(total);
    this.shift = shiftAfter(this.#window, this.shift, { from: this.#place, to: this.#place, screen: this.screen });
  }

  /** Call at every scroll event, before anything is drawn. */
  scrolled(): void {
    const element = this.#element;
    if (element === undefined) return;
    const to = Math.floor(element.scrollTop / rowHeight);
    this.shift = shiftAfter(this.#window, this.shift, { from: this.#place, to, screen: this.screen });
    this.#place = to;
    clearTimeout(this.#rest);
    const atEdge = to <= 0 || to >= this.#window.physical - this.screen - 1;
    if (atEdge) this.#settle();
    else this.#rest = setTimeout(() => this.#settle(), restMs);
  }

  /** Brings a row into view with the least move. */
  reveal(row: number): void {
    const element = this.#element;
    if (element === undefined) return;
    const height = element.clientHeight - headHeight;
    const top = (row - this.shift) * rowHeight;
    const isAbove = top < element.scrollTop;
    if (!isAbove && top + rowHeight <= element.scrollTop + height) return;
    this.#put(isAbove ? top : top + rowHeight - height, height);
  }

  toTop(): void {
    this.#put(-this.shift * rowHeight, 1);
  }

  /** Scrolls to a distance from the top of the places as they stand now, which may lie beyond them. */
  #put(wanted: number, height: number): void {
    const element = this.#element;
    if (element === undefined) return;
    const isNear = Math.abs(wanted - element.scrollTop) <= height && wanted >= 0 && wanted <= this.#window.physical * rowHeight - height;
    const first = Math.max(0, Math.floor(wanted / rowHeight) + this.shift);
    const place = isNear ? first - this.shift : placeOf(this.#window, first);
    this.shift = first - place;
    this.#place = place;
    element.scrollTop = place * rowHeight + Math.max(0, wanted - Math.floor(wanted / rowHeight) * rowHeight);
    this.#moved();
  }

  #settle(): void {
    const element = this.#element;
    if (element === undefined) return;
    const rest = settled(this.#window, this.shift, this.#place);
    if (rest === undefined) return;
    const within = element.scrollTop - this.#place * rowHeight;
    this.shift = rest.shift;
    this.#place = rest.place;
    element.scrollTop = rest.place * rowHeight + within;
    this.#moved();
  }
}
