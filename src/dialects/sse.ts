// Splits a server-sent event stream (WHATWG HTML, section 9.2) into events, whatever the cut of its chunks.
import { ByteStore } from './byte-store.ts';

/** Bytes of one event that are kept at most; a larger event is reported without its data. */
export const largestEvent = 1 << 20;

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
    while (start < chunk.length) {
      const end = endOfLine(chunk, start);
      if (end === chunk.length) break;
      this.takeLine(chunk.subarray(start, end));
      start = end + 1;
      if (chunk[end] !== carriage) continue;
      if (start === chunk.length) this.skipNewline = true;
      else if (chunk[start] === newline) start += 1;
    }
    // The chunk is the caller's: what is still needed of it is copied.
    this.storeSingle();
    if (start < chunk.length) this.line.append(chunk.subarray(start));
  }

  private takeLine(tail: Buffer): void {
    const line = this.line.finish(tail);
    if (line === undefined) this.tooLarge = true;
    else this.wholeLine(line);
  }

  private wholeLine(line: Buffer): void {
    if (line.length === 0) this.dispatch();
    else if (this.atStart && line.subarray(0, 3).equals(mark)) this.wholeLine(line.subarray(3));
    else this.field(line);
    this.atStart = false;
  }

  private field(line: Buffer): void {
    const data = valueOf(line, 'data');
    if (data !== undefined) this.addData(data);
    else this.name = valueOf(line, 'event')?.toString('utf8') ?? this.name;
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

/** Position of the next line end, or the chunk's length. */
function endOfLine(chunk: Buffer, start: number): number {
  let at = start;
  while (at < chunk.length && chunk[at] !== newline && chunk[at] !== carriage) at += 1;
  return at;
}

/** The value of the field in `line` if it is the field `name`: after the colon, without one leading space. */
function valueOf(line: Buffer, name: string): Buffer | undefined {
  for (let i = 0; i < name.length; i += 1) if (line[i] !== name.charCodeAt(i)) return undefined;
  if (line.length === name.length) return line.subarray(name.length);
  if (line[name.length] !== 0x3a) return undefined;
  return line.subarray(line[name.length + 1] === 0x20 ? name.length + 2 : name.length + 1);
}
