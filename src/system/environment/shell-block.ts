// The marked block in a start file of a shell: put at the end, taken out again without touching anything else.

const begin = '# >>> heimdall >>>';
const end = '# <<< heimdall <<<';

/** `read`: the line of the shell's own language that reads our script if it is there. */
export function withBlock(text: string | undefined, read: string, newline: '\n' | '\r\n' = '\n'): string {
  const block = [
    begin,
    '# Reads the variables of Heimdall while its agent runs, and nothing otherwise. `heimdall restore` takes these lines out.',
    read,
    end,
    '',
  ].join(newline);
  if (text === undefined) return block;
  const place = find(text);
  if (place !== undefined) return text.slice(0, place.from) + block + text.slice(place.to);
  return `${text}${text === '' || text.endsWith('\n') ? '' : newline}${block}`;
}

export const hasBlock = (text: string): boolean => find(text) !== undefined;

/** Undefined where there is none. `original` tells whether the line break before the block came with it. */
export function withoutBlock(text: string, original: string | undefined): string | undefined {
  const place = find(text);
  if (place === undefined) return undefined;
  const [before, after] = [text.slice(0, place.from), text.slice(place.to)];
  const brokeLine = original !== undefined && original !== '' && !original.endsWith('\n');
  return brokeLine && after === '' ? before.replace(/\r?\n$/, '') : before + after;
}

/** Whole lines, the last line break included; people's editors may have changed the breaks. */
function find(text: string): { readonly from: number; readonly to: number } | undefined {
  const match = /^# >>> heimdall >>>\r?\n[\s\S]*?^# <<< heimdall <<<(?:\r?\n|$(?![\s\S]))/m.exec(text);
  return match === null ? undefined : { from: match.index, to: match.index + match[0].length };
}
