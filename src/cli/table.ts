// Tables for people: columns as wide as their widest cell, figures to the right; in a terminal never wider than it.
import { printable } from './output.ts';
import type { Output, Paint } from './output.ts';

export interface Cell {
  readonly text: string;
  readonly paint?: Paint | undefined;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer text is cut, with an ellipsis. */
  readonly widest?: number;
  /** At least so wide, for tables that grow line by line. */
  readonly narrowest?: number;
  /** May be cut down to this where the terminal is too narrow; without it the column keeps its width. */
  readonly squeezed?: number;
  /** Where the terminal is too narrow for all, the column with the highest number is left out first; without it never. */
  readonly dispensable?: number;
}

/** A column with its width; `at` is the place of its cells in a row. */
export interface LaidColumn {
  readonly column: Column;
  readonly at: number;
  width: number;
}

const gap = 2;

/** Lines of a whole table, its head first. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[], output: Output): string[] {
  const wanted = columns.map((column, index) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(shown(row[index], column)))));
  const layout = fitted(columns, wanted, output.width);
  return [headLine(layout, output), ...rows.map((row) => rowLine(layout, row, output))];
}

/** The layout of a table that grows line by line, whose rows are not known yet. */
export function liveLayout(columns: readonly Column[], output: Output): LaidColumn[] {
  const isBounded = output.width !== undefined;
  const wanted = columns.map((column) => Math.max(fixedWidth(column), isBounded ? (column.widest ?? 0) : 0));
  return fitted(columns, wanted, output.width);
}

export function headLine(layout: readonly LaidColumn[], output: Output): string {
  return output.paint(
    'dim',
    layout
      .map(({ column, width }) => padded(column.title, width, column))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

export function rowLine(layout: readonly LaidColumn[], row: readonly Cell[], output: Output): string {
  const isBounded = output.width !== undefined;
  const cells = layout.map(({ column, at, width }) => {
    const text = padded(shown(row[at], column, isBounded ? width : undefined), width, column);
    const paint = row[at]?.paint;
    return paint === undefined ? text : output.paint(paint, text);
  });
  return cells.join(' '.repeat(gap)).trimEnd();
}

/** Leaves out columns until the rest fits squeezed, then gives the room that is left to those that want more, evenly: first their usual width, then their widest. */
function fitted(columns: readonly Column[], wanted: readonly number[], room: number | undefined): LaidColumn[] {
  const laid = columns.map((column, at) => ({ column, at, width: wanted[at] ?? 0 }));
  if (room === undefined || total(laid) <= room) return laid;
  let kept = laid.map((each) => ({ ...each, width: Math.min(each.width, each.column.squeezed ?? each.width) }));
  while (total(kept) > room) {
    const ranks = kept.map(({ column }) => column.dispensable ?? 0);
    const last = ranks.indexOf(Math.max(...ranks));
    if (ranks[last] === 0) break;
    kept = kept.filter((_, index) => index !== last);
  }
  widen(kept, room, ({ column, at }) => Math.min(wanted[at] ?? 0, fixedWidth(column)));
  widen(kept, room, ({ at }) => wanted[at] ?? 0);
  return kept;
}

function widen(layout: LaidColumn[], room: number, goal: (laid: LaidColumn) => number): void {
  for (let free = room - total(layout); free > 0;) {
    const short = layout.filter((laid) => laid.width < goal(laid)).slice(0, free);
    if (short.length === 0) return;
    for (const laid of short) laid.width += 1;
    free -= short.length;
  }
}

function total(layout: readonly LaidColumn[]): number {
  return layout.reduce((sum, { width }) => sum + width, gap * Math.max(0, layout.length - 1));
}

function fixedWidth(column: Column): number {
  return Math.max(column.title.length, column.narrowest ?? 0);
}

/** The text of a cell, cut where the column may be cut: figures never are. */
function shown(cell: Cell | undefined, column: Column, width = Number.POSITIVE_INFINITY): string {
  const text = printable(cell?.text ?? '');
  const widest = column.widest === undefined ? Number.POSITIVE_INFINITY : Math.min(column.widest, width);
  return widthOf(text) <= widest
    ? text
    : `${graphemes(text)
        .slice(0, widest - 1)
        .join('')}…`;
}

function padded(text: string, width: number, column: Column): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return column.align === 'right' ? space + text : text + space;
}

function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : graphemes(text).length;
}

const segmenter = new Intl.Segmenter();

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
