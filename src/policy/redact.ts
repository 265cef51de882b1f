// Turns marked findings into edits, and edits into a body that differs from the original in their spans alone.
import type { Edit, Finding } from '../contract/exchange.ts';

/** What stands in the place of a value: ASCII, safe inside a JSON string. */
export function replacementFor(detector: string): string {
  return `[REDACTED:${detector}]`;
}

/** Edits for these findings, sorted and apart: findings that overlap give one edit, named after the first of them. */
export function planEdits(findings: readonly Finding[]): readonly Edit[] {
  const edits: { start: number; end: number; replacement: string }[] = [];
  for (const { start, end, detector } of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = edits.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else edits.push({ start, end, replacement: replacementFor(detector) });
  }
  return edits;
}

/** The body with every edit made. Throws RangeError for edits that overlap, are out of order, or reach outside the body. */
export function applyEdits(body: Buffer, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, end, replacement } of edits) {
    const isPlace = Number.isInteger(start) && Number.isInteger(end) && start >= at && end >= start && end <= body.length;
    if (!isPlace)
      throw new RangeError(`The edit ${start}..${end} overlaps the one before it (ending at ${at}) or lies outside the body of ${body.length} bytes`);
    pieces.push(body.subarray(at, start), Buffer.from(replacement, 'latin1'));
    at = end;
  }
  pieces.push(body.subarray(at));
  return Buffer.concat(pieces);
}
