// Scans JSON bytes once: checks them as strictly as JSON.parse and reports the strings that a map of places asks for.
import { mixKey } from './key-table.ts';
import type { KeyTable } from './key-table.ts';

/** Containers deeper than this are refused: no provider needs them, and recursion stays bounded. */
export const deepest = 512;

/** A place in a document and what stands below it. `P` is the place type itself, so that places may carry more. */
export interface Place<P> {
  /** Places of known keys; absent where no key matters. */
  readonly keys: KeyTable<P> | undefined;
  /** The place of a value under any other key. */
  readonly rest: P;
  /** The place of an array's items. */
  readonly items: P;
  /** Whether values here are reported; elsewhere they are only checked. */
  readonly reported: boolean;
  /** Whether keys here that are not in `keys` are reported as if they were strings of this place. */
  readonly keysReported: boolean;
}

/** Receives what a scan finds. Offsets are bytes into the body, `end` exclusive, quotes not included. */
export interface Sink<P> {
  string(place: P, start: number, end: number, escaped: boolean): void;
  /** A number, a literal or a container begins at `at`; `first` is its first byte. */
  other(place: P, first: number, at: number): void;
  /** The object that began here ends. */
  close(place: P): void;
  /** A key of the outermost object; `hash` is that of its bytes where it is not escaped. */
  field(start: number, end: number, escaped: boolean, hash: number): void;
}

/** Bytes that end a run of plain content in a string: the quote, the backslash and the control characters. */
const special = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x20 || byte === 0x22 || byte === 0x5c ? 1 : 0));

const quote = 0x22;
const backslash = 0x5c;

/** Scans a whole document; returns why it is not JSON, or undefined when it is. A UTF-8 byte order mark in front is passed over. */
export function scanJson<P extends Place<P>>(body: Buffer, root: P, sink: Sink<P>): string | undefined {
  return new Scan(body, sink).document(root);
}

/** The first byte of the document itself: `{` for an object. Undefined when there is none. */
export function firstByte(body: Buffer): number | undefined {
  let at = markLength(body);
  while (isSpace(body[at])) at += 1;
  return body[at];
}

/** Bytes of a byte order mark at the start of `body`. */
function markLength(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Reads by position: every method takes where to begin and returns where it ended, or -1 once `reason` is set. */
class Scan<P extends Place<P>> {
  private readonly body: Buffer;
  private readonly sink: Sink<P>;
  private reason = '';
  /** Whether the string read last holds an escape. */
  private escaped = false;

  constructor(body: Buffer, sink: Sink<P>) {
    this.body = body;
    this.sink = sink;
  }

  document(root: P): string | undefined {
    const start = this.space(markLength(this.body));
    if (start >= this.body.length) return 'it is empty';
    const end = this.value(start, root, 0);
    if (end < 0) return this.reason;
    const rest = this.space(end);
    return rest < this.body.length ? `something follows the document at byte ${rest}` : undefined;
  }

  private fail(what: string, at: number): -1 {
    this.reason = at >= this.body.length ? 'it ends too early' : `${what} at byte ${at}`;
    return -1;
  }

  private byte(at: number): number {
    // Beyond the end reads as NUL, which is legal nowhere in JSON.
    return at < this.body.length ? (this.body[at] ?? 0) : 0;
  }

  private space(at: number): number {
    let pos = at;
    while (isSpace(this.byte(pos))) pos += 1;
    return pos;
  }

  private value(at: number, place: P, depth: number): number {
    const c = this.byte(at);
    if (c === quote) {
      const end = this.endOfString(at + 1);
      if (end < 0) return end;
      if (place.reported) this.sink.string(place, at + 1, end, this.escaped);
      return end + 1;
    }
    if (place.reported) this.sink.other(place, c, at);
    if (c === 0x7b || c === 0x5b) {
      if (depth >= deepest) return this.fail(`more than ${deepest} levels of nesting`, at);
      return c === 0x7b ? this.object(at + 1, place, depth + 1) : this.array(at + 1, place, depth + 1);
    }
    return this.scalar(at, c);
  }

  private object(at: number, place: P, depth: number): number {
    let pos = this.space(at);
    if (this.byte(pos) !== 0x7d) {
      for (;;) {
        pos = this.member(pos, place, depth);
        if (pos < 0) return pos;
        const c = this.byte(pos);
        if (c === 0x7d) break;
        if (c !== 0x2c) return this.fail('a comma or a closing brace is missing', pos);
        pos = this.space(pos + 1);
      }
    }
    if (place.reported) this.sink.close(place);
    return pos + 1;
  }

  /** One key with its value, and the white space after it. */
  private member(at: number, place: P, depth: number): number {
    if (this.byte(at) !== quote) return this.fail('a key is missing', at);
    const start = at + 1;
    let hash = 0;
    let end = start;
    for (let c = this.byte(end); c !== quote && c !== backslash && c >= 0x20; c = this.byte(end)) {
      hash = mixKey(hash, c);
      end += 1;
    }
    const escaped = this.byte(end) !== quote;
    if (escaped) {
      end = this.endOfString(start);
      if (end < 0) return end;
    }
    if (depth === 1) this.sink.field(start, end, escaped, hash);
    const child = escaped ? place.keys?.findString(this.body, start, end, true) : place.keys?.find(this.body, start, end, hash);
    if (child === undefined && place.keysReported) this.sink.string(place, start, end, escaped);
    const colon = this.space(end + 1);
    if (this.byte(colon) !== 0x3a) return this.fail('a colon is missing', colon);
    const after = this.value(this.space(colon + 1), child ?? place.rest, depth);
    return after < 0 ? after : this.space(after);
  }

  private array(at: number, place: P, depth: number): number {
    let pos = this.space(at);
    if (this.byte(pos) === 0x5d) return pos + 1;
    for (;;) {
      pos = this.value(pos, place.items, depth);
      if (pos < 0) return pos;
      pos = this.space(pos);
      const c = this.byte(pos);
      if (c === 0x5d) return pos + 1;
      if (c !== 0x2c) return this.fail('a comma or a closing bracket is missing', pos);
      pos = this.space(pos + 1);
    }
  }

  /** Position of the closing quote of the string whose content begins at `at`. */
  private endOfString(at: number): number {
    const { body } = this;
    const { length } = body;
    let pos = at;
    this.escaped = false;
    for (;;) {
      while (pos < length && special[body[pos] ?? 0] === 0) pos += 1;
      const c = this.byte(pos);
      if (c === quote) return pos;
      if (c !== backslash) return this.fail('a control character stands in a string', pos);
      this.escaped = true;
      const size = this.escapeSize(pos);
      if (size === 0) return this.fail('a string holds an unknown escape', pos);
      pos += size;
    }
  }

  /** Bytes of the escape at `at`, 0 when it is none. */
  private escapeSize(at: number): number {
    const c = this.byte(at + 1);
    if (c !== 0x75) return c === quote || c === backslash || c === 0x2f || c === 0x62 || c === 0x66 || c === 0x6e || c === 0x72 || c === 0x74 ? 2 : 0;
    for (let i = 2; i < 6; i += 1) if (!isHex(this.byte(at + i))) return 0;
    return 6;
  }

  private scalar(at: number, first: number): number {
    if (first === 0x74) return this.literal(at, 'true');
    if (first === 0x66) return this.literal(at, 'false');
    if (first === 0x6e) return this.literal(at, 'null');
    return this.number(at);
  }

  private literal(at: number, word: string): number {
    for (let i = 1; i < word.length; i += 1) if (this.byte(at + i) !== word.charCodeAt(i)) return this.fail('an unknown word stands', at);
    return at + word.length;
  }

  private number(at: number): number {
    let pos = this.byte(at) === 0x2d ? at + 1 : at;
    const whole = this.digits(pos);
    if (whole === pos) return this.fail('a value is missing', at);
    if (this.byte(pos) === 0x30 && whole > pos + 1) return this.fail('a number begins with zero', at);
    pos = whole;
    if (this.byte(pos) === 0x2e) {
      const fraction = this.digits(pos + 1);
      if (fraction === pos + 1) return this.fail('a number has no digit after its point', pos);
      pos = fraction;
    }
    if ((this.byte(pos) | 0x20) !== 0x65) return pos;
    const sign = this.byte(pos + 1);
    const first = sign === 0x2b || sign === 0x2d ? pos + 2 : pos + 1;
    const end = this.digits(first);
    return end === first ? this.fail('a number has no digit in its exponent', pos) : end;
  }

  private digits(at: number): number {
    let pos = at;
    while (this.byte(pos) >= 0x30 && this.byte(pos) <= 0x39) pos += 1;
    return pos;
  }
}

function isHex(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);
}
