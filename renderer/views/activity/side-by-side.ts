// What left this machine as two columns: the text as the client wrote it and as it was sent, found values numbered alike in both.
import type { ContentPiece, ContentSpan, KeptContent } from '../../../src/contract/content.ts';
import type { TextRole } from '../../../src/contract/exchange.ts';

export interface Segment {
  readonly text: string;
  /** Present where something was found: the same number on both sides. */
  readonly mark: Mark | undefined;
}

export interface Mark {
  readonly number: number;
  readonly detector: string;
  /** Another text was sent in its place. */
  readonly isReplaced: boolean;
}

export interface SpanPair {
  readonly role: TextRole;
  readonly original: readonly Segment[];
  readonly sent: readonly Segment[];
  readonly replaced: number;
  /** Found and sent as it was. */
  readonly kept: number;
  readonly characters: number;
}

export interface SideBySide {
  readonly spans: readonly SpanPair[];
  readonly replaced: number;
  readonly kept: number;
  readonly clear: boolean;
  readonly omitted: number;
}

export function sideBySide(content: KeptContent): SideBySide {
  let number = 0;
  const spans = content.spans.map((span) => pairOf(span, () => (number += 1)));
  const sum = (count: (span: SpanPair) => number): number => spans.reduce((total, span) => total + count(span), 0);
  return { spans, replaced: sum((span) => span.replaced), kept: sum((span) => span.kept), clear: content.clear, omitted: content.omitted };
}

function pairOf({ role, pieces }: ContentSpan, next: () => number): SpanPair {
  const marked = pieces.map((piece) => ({ piece, mark: markOf(piece, next) }));
  const of = (isReplaced: boolean): number => marked.filter(({ mark }) => mark?.isReplaced === isReplaced).length;
  return {
    role,
    original: joined(marked.map(({ piece, mark }) => ({ text: piece.text, mark }))),
    sent: joined(marked.map(({ piece, mark }) => ({ text: piece.replacement ?? piece.text, mark }))),
    replaced: of(true),
    kept: of(false),
    characters: pieces.reduce((total, piece) => total + piece.text.length, 0),
  };
}

function markOf({ detector, replacement }: ContentPiece, next: () => number): Mark | undefined {
  if (detector === undefined && replacement === undefined) return undefined;
  return { number: next(), detector: detector ?? '', isReplaced: replacement !== undefined };
}

/** Neighbours without a mark are one segment. */
function joined(segments: readonly Segment[]): Segment[] {
  const out: Segment[] = [];
  for (const segment of segments) {
    const last = out.at(-1);
    if (last !== undefined && last.mark === undefined && segment.mark === undefined) out[out.length - 1] = { text: last.text + segment.text, mark: undefined };
    else out.push(segment);
  }
  return out;
}

/** The first characters of a long text, with its marks whole. */
export function shortened(segments: readonly Segment[], characters: number): { readonly segments: readonly Segment[]; readonly left: number } {
  const out: Segment[] = [];
  let room = characters;
  let left = 0;
  for (const segment of segments) {
    if (room <= 0) left += segment.text.length;
    else if (segment.text.length <= room || segment.mark !== undefined) out.push(segment);
    else {
      out.push({ text: segment.text.slice(0, room), mark: undefined });
      left += segment.text.length - room;
    }
    room -= segment.text.length;
  }
  return { segments: out, left };
}
