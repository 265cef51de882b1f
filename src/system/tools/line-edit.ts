// Puts whole lines into a text and takes them out again, so that one undoes the other to the byte.
import { lineEnding } from './settings-format.ts';

/** Puts a line in at the start of a line, or at the end of a text whose last line is not ended. */
export function withLine(text: string, at: number, line: string): string {
  const newline = lineEnding(text);
  const isOpen = at > 0 && text[at - 1] !== '\n';
  return text.slice(0, at) + (isOpen ? newline + line : line + newline) + text.slice(at);
}

/** Takes out what is between two starts of lines. */
export function withoutLines(text: string, start: number, end: number): string {
  if (text[end - 1] === '\n') return text.slice(0, start) + text.slice(end);
  // The last line, not ended: the end of the line before it goes with it.
  return text.slice(0, start).replace(/\r?\n$/, '') + text.slice(end);
}

/** Where the line that `offset` is in ends, its line ending included. */
export function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}
