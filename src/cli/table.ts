// Tables for people: columns as wide as their widest cell, figures to the right.
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
}

/** Lines of a whole table, its head first. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[], output: Output): string[] {
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), column.narrowest ?? 0, ...rows.map((row) => widthOf(shown(row[index], column)))),
  );
  return [headLine(columns, output, widths), ...rows.map((row) => rowLine(columns, row, output, widths))];
}

export function headLine(columns: readonly Column[], output: Output, widths: readonly number[] = columns.map(fixedWidth)): string {
  return output.paint(
    'dim',
    columns
      .map((column, index) => padded(column.title, widths[index] ?? 0, column))
      .join('  ')
      .trimEnd(),
  );
}

export function rowLine(columns: readonly Column[], row: readonly Cell[], output: Output, widths: readonly number[] = columns.map(fixedWidth)): string {
  const cells = columns.map((column, index) => {
    const text = padded(shown(row[index], column), widths[index] ?? 0, column);
    const paint = row[index]?.paint;
    return paint === undefined ? text : output.paint(paint, text);
  });
  return cells.join('  ').trimEnd();
}

function fixedWidth(column: Column): number {
  return Math.max(column.title.length, column.narrowest ?? 0);
}

function shown(cell: Cell | undefined, column: Column): string {
  const text = printable(cell?.text ?? '');
  const widest = column.widest ?? Number.POSITIVE_INFINITY;
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
