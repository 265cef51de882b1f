// Splits a server-sent event stream (WHATWG HTML, section 9.2) into events, whatever the cut of its chunks.
import { ByteStore } from './byte-store.ts';

/** Bytes of one event that are kept at most; a larger event is reported without its data. */
const largestEvent = 1 << 20;

/** `name` is the event's `event` field or ''; `data` is undefined when the event was too large to keep, and valid only during the call. */
export type OnEvent = (name: string, data: Buffer | undefined) => void;

const newline = 0x0a;
const carriage = 0x0d;
const feed = Buffer.of(newline);
const mark = Buffer.from([0xef, 0xbb, 0xbf]);

export class SseSplitter {
  private readonly onEvent: OnEvent;
  private atStart = true;
  /** The last line ended with a carriage return at the end of its chunk; a newline next belongs to it. */
  private skipNewline = false;
  /** The beginning of a line that is not yet whole. */
  private readonly line: ByteStore;
  private name = '';
  /** The event's data so far: one line that still stands in its chunk, or the store's content. */
  private single: Buffer | undefined;
  private readonly data: ByteStore;
  private hasData = false;
  private tooLarge = false;

  constructor(onEvent: OnEvent, limit = largestEvent) {
    this.onEvent = onEvent;
    this.line = new ByteStore(limit);
    this.data = new ByteStore(limit);
  }

  write(chunk: Buffer): void {
    let start = 0;
    if (this.skipNewline && chunk.length > 0) {
      this.skipNewline = false;
      if (chunk[0] === newline) start = 1;
    }
    let feedAt = find(chunk, newline, start);
    let returnAt = find(chunk, carriage, start);
    for (;;) {
      const end = Math.min(feedAt, returnAt);
      if (end === chunk.length) break;
      this.takeLine(chunk, start, end);
      start = end + 1;
      if (end === returnAt) {
        if (start === chunk.length) this.skipNewline = true;
        else if (chunk[start] === newline) start += 1;
      }
      if (feedAt < start) feedAt = find(chunk, newline, start);
      if (returnAt < start) returnAt = find(chunk, carriage, start);
    }
    // The chunk is the caller's: what is still needed of it is copied.
    this.storeSingle();
    if (start < chunk.length) this.line.append(chunk.subarray(start));
  }

  private takeLine(chunk: Buffer, start: number, end: number): void {
    if (this.line.fits(end - start)) {
      this.wholeLine(chunk, start, end);
      return;
    }
    const line = this.line.finish(chunk.subarray(start, end));
    if (line === undefined) this.tooLarge = true;
    else this.wholeLine(line, 0, line.length);
  }

  private wholeLine(bytes: Buffer, from: number, end: number): void {
    const start = this.atStart && bytes.subarray(from, from + 3).equals(mark) ? from + 3 : from;
    this.atStart = false;
    if (start === end) this.dispatch();
    else this.field(bytes, start, end);
  }

  private field(bytes: Buffer, start: number, end: number): void {
    const data = valueAt(bytes, start, end, 'data');
    if (data >= 0) {
      this.addData(bytes.subarray(data, end));
      return;
    }
    const name = valueAt(bytes, start, end, 'event');
    if (name >= 0) this.name = bytes.toString('utf8', name, end);
  }

  private addData(line: Buffer): void {
    if (this.hasData) {
      this.storeSingle();
      this.data.append(feed);
      this.data.append(line);
    } else this.single = line;
    this.hasData = true;
  }

  private storeSingle(): void {
    if (this.single !== undefined) this.data.append(this.single);
    this.single = undefined;
  }

  private dispatch(): void {
    const { name, hasData, tooLarge } = this;
    const data = this.single ?? this.data.take();
    this.name = '';
    this.single = undefined;
    this.hasData = false;
    this.tooLarge = false;
    if (tooLarge) this.onEvent(name, undefined);
    else if (hasData) this.onEvent(name, data);
  }
}

/** Position of the next such byte, or the chunk's length. */
function find(chunk: Buffer, byte: number, start: number): number {
  const at = chunk.indexOf(byte, start);
  return at < 0 ? chunk.length : at;
}

/** Where the value of the line's field begins if it is the field `name`: after the colon and one space; -1 if it is another. */
function valueAt(bytes: Buffer, start: number, end: number, name: string): number {
  const colon = start + name.length;
  if (colon > end) return -1;
  for (let i = 0; i < name.length; i += 1) if (bytes[start + i] !== name.charCodeAt(i)) return -1;
  if (colon === end) return end;
  if (bytes[colon] !== 0x3a) return -1;
  return colon + 1 < end && bytes[colon + 1] === 0x20 ? colon + 2 : colon + 1;
}
