// Finds private keys in PEM armour (PKCS#1, PKCS#8, EC, OpenSSH, encrypted, PGP), with or without their end line.
import { base64, matchEnd, runEnd } from './match.ts';
import type { Scan } from './match.ts';

const beginMark = '-----BEGIN ';
const beginLine = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const endLine = /-----END [A-Z0-9 ]{1,80}-----/y;
/** White space, or its escapes where the key stands in a JSON or source-code string. */
const gap = /(?:\s|\\[nrt]){1,1000}/y;
/** `Proc-Type: 4,ENCRYPTED`, `Version: …` */
const headerLine = /[A-Za-z][A-Za-z-]{1,30}: [^\r\n\\]{0,200}/y;
/** Armour headers read before the key material. */
const maxHeaders = 10;
/** Longest block that is taken as one key when its end line is there, in characters. */
const maxBlock = 65_536;
/** Shorter runs of base64 are words, not key material. */
const minLine = 16;

export const scanPrivateKeys: Scan = (text, found) => {
  let endMark = -2;
  for (let from = text.indexOf(beginMark); from >= 0; from = text.indexOf(beginMark, from)) {
    const bodyStart = matchEnd(beginLine, text, from);
    if (bodyStart === undefined) {
      from += beginMark.length;
      continue;
    }
    // Searched again only once passed: however many blocks begin, the text is searched for ends once.
    if (endMark !== -1 && endMark < bodyStart) endMark = text.indexOf('-----END ', bodyStart);
    const closed = endMark >= 0 && endMark - bodyStart <= maxBlock ? matchEnd(endLine, text, endMark) : undefined;
    const materialEnd = readMaterial(text, bodyStart);
    // Without key material it is prose about keys.
    if (materialEnd > bodyStart) found.push({ detector: 'private-key', from, to: closed ?? materialEnd });
    from = materialEnd > bodyStart ? (closed ?? materialEnd) : bodyStart;
  }
};

/** End of the headers and base64 lines that follow `from`; `from` itself where there is no base64 line. */
function readMaterial(text: string, from: number): number {
  let at = matchEnd(gap, text, from) ?? from;
  for (let count = 0; count < maxHeaders; count++) {
    const header = matchEnd(headerLine, text, at);
    if (header === undefined) break;
    at = matchEnd(gap, text, header) ?? header;
  }
  let end = from;
  for (;;) {
    const lineEnd = runEnd(text, at, base64);
    const isLast = end > from && (text[lineEnd - 1] === '=' || text[at] === '=');
    if (lineEnd - at < minLine && !isLast) return end;
    if (lineEnd === at) return end;
    end = lineEnd;
    at = matchEnd(gap, text, lineEnd) ?? lineEnd;
  }
}
