// What a detector reports, and how detectors read: find an anchor by native search, then walk a run of characters by hand.
import type { DetectorId } from '../contract/policy.ts';

/** A value found in one text: UTF-16 indexes, `to` exclusive. */
export interface Match {
  readonly detector: DetectorId;
  readonly from: number;
  readonly to: number;
}

/** Finds every value of its kinds in a text, in time linear in its length. */
export type Scan = (text: string, found: Match[]) => void;

/** Membership by character code; codes above 127 belong to no class. */
export type CharClass = Uint8Array;

export function charClass(members: string): CharClass {
  const table = new Uint8Array(128);
  for (const member of members) table[member.charCodeAt(0)] = 1;
  return table;
}

const digitChars = '0123456789';
const lowerChars = 'abcdefghijklmnopqrstuvwxyz';
const upperChars = lowerChars.toUpperCase();

export const digits = charClass(digitChars);
export const letters = charClass(lowerChars + upperChars);
export const upperDigits = charClass(upperChars + digitChars);
export const alphanumeric = charClass(lowerChars + upperChars + digitChars);
export const wordChars = charClass(`${lowerChars}${upperChars}${digitChars}_`);
export const base64url = charClass(`${lowerChars}${upperChars}${digitChars}_-`);
export const base64 = charClass(`${lowerChars}${upperChars}${digitChars}+/=`);

/** Whether the character at `index` is of the class; false outside the text. */
export function isIn(text: string, index: number, members: CharClass): boolean {
  return members[text.charCodeAt(index)] === 1;
}

/** End of the run of class members that begins at `from`, or `limit` where the run goes on beyond it. */
export function runEnd(text: string, from: number, members: CharClass, limit: number = text.length): number {
  let end = from;
  while (end < limit && isIn(text, end, members)) end++;
  return end;
}

/** End of what a sticky pattern matches at `at`; undefined where it does not match there. */
export function matchEnd(sticky: RegExp, text: string, at: number): number | undefined {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : undefined;
}

/**
 * Calls `read` wherever the anchor stands, from left to right, with the anchor's bounds; `read` returns where to go on, at or behind `to`.
 * The anchor must be global and never match the empty string.
 */
export function eachAnchor(text: string, anchor: RegExp, read: (from: number, to: number) => number): void {
  anchor.lastIndex = 0;
  for (let hit = anchor.exec(text); hit; hit = anchor.exec(text)) anchor.lastIndex = read(hit.index, anchor.lastIndex);
}
