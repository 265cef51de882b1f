// Keeps what the last calls said, in memory alone: found values masked unless policy keeps them, oldest out first.
import type { ContentAnswer, ContentPiece, ContentSpan, KeptContent } from '../contract/content.ts';
import type { Decision, Edit, Finding, RequestFacts, TextSpan } from '../contract/exchange.ts';
import type { Policy } from '../contract/policy.ts';
import { detect } from './detectors.ts';

/** Exchanges, characters in all (two bytes each), characters of one exchange. */
export const limits = { exchanges: 200, characters: 16_777_216, perExchange: 262_144 } as const;

export type ContentPolicy = Policy['content'];

interface Kept {
  readonly content: KeptContent;
  readonly size: number;
}

export class ContentKeeper {
  readonly #policy: () => ContentPolicy;
  readonly #kept = new Map<string, Kept>();
  #size = 0;

  constructor(policy: () => ContentPolicy) {
    this.#policy = policy;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** Takes the texts of one call, once the event loop has nothing better to do. What was never examined is not kept: it could not be masked. */
  take(id: string, facts: RequestFacts, decision: Decision): void {
    if (this.#policy().keep === 'none') return;
    setImmediate(() => this.#keep(id, facts, decision));
  }

  answer(id: string): ContentAnswer {
    const kept = this.#kept.get(id);
    if (kept) return { kind: 'kept', content: kept.content };
    if (this.#policy().keep === 'none') return { kind: 'absent', reason: 'The policy of this machine keeps no text of calls (content.keep is none).' };
    return {
      kind: 'absent',
      reason: `No text of this call is in memory: it was not read, or the agent has started anew since, or it is older than the last ${limits.exchanges} calls that fit.`,
    };
  }

  /** Brings what is kept in line with the policy: called when another has come into force. */
  policyChanged(): void {
    const { keep, values } = this.#policy();
    for (const [id, { content }] of this.#kept) if (keep === 'none' || (values === 'masked' && content.clear)) this.#drop(id);
  }

  #keep(id: string, facts: RequestFacts, decision: Decision): void {
    const policy = this.#policy();
    if (policy.keep === 'none') return;
    const content = contentOf(id, facts, decision, policy.values === 'clear');
    const size = content.spans.reduce(
      (sum, { pieces }) => sum + pieces.reduce((length, { text, replacement }) => length + text.length + (replacement?.length ?? 0), 0),
      0,
    );
    this.#kept.set(id, { content, size });
    this.#size += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= limits.exchanges && this.#size <= limits.characters) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#size -= this.#kept.get(id)?.size ?? 0;
    this.#kept.delete(id);
  }
}

/** From the end backwards, where what is new stands, until the room is used up; then in order again. */
export function contentOf(id: string, facts: RequestFacts, decision: Decision, clear: boolean): KeptContent {
  const edits = 'edits' in decision ? decision.edits : [];
  const spans: ContentSpan[] = [];
  let room: number = limits.perExchange;
  let omitted = 0;
  for (const span of facts.spans.toReversed()) {
    const length = span.text().length;
    if (room === 0) {
      omitted += length;
      continue;
    }
    const { pieces, left } = lastOf(piecesOf(span, decision.findings, edits, clear), room);
    omitted += left;
    room -= Math.min(room, length - left);
    if (pieces.length > 0) spans.push({ role: span.role, pieces });
  }
  return { id, spans: spans.reverse(), clear, omitted };
}

/** The last pieces that fit; a plain piece is cut, a found value stays whole or goes. */
function lastOf(pieces: readonly ContentPiece[], room: number): { pieces: readonly ContentPiece[]; left: number } {
  const kept: ContentPiece[] = [];
  let free = room;
  let left = 0;
  for (const piece of pieces.toReversed()) {
    const fits = left === 0 && piece.text.length <= free;
    if (fits) kept.push(piece);
    else if (left === 0 && piece.detector === undefined && free > 0) kept.push({ text: piece.text.slice(-free) });
    const taken = fits ? piece.text.length : left === 0 && piece.detector === undefined ? free : 0;
    left += piece.text.length - taken;
    free -= taken;
  }
  return { pieces: kept.reverse(), left };
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly detector: string;
  readonly replacement: string | undefined;
}

function piecesOf(span: TextSpan, findings: readonly Finding[], edits: readonly Edit[], clear: boolean): readonly ContentPiece[] {
  const text = span.text();
  const isClean = !findings.some(({ start, end }) => start >= span.start && end <= span.end);
  if (isClean) return text === '' ? [] : [{ text: owned(text) }];
  const pieces: ContentPiece[] = [];
  let at = 0;
  const plain = (to: number): void => {
    if (to > at) pieces.push({ text: owned(text.slice(at, to)) });
  };
  for (const { from, to, detector, replacement } of placesOf(span, text, edits)) {
    plain(from);
    const value = text.slice(from, to);
    pieces.push({ text: clear ? owned(value) : '•'.repeat(value.length), detector, ...(replacement === undefined ? {} : { replacement }) });
    at = to;
  }
  plain(text.length);
  return pieces;
}

/** Where something was found, in order and apart. Detectors are read again: they speak of characters, findings of bytes. */
function placesOf(span: TextSpan, text: string, edits: readonly Edit[]): readonly Place[] {
  const groups: { from: number; to: number; detector: string }[] = [];
  for (const { from, to, detector } of [...detect(text)].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = groups.at(-1);
    if (last && from < last.to) last.to = Math.max(last.to, to);
    else groups.push({ from, to, detector });
  }
  return groups.flatMap((group): Place[] => {
    const bytes = span.bytesOf(group.from, group.to);
    const inside = edits.filter(({ start, end }) => start >= bytes.start && end <= bytes.end);
    const [first] = inside;
    if (first === undefined) return [{ ...group, replacement: undefined }];
    return splitByEdits(span, group, inside);
  });
}

/** Overlapping findings of which only some were replaced: the parts around the edit are masked and were sent as they are. */
function splitByEdits(span: TextSpan, group: { from: number; to: number; detector: string }, edits: readonly Edit[]): Place[] {
  const places: Place[] = [];
  let at = group.from;
  for (const { start, end, replacement } of edits) {
    const from = charAt(span, start, at, group.to);
    const to = charAt(span, end, from, group.to);
    if (from > at) places.push({ from: at, to: from, detector: group.detector, replacement: undefined });
    places.push({ from, to, detector: group.detector, replacement });
    at = to;
  }
  if (at < group.to) places.push({ from: at, to: group.to, detector: group.detector, replacement: undefined });
  return places;
}

/** The character that begins at this byte, between two others. */
function charAt(span: TextSpan, byte: number, low: number, high: number): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (span.bytesOf(middle, middle).start < byte) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** A string of its own: a slice of a longer one would hold all of it in memory. */
function owned(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
