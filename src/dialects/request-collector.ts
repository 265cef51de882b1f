// Gathers the facts of a request while its document is scanned, and settles whose text each span is.
import type { ReadResult } from '../contract/dialect.ts';
import type { TextRole, TextSpan } from '../contract/exchange.ts';
import { firstByte, scanJson } from './json-scan.ts';
import type { Sink } from './json-scan.ts';
import { JsonSpan } from './json-span.ts';
import { decodeString } from './json-string.ts';
import { KeyTable } from './key-table.ts';
import type { RequestPlace } from './request-place.ts';

/** Facts the address of a request gives; what stands in the body counts only where these are undefined. */
export interface AddressFacts {
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
}

const roles = new KeyTable<TextRole>({
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  model: 'assistant',
  tool: 'tool',
  function: 'tool',
});

/** What is known of an object that is still open. */
interface Frame {
  /** How many spans waited for a role when it began. */
  readonly waiting: number;
  role: TextRole | undefined;
  /** Where the value of its `type` stands; -1 when it has none. */
  typeStart: number;
  typeEnd: number;
  typeEscaped: boolean;
  /** Index of its blob among the spans; -1 when it has none. */
  blob: number;
}

/** Reads the request document in `body` by the map of places that begins at `root`. */
export function readRequestDocument(body: Buffer, root: RequestPlace, address: AddressFacts = {}): ReadResult {
  const collector = new RequestCollector(body);
  const fault = scanJson(body, root, collector);
  if (fault !== undefined) return { ok: false, reason: `The body is not JSON: ${fault}.` };
  if (firstByte(body) !== 0x7b) return { ok: false, reason: 'The body is JSON, but not an object.' };
  return {
    ok: true,
    facts: { model: address.model ?? collector.model, stream: address.stream ?? collector.stream, spans: collector.spans(), tools: collector.tools },
  };
}

class RequestCollector implements Sink<RequestPlace> {
  model: string | undefined;
  stream = false;
  readonly tools: string[] = [];
  private readonly body: Buffer;
  // Parallel lists, one entry per span: a role may be settled, or the span dropped, after it was found.
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly escapes: boolean[] = [];
  private readonly owners: (TextRole | 'nobody' | undefined)[] = [];
  /** Indexes of the spans that no object has given a role to yet. */
  private readonly waiting: number[] = [];
  private readonly frames: Frame[] = [];

  constructor(body: Buffer) {
    this.body = body;
  }

  string(place: RequestPlace, start: number, end: number, escaped: boolean): void {
    const frame = this.frames.at(-1);
    switch (place.use) {
      case 'text':
        this.addSpan(place, start, end, escaped);
        break;
      case 'blob':
        this.addSpan(place, start, end, escaped);
        if (frame) frame.blob = this.starts.length - 1;
        break;
      case 'model':
        this.model = decodeString(this.body, start, end, escaped);
        break;
      case 'stream':
        this.stream = false;
        break;
      case 'tool':
        this.tools.push(decodeString(this.body, start, end, escaped));
        break;
      case 'role':
        if (frame) frame.role = roles.findString(this.body, start, end, escaped);
        break;
      case 'type':
        if (frame) {
          frame.typeStart = start;
          frame.typeEnd = end;
          frame.typeEscaped = escaped;
        }
        break;
      case 'nothing':
        break;
    }
  }

  other(place: RequestPlace, first: number): void {
    // With duplicate keys the last one counts, whatever it holds: that is how JSON.parse and the providers read it.
    if (place.use === 'model') this.model = undefined;
    else if (place.use === 'stream') this.stream = first === 0x74;
    if (first === 0x7b) this.frames.push({ waiting: this.waiting.length, role: undefined, typeStart: -1, typeEnd: -1, typeEscaped: false, blob: -1 });
  }

  close(place: RequestPlace): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    if (frame.blob >= 0 && this.typeIn(frame, place.binary) === true) this.owners[frame.blob] = 'nobody';
    const role = this.typeIn(frame, place.types) ?? frame.role;
    if (role === undefined || this.waiting.length === frame.waiting) return;
    for (const index of this.waiting.splice(frame.waiting)) this.owners[index] ??= role;
  }

  /** The spans in order of their place in the body. Text that no object gives a role to is the user's. */
  spans(): TextSpan[] {
    const found: TextSpan[] = [];
    for (let i = 0; i < this.starts.length; i += 1) {
      const owner = this.owners[i] ?? 'user';
      if (owner !== 'nobody') found.push(new JsonSpan(this.body, owner, this.starts[i] ?? 0, this.ends[i] ?? 0, this.escapes[i] ?? false));
    }
    return found;
  }

  private typeIn<T>(frame: Frame, table: KeyTable<T> | undefined): T | undefined {
    return frame.typeStart < 0 ? undefined : table?.findString(this.body, frame.typeStart, frame.typeEnd, frame.typeEscaped);
  }

  private addSpan(place: RequestPlace, start: number, end: number, escaped: boolean): void {
    if (start === end) return;
    if (place.role === undefined) this.waiting.push(this.starts.length);
    this.starts.push(start);
    this.ends.push(end);
    this.escapes.push(escaped);
    this.owners.push(place.role);
  }
}
