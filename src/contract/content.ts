// What left this machine: the text of a call as the client wrote it and as it was sent, where policy lets it be kept.
import type { TextRole } from './exchange.ts';

/** A piece of text, cut where something was found in it. */
export interface ContentPiece {
  readonly text: string;
  /** Present where this piece is a found value; `text` is then its mask (`•` for each character) unless policy keeps values. */
  readonly detector?: string | undefined;
  /** What was sent in its place; absent where it was sent as it is. */
  readonly replacement?: string | undefined;
}

export interface ContentSpan {
  readonly role: TextRole;
  readonly pieces: readonly ContentPiece[];
}

/** The texts of one request. `original` is made by reading each piece's `text`, `sent` by reading `replacement ?? text`. */
export interface KeptContent {
  readonly id: string;
  readonly spans: readonly ContentSpan[];
  /** Found values stand in clear, because policy says so. */
  readonly clear: boolean;
  /** Characters that were left out because the request was too large to keep; 0 when whole. */
  readonly omitted: number;
}

export type ContentAnswer =
  | { readonly kind: 'kept'; readonly content: KeptContent }
  /** Not kept: policy keeps none, the call is too old, the agent was restarted since, or nothing was read. `reason` is a sentence. */
  | { readonly kind: 'absent'; readonly reason: string };
