// Splits a stream of JSON into its documents as they become whole: one document, one per line, or the elements of one outer array.
import { ByteStore } from './byte-store.ts';
import { StringPass } from './string-pass.ts';

/** Bytes of one document, or one element, that are kept at most. */
const largestDocument = 8 << 20;

/** Receives each whole document; undefined when it was too large to keep. The bytes are valid only during the call. */
export type OnDocument = (bytes: Buffer | undefined) => void;

const quote = 0x22;

export class JsonSplitter {
  private readonly onDocument: OnDocument;
  private readonly store: ByteStore;
  private depth = 0;
  /** The depth at which documents stand: 1 inside an outer array, else 0. */
  private base = 0;
  private readonly strings = new StringPass();
  /** The outermost value has ended. */
  ended = false;

  constructor(onDocument: OnDocument, limit = largestDocument) {
    this.onDocument = onDocument;
    this.store = new ByteStore(limit);
  }

  write(chunk: Buffer): void {
    // Where the part of the current document begins in this chunk, or -1 between documents.
    let from = this.depth > this.base ? 0 : -1;
    let at = 0;
    while (at < chunk.length) {
      if (this.strings.isOpen) {
        at = this.strings.pass(chunk, at);
        continue;
      }
      const c = chunk[at] ?? 0;
      at += 1;
      if (c === quote) this.strings.isOpen = true;
      else if (c === 0x7b || c === 0x5b) {
        if (this.opens(c)) from = at - 1;
      } else if ((c === 0x7d || c === 0x5d) && this.closes()) {
        this.onDocument(this.store.finish(chunk.subarray(from, at)));
        from = -1;
      }
    }
    if (from >= 0) this.store.append(chunk.subarray(from));
  }

  /** Goes one level down; true when a document begins here. */
  private opens(c: number): boolean {
    if (this.depth === 0) {
      this.ended = false;
      this.base = c === 0x5b ? 1 : 0;
    }
    this.depth += 1;
    return this.depth === this.base + 1;
  }

  /** Goes one level up; true when a document ends here. */
  private closes(): boolean {
    if (this.depth === 0) return false;
    this.depth -= 1;
    if (this.depth === 0) this.ended = true;
    return this.depth === this.base;
  }
}
