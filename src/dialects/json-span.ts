// A text span over one JSON string: decoded when asked, and able to say which bytes carry which characters.
import type { TextRole, TextSpan } from '../contract/exchange.ts';
import { decodeString } from './json-string.ts';

/** One indivisible piece of a JSON string's content: what it takes in bytes and gives in UTF-16 units. */
interface Unit {
  bytes: number;
  chars: number;
}

/** Implements TextSpan. A range that would cut a surrogate pair is widened to hold the whole pair. */
export class JsonSpan implements TextSpan {
  readonly role: TextRole;
  readonly start: number;
  readonly end: number;
  private readonly body: Buffer;
  private readonly escaped: boolean;
  private decoded: string | undefined;
  /** Where the last walk stood: ranges are mostly asked in order, and then each byte is walked once. */
  private walkedByte: number;
  private walkedChar = 0;

  constructor(body: Buffer, role: TextRole, start: number, end: number, escaped: boolean) {
    this.body = body;
    this.role = role;
    this.start = start;
    this.end = end;
    this.escaped = escaped;
    this.walkedByte = start;
  }

  text(): string {
    this.decoded ??= decodeString(this.body, this.start, this.end, this.escaped);
    return this.decoded;
  }

  bytesOf(from: number, to: number): { start: number; end: number } {
    // As many characters as bytes, and no escape: each byte is one character.
    if (!this.escaped && this.text().length === this.end - this.start) return { start: this.start + from, end: this.start + to };
    const start = this.byteAt(from, false);
    return { start, end: to > from ? this.byteAt(to, true) : start };
  }

  /** The byte at which character `index` begins; inside a pair, the pair's end if `after`, else its start. */
  private byteAt(index: number, after: boolean): number {
    if (index < this.walkedChar) {
      this.walkedByte = this.start;
      this.walkedChar = 0;
    }
    while (this.walkedChar < index && this.walkedByte < this.end) {
      const { bytes, chars } = unitAt(this.body, this.walkedByte, this.end);
      if (this.walkedChar + chars > index) return after ? this.walkedByte + bytes : this.walkedByte;
      this.walkedByte += bytes;
      this.walkedChar += chars;
    }
    return this.walkedByte;
  }
}

function unitAt(body: Buffer, at: number, end: number): Unit {
  const c = body[at] ?? 0;
  if (c === 0x5c) return escapeAt(body, at, end);
  return c < 0x80 ? { bytes: 1, chars: 1 } : sequenceAt(body, at, end);
}

function escapeAt(body: Buffer, at: number, end: number): Unit {
  if (body[at + 1] !== 0x75) return { bytes: 2, chars: 1 };
  const paired = at + 12 <= end && isSurrogate(body, at, 'high') && body[at + 6] === 0x5c && body[at + 7] === 0x75 && isSurrogate(body, at + 6, 'low');
  return paired ? { bytes: 12, chars: 2 } : { bytes: 6, chars: 1 };
}

/** Whether the `\uXXXX` at `at` is a surrogate of that half: D8..DB or DC..DF. */
function isSurrogate(body: Buffer, at: number, half: 'high' | 'low'): boolean {
  const lead = Number.parseInt(body.toString('latin1', at + 2, at + 4), 16);
  return half === 'high' ? lead >= 0xd8 && lead <= 0xdb : lead >= 0xdc && lead <= 0xdf;
}

/** A UTF-8 sequence, or the longest broken piece of one, which decodes to a single U+FFFD. */
function sequenceAt(body: Buffer, at: number, end: number): Unit {
  const lead = body[at] ?? 0;
  const size = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
  let bytes = 1;
  while (bytes < size && at + bytes < end && continues(lead, bytes, body[at + bytes] ?? 0)) bytes += 1;
  return { bytes, chars: size === 4 && bytes === 4 ? 2 : 1 };
}

/** Whether `byte` may stand at `index` of a sequence that begins with `lead` (Unicode table 3-7: no overlong forms, no surrogates). */
function continues(lead: number, index: number, byte: number): boolean {
  const low = index > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = index > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}
