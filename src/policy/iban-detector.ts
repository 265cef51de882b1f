// Finds international bank account numbers: a country of the registry, that country's length, and a right check number (ISO 13616).
import { alphanumeric, eachAnchor, isIn, upperDigits } from './match.ts';
import type { Scan } from './match.ts';

/** Characters of an IBAN by country, from the SWIFT registry. */
const lengths = new Map<string, number>(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 ' +
    'GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 ' +
    'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 ' +
    'TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Country and check digits, in capitals as banks print them. */
const ibanAnchor = /[A-Z][A-Z]\d\d/g;

export const scanIbans: Scan = (text, found) => {
  eachAnchor(text, ibanAnchor, (from, afterCheck) => {
    const length = lengths.get(text.slice(from, from + 2));
    if (length === undefined || isIn(text, from - 1, alphanumeric)) return afterCheck;
    const to = charactersEnd(text, from, length);
    if (to === undefined || isIn(text, to, alphanumeric) || !passesMod97(text.slice(from, to))) return afterCheck;
    found.push({ detector: 'iban', from, to });
    return to;
  });
};

/** End of `count` capitals and digits, single spaces (plain or no-break) or dashes between them allowed. */
function charactersEnd(text: string, from: number, count: number): number | undefined {
  let at = from;
  for (let seen = 0; seen < count; at++) {
    if (isIn(text, at, upperDigits)) seen++;
    else if (!' \u00a0-'.includes(text.charAt(at)) || !isIn(text, at - 1, upperDigits) || at >= text.length) return undefined;
  }
  return at;
}

/** ISO 7064 MOD 97-10: the first four characters moved to the end, letters as 10 … 35, the whole must leave 1. */
function passesMod97(written: string): boolean {
  let rest = 0;
  for (let index = 0; index < written.length; index++) {
    const at = (index + 4) % written.length;
    if (isIn(written, at, upperDigits)) rest = append(rest, written.charCodeAt(at));
  }
  return rest === 1;
}

/** The remainder once a digit, or the two digits a capital stands for, are written behind it. */
function append(rest: number, code: number): number {
  return code < 65 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97;
}
