// Passes over the strings of a JSON text that comes in pieces, so that no bracket inside one is taken for a real one.

const quote = 0x22;
const backslash = 0x5c;

export class StringPass {
  /** A string is open; set when its opening quote has been read. */
  isOpen = false;
  private inEscape = false;

  /** Position after the string that is open at `start`, or the chunk's length when it goes on in the next. */
  pass(chunk: Buffer, start: number): number {
    let at = this.inEscape ? start + 1 : start;
    this.inEscape = false;
    while (at < chunk.length && chunk[at] !== quote) at += chunk[at] === backslash ? 2 : 1;
    if (at < chunk.length) this.isOpen = false;
    // A backslash as the last byte escapes the first byte of the next chunk.
    else this.inEscape = at > chunk.length;
    return Math.min(at + 1, chunk.length);
  }
}
