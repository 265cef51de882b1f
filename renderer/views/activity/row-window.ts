// Maps the rows of a long list to the fewer rows a scrolling element can be tall enough for.
// Browsers cap the height of an element (Chromium near 16.7 million pixels), so beyond `mostPhysical` rows the element stands for more rows than it holds:
// both ends map one to one, the middle is compressed. Short moves keep the distance between the two (`shift`), so a wheel always moves by whole rows;
// long ones (the scrollbar's thumb) jump by proportion. When scrolling comes to rest the element is put back where the proportion wants it, unseen.

export const mostPhysical = 100_000;
const zone = 20_000;
/** Moves longer than this many screens are jumps. */
const jumpScreens = 4;

export interface RowWindow {
  readonly total: number;
  /** Rows the scrolling element is tall enough for. */
  readonly physical: number;
}

export function rowWindow(total: number): RowWindow {
  return { total, physical: Math.min(total, mostPhysical) };
}

/** The row that stands at a physical place, by proportion. */
export function rowAt(window: RowWindow, place: number): number {
  const { total, physical } = window;
  if (total === physical || place <= zone) return place;
  if (place >= physical - zone) return place + total - physical;
  return Math.round(zone + ((place - zone) * (total - 2 * zone)) / (physical - 2 * zone));
}

/** The physical place of a row, by proportion; the inverse of `rowAt` up to rounding. */
export function placeOf(window: RowWindow, row: number): number {
  const { total, physical } = window;
  if (total === physical || row <= zone) return row;
  if (row >= total - zone) return row - (total - physical);
  return Math.round(zone + ((row - zone) * (physical - 2 * zone)) / (total - 2 * zone));
}

/** How far rows are from places after the first visible place moved. */
export function shiftAfter(window: RowWindow, shift: number, move: { readonly from: number; readonly to: number; readonly screen: number }): number {
  if (window.total === window.physical) return 0;
  const isJump = Math.abs(move.to - move.from) > jumpScreens * Math.max(1, move.screen);
  return isJump ? rowAt(window, move.to) - move.to : within(window, shift);
}

/** Where the element must be put so that short moves find room on both sides; undefined where it already is. */
export function settled(window: RowWindow, shift: number, place: number): { readonly place: number; readonly shift: number } | undefined {
  const row = place + shift;
  const wanted = placeOf(window, row);
  return wanted === place && shift === row - wanted ? undefined : { place: wanted, shift: row - wanted };
}

function within({ total, physical }: RowWindow, shift: number): number {
  return Math.max(0, Math.min(shift, total - physical));
}
