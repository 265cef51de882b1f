// Finds JSON Web Tokens: base64url parts joined by dots, the first of which decodes to a JSON header with an algorithm.
import { base64url, eachAnchor, isIn, runEnd } from './match.ts';
import type { Scan } from './match.ts';

/** `{"` in base64url: what every compact header begins with. */
const headerAnchor = /eyJ/g;
/** `{"alg":""}` in base64url; real headers hold some dozens of characters, and those of more than `maxHeader` are not decoded. */
const minHeader = 14;
const maxHeader = 4096;

export const scanJwts: Scan = (text, found) => {
  eachAnchor(text, headerAnchor, (from) => {
    const headerEnd = runEnd(text, from, base64url);
    if (text[headerEnd] !== '.' || isIn(text, from - 1, base64url)) return headerEnd;
    const payloadEnd = runEnd(text, headerEnd + 1, base64url);
    if (text[payloadEnd] !== '.' || payloadEnd === headerEnd + 1) return payloadEnd;
    const header = readHeader(text, from, headerEnd);
    if (typeof header?.alg !== 'string') return payloadEnd;
    // Signed tokens have three parts (the third empty for `none`), encrypted ones five.
    let end = runEnd(text, payloadEnd + 1, base64url);
    for (let part = 4; part <= 5 && typeof header.enc === 'string' && text[end] === '.'; part++) end = runEnd(text, end + 1, base64url);
    found.push({ detector: 'jwt', from, to: end });
    return end;
  });
};

function readHeader(text: string, from: number, to: number): { alg?: unknown; enc?: unknown } | undefined {
  if (to - from < minHeader || to - from > maxHeader) return undefined;
  const json = Buffer.from(text.slice(from, to), 'base64url').toString();
  // A look first: a failing parse costs a hundred times as much.
  if (!json.includes('"alg"')) return undefined;
  try {
    const header: unknown = JSON.parse(json);
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    // Not JSON: not a token.
    return undefined;
  }
}
