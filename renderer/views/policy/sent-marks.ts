// Marks what differs between a body and the body as it would be sent, and folds long runs that do not.

export type SentPiece =
  | { readonly kind: 'same'; readonly text: string }
  /** `was` is what stood there; absent where the original is not at hand. */
  | { readonly kind: 'replaced'; readonly text: string; readonly was: string | undefined }
  | { readonly kind: 'left-out'; readonly characters: number };

const replacement = /\[REDACTED:[a-z0-9-]+\]/g;

/** Plain text is tried as a user message of the host's interface; these are the ones the agent makes. */
const envelopes: readonly ((text: string) => object)[] = [
  (text) => ({ messages: [{ role: 'user', content: text }] }),
  (text) => ({ input: text }),
  (text) => ({ contents: [{ role: 'user', parts: [{ text }] }] }),
];

/** `sent` cut at its replacements, each with the value it stands for where `original`, or a message of it, is the same text around them. */
export function sentPieces(sent: string, original: string | undefined): readonly SentPiece[] {
  const marks = [...sent.matchAll(replacement)];
  const between: string[] = [];
  let at = 0;
  for (const mark of marks) {
    between.push(sent.slice(at, mark.index));
    at = mark.index + mark[0].length;
  }
  between.push(sent.slice(at));
  const values = original === undefined ? undefined : (valuesBetween(original, between) ?? valuesInMessage(original, between));
  return between.flatMap((text, index): SentPiece[] => {
    const before: SentPiece[] = text === '' ? [] : [{ kind: 'same', text }];
    const mark = marks[index]?.[0];
    if (mark === undefined) return before;
    const was = values?.[index];
    // The marker stood there already: nothing was replaced.
    return was === mark ? [...before, { kind: 'same', text: mark }] : [...before, { kind: 'replaced', text: mark, was }];
  });
}

function valuesInMessage(text: string, pieces: readonly string[]): readonly string[] | undefined {
  for (const envelope of envelopes) {
    const values = valuesBetween(JSON.stringify(envelope(text)), pieces);
    if (values !== undefined) return values;
  }
  return undefined;
}

/** What stands in `original` between the given pieces, in order; undefined where they do not fit it. */
function valuesBetween(original: string, pieces: readonly string[]): readonly string[] | undefined {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return original === first ? [] : undefined;
  const end = original.length - last.length;
  if (!original.startsWith(first) || !original.endsWith(last) || end < first.length) return undefined;
  const values: string[] = [];
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = original.indexOf(piece, at);
    if (found === -1 || found > end) return undefined;
    values.push(original.slice(at, found));
    at = found + piece.length;
  }
  if (at > end) return undefined;
  values.push(original.slice(at, end));
  return values;
}

/** Unchanged runs longer than twice `around` keep that much at the ends that touch a change. */
export function fold(pieces: readonly SentPiece[], around: number): readonly SentPiece[] {
  return pieces.flatMap((piece, index): SentPiece[] => {
    if (piece.kind !== 'same' || piece.text.length <= around * 2) return [piece];
    const head = index === 0 && pieces.length > 1 ? '' : piece.text.slice(0, around);
    const tail = index === pieces.length - 1 ? '' : piece.text.slice(-around);
    const left: SentPiece = { kind: 'left-out', characters: piece.text.length - head.length - tail.length };
    return [...same(head), left, ...same(tail)];
  });
}

const same = (text: string): SentPiece[] => (text === '' ? [] : [{ kind: 'same', text }]);
