// Finds e-mail addresses as people write them: ASCII, a dotted domain, a top-level domain of letters.
import { alphanumeric, charClass, eachAnchor, isIn, letters, runEnd } from './match.ts';
import type { Scan } from './match.ts';

const localChars = charClass("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'");
const domainChars = charClass('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-');
const maxLocal = 64;
const maxDomain = 253;
/** `icon@2x.png` is a file. */
const fileEndings = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'webp']);

export const scanEmails: Scan = (text, found) => {
  eachAnchor(text, /@/g, (at, afterAt) => {
    const from = localStart(text, at);
    const to = from === undefined ? undefined : domainEnd(text, afterAt);
    if (from === undefined || to === undefined) return afterAt;
    // `git@host:path` is a repository, not a person.
    if (text[to] === ':' && text.slice(from, at) === 'git') return to;
    found.push({ detector: 'email', from, to });
    return to;
  });
};

function localStart(text: string, at: number): number | undefined {
  let from = at;
  while (isIn(text, from - 1, localChars)) {
    if (at - --from > maxLocal) return undefined;
  }
  while (from < at && !isIn(text, from, alphanumeric)) from++;
  return from < at && text[at - 1] !== '.' ? from : undefined;
}

function domainEnd(text: string, start: number): number | undefined {
  let to = runEnd(text, start, domainChars, start + maxDomain + 1);
  if (to - start > maxDomain) return undefined;
  while (to > start && !isIn(text, to - 1, alphanumeric)) to--;
  const labels = text.slice(start, to).split('.');
  const top = labels.at(-1) ?? '';
  const fits = labels.length >= 2 && labels.every((label) => label !== '' && label.length <= 63 && !label.startsWith('-') && !label.endsWith('-'));
  const named = top.length >= 2 && runEnd(top, 0, letters) === top.length && !fileEndings.has(top.toLowerCase());
  return fits && named ? to : undefined;
}
