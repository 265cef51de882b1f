// Takes the items out of every list inside a JSON document that goes by, for documents whose lists are large and of no interest.
import { StringPass } from './string-pass.ts';

/** What stands in a list that had items, so that it can be told from an empty one. */
const something = Buffer.from('0');

const quote = 0x22;

export class ListDropper {
  private readonly next: { write(chunk: Buffer): void; readonly ended?: boolean };
  private readonly strings = new StringPass();
  private depth = 0;
  /** The depth inside the list whose items are being dropped; 0 outside such lists. */
  private dropping = 0;
  private isEmpty = true;

  /** `next` gets the text without the items, in pieces of the chunks it came in. An outermost list is kept. */
  constructor(next: { write(chunk: Buffer): void; readonly ended?: boolean }) {
    this.next = next;
  }

  get ended(): boolean {
    return this.next.ended === true;
  }

  write(chunk: Buffer): void {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.strings.isOpen) {
        at = this.strings.pass(chunk, at);
        continue;
      }
      const c = chunk[at] ?? 0;
      at += 1;
      if (this.dropping > 0 && c > 0x20) this.sawItem(c);
      if (c === quote) this.strings.isOpen = true;
      else if (c === 0x7b || c === 0x5b) {
        this.depth += 1;
        if (c !== 0x5b || this.depth === 1 || this.dropping > 0) continue;
        this.dropping = this.depth;
        this.isEmpty = true;
        this.next.write(chunk.subarray(from, at));
      } else if (c === 0x7d || c === 0x5d) {
        if (this.dropping > 0 && this.depth === this.dropping) {
          this.dropping = 0;
          from = at - 1;
        }
        this.depth = Math.max(0, this.depth - 1);
      }
    }
    if (this.dropping === 0 && from < chunk.length) this.next.write(chunk.subarray(from));
  }

  /** The first byte of the list that is not white space. */
  private sawItem(c: number): void {
    if (!this.isEmpty || c === 0x5d) return;
    this.isEmpty = false;
    this.next.write(something);
  }
}
