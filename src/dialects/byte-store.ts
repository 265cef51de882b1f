// Gathers the pieces of something that arrives in several chunks, up to a limit.

const nothing = Buffer.alloc(0);

export class ByteStore {
  private readonly limit: number;
  private bytes = nothing;
  private used = 0;
  private overflown = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether something of this size is whole and within the limit as it stands: nothing was gathered before it. */
  fits(size: number): boolean {
    return this.used === 0 && !this.overflown && size <= this.limit;
  }

  /** Copies `piece`. Over the limit everything is let go, and `take` will say so. */
  append(piece: Buffer): void {
    if (this.overflown) return;
    const needed = this.used + piece.length;
    if (needed > this.limit) {
      this.overflown = true;
      this.bytes = nothing;
      return;
    }
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.limit, Math.max(needed, this.bytes.length * 2, 512)));
      this.bytes.copy(grown, 0, 0, this.used);
      this.bytes = grown;
    }
    piece.copy(this.bytes, this.used);
    this.used = needed;
  }

  /** What was gathered, valid until the next `append`; undefined when it was too large. Empties the store. */
  take(): Buffer | undefined {
    const taken = this.overflown ? undefined : this.bytes.subarray(0, this.used);
    this.used = 0;
    this.overflown = false;
    return taken;
  }

  /** What was gathered with `tail` after it, as `take`; not copied when nothing was gathered before. */
  finish(tail: Buffer): Buffer | undefined {
    if (this.fits(tail.length)) return tail;
    this.append(tail);
    return this.take();
  }
}
