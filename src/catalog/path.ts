// Brings the many spellings of a path to one, as the most lenient origin would read it.

/** Anything that makes a path longer to read than lower-casing it. */
const irregular = /[%\\;?#\0-\x20]|\/\/|\/\.|\/$/;

/** More rounds than any chain of origins decodes; keeps the work linear. */
const decodeRounds = 4;

function decodeOnce(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function decode(path: string): string {
  let decoded = path;
  for (let round = 0; round < decodeRounds && decoded.includes('%'); round += 1) decoded = decodeOnce(decoded);
  return decoded;
}

/** A path for matching only, never for forwarding: decoded, lower case, no empty, dot or parameter parts, no final slash. */
export function normalisePath(path: string): string {
  if (!irregular.test(path)) return path.toLowerCase();
  const beforeQuery = /^[^?#]*/.exec(path)?.[0] ?? path;
  const kept: string[] = [];
  for (const written of decode(beforeQuery).replaceAll('\\', '/').split('/')) {
    const segment = written.replace(/;.*$/s, '').replace(/[\0-\x20]/g, '');
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return `/${kept.join('/')}`.toLowerCase();
}
