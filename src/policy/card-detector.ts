// Finds payment card numbers: a known issuer range, a length that issuer uses, and a right Luhn digit.
import { alphanumeric, digits, eachAnchor, isIn, matchEnd, runEnd } from './match.ts';
import type { Scan } from './match.ts';

interface IssuerRange {
  /** First digits, lowest and highest, of equal length. */
  readonly low: number;
  readonly high: number;
  readonly lengths: readonly number[];
}

const issuer = (low: number, high: number, ...lengths: number[]): IssuerRange => ({ low, high, lengths });

const issuers: readonly IssuerRange[] = [
  issuer(4, 4, 13, 16, 19), // Visa
  issuer(51, 55, 16), // Mastercard
  issuer(2221, 2720, 16), // Mastercard
  issuer(34, 34, 15), // American Express
  issuer(37, 37, 15), // American Express
  issuer(300, 305, 14), // Diners Club
  issuer(36, 36, 14), // Diners Club
  issuer(38, 39, 14), // Diners Club
  issuer(3528, 3589, 16, 17, 18, 19), // JCB
  issuer(6011, 6011, 16, 17, 18, 19), // Discover
  issuer(644, 659, 16, 17, 18, 19), // Discover
  issuer(62, 62, 16, 17, 18, 19), // UnionPay
  issuer(2200, 2204, 16, 17, 18, 19), // Mir
  issuer(5018, 5018, 13, 14, 15, 16, 17, 18, 19), // Maestro
  issuer(5020, 5020, 13, 14, 15, 16, 17, 18, 19), // Maestro
  issuer(5038, 5038, 13, 14, 15, 16, 17, 18, 19), // Maestro
  issuer(5893, 5893, 13, 14, 15, 16, 17, 18, 19), // Maestro
  issuer(6304, 6304, 13, 14, 15, 16, 17, 18, 19), // Maestro
  issuer(6759, 6763, 13, 14, 15, 16, 17, 18, 19), // Maestro
];

/** What every card number begins with, as people write it: four digits, a separator or none, two digits. */
const cardAnchor = /\d\d\d\d(?:\d\d|[ -]\d\d)/g;
/** In fours, or in the 4-6-5 and 4-6-4 of American Express and Diners Club; one kind of separator throughout. */
const grouped = /\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{4,5})(?!\d)/y;
const groupedLong = /\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{1,3}(?!\d)/y;

export const scanCards: Scan = (text, found) => {
  eachAnchor(text, cardAnchor, (from) => {
    const firstEnd = runEnd(text, from, digits);
    const to = startsNumber(text, from) ? (cardEnd(text, from, firstEnd) ?? 0) : 0;
    if (to > 0) found.push({ detector: 'card-number', from, to });
    // The group after a separator may begin a number of its own.
    return Math.max(firstEnd, to);
  });
};

/** Not the tail of a word, a longer number, a decimal fraction or a dashed id. */
function startsNumber(text: string, from: number): boolean {
  if (isIn(text, from - 1, alphanumeric) || text[from - 1] === '_') return false;
  return !('.,-'.includes(text[from - 1] ?? ' ') && isIn(text, from - 2, alphanumeric));
}

function cardEnd(text: string, from: number, firstEnd: number): number | undefined {
  const candidates = firstEnd - from > 4 ? [firstEnd] : [matchEnd(grouped, text, from), matchEnd(groupedLong, text, from)];
  return candidates.find((to) => to !== undefined && endsNumber(text, to) && isCard(text.slice(from, to)));
}

function endsNumber(text: string, to: number): boolean {
  if (isIn(text, to, alphanumeric) || text[to] === '_') return false;
  return !('.-'.includes(text[to] ?? ' ') && isIn(text, to + 1, digits));
}

function isCard(written: string): boolean {
  const number = written.replaceAll(/[ -]/g, '');
  if (number.length < 13 || number.length > 19) return false;
  const issued = issuers.some(({ low, high, lengths }) => {
    const head = Number(number.slice(0, String(low).length));
    return head >= low && head <= high && lengths.includes(number.length);
  });
  return issued && passesLuhn(number);
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(number: string): boolean {
  let sum = 0;
  for (let index = 0; index < number.length; index++) {
    const digit = number.charCodeAt(number.length - 1 - index) - 48;
    sum += index % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}
