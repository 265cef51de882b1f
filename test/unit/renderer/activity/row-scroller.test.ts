import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { headHeight, rowHeight, RowScroller } from '../../../../renderer/views/activity/row-scroller.ts';

const body = 20 * rowHeight;

/** An element that clamps as browsers do, and tells its scroller. */
class Element {
  readonly clientHeight = body + headHeight;
  readonly scroller: RowScroller;
  #top = 0;
  constructor(scroller: RowScroller) {
    this.scroller = scroller;
  }
  get scrollTop(): number {
    return this.#top;
  }
  set scrollTop(wanted: number) {
    this.#top = Math.max(0, Math.min(wanted, this.scroller.places * rowHeight - body));
  }
  /** As a hand does it. */
  move(to: number): void {
    this.scrollTop = to;
    this.scroller.scrolled();
  }
}

function scrollerOf(total: number): { scroller: RowScroller; element: Element } {
  const scroller = new RowScroller(() => undefined);
  scroller.resize(total);
  const element = new Element(scroller);
  scroller.attach(element);
  return { scroller, element };
}

/** The rows in view whole. */
function inView({ scroller, element }: ReturnType<typeof scrollerOf>): [first: number, last: number] {
  return [Math.ceil(element.scrollTop / rowHeight) + scroller.shift, Math.floor((element.scrollTop + body) / rowHeight) - 1 + scroller.shift];
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([50, 5_000, 100_000, 1_000_000, 12_345_678])('every row of %d can be brought into view from anywhere', (total) => {
  const both = scrollerOf(total);
  const rows = [0, total - 1, 0, 7, Math.floor(total / 2), Math.floor(total / 2) + 1, total - 2, Math.floor(total / 3), 1, Math.floor(total * 0.98), 0];
  for (const row of rows) {
    both.scroller.reveal(row);
    both.scroller.scrolled();
    const [first, last] = inView(both);
    expect([row, row >= first && row <= last]).toEqual([row, true]);
    vi.advanceTimersByTime(1_000);
    const [restFirst, restLast] = inView(both);
    expect([row, row >= restFirst && row <= restLast]).toEqual([row, true]);
  }
});

test('a row in view moves nothing, the next one moves the list by a row', () => {
  const both = scrollerOf(1_000_000);
  both.scroller.reveal(500_000);
  const [first, last] = inView(both);
  both.scroller.reveal(last);
  expect(inView(both)).toEqual([first, last]);
  both.scroller.reveal(last + 1);
  expect(inView(both)).toEqual([first + 1, last + 1]);
});

test('a key held down in the middle walks row by row, through the rests too', () => {
  const both = scrollerOf(1_000_000);
  both.scroller.reveal(500_000);
  let [, last] = inView(both);
  for (let press = 0; press < 500; press += 1) {
    both.scroller.reveal(last + 1);
    both.scroller.scrolled();
    if (press % 50 === 0) vi.advanceTimersByTime(1_000);
    expect(inView(both)[1]).toBe(last + 1);
    last += 1;
  }
});

test('the thumb at the very end shows the last row, at the very top the first', () => {
  const both = scrollerOf(1_000_000);
  both.element.move(Number.MAX_SAFE_INTEGER);
  expect(inView(both)[1]).toBe(999_999);
  both.element.move(0);
  expect(both.scroller.first).toBe(0);
});

test('small moves at the top of the element never hide the rows above', () => {
  const both = scrollerOf(1_000_000);
  both.element.move(50_000 * rowHeight);
  // A long wheel upwards without rest, until the element ends.
  for (let move = 0; move < 1_000 && both.element.scrollTop > 0; move += 1) both.element.move(both.element.scrollTop - 60 * rowHeight);
  vi.advanceTimersByTime(1_000);
  expect(both.scroller.first === 0 || both.element.scrollTop > 0).toBe(true);
});

test('back to the top from anywhere', () => {
  const both = scrollerOf(1_000_000);
  both.scroller.reveal(777_777);
  both.scroller.toTop();
  expect(inView(both)[0]).toBe(0);
});
