// Gathers the facts of a request while its document is scanned, and settles whose text each span is.
import type { ReadResult } from '../contract/dialect.ts';
import type { TextRole, TextSpan } from '../contract/exchange.ts';
import { decodeString, firstByte, scanJson } from './json-scan.ts';
import type { Sink } from './json-scan.ts';
import { JsonSpan } from './json-span.ts';
import type { RequestPlace } from './request-place.ts';

/** Facts the address of a request gives; what stands in the body counts only where these are undefined. */
export interface AddressFacts {
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
}

const roles = new Map<string, TextRole>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

/** What is known of an object that is still open. */
interface Frame {
  readonly firstSpan: number;
  role: TextRole | undefined;
  type: string | undefined;
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
  private readonly frames: Frame[] = [];

  constructor(body: Buffer) {
    this.body = body;
  }

  string(place: RequestPlace, start: number, end: number, escaped: boolean): void {
    switch (place.use) {
      case 'text':
        this.addSpan(place, start, end, escaped);
        break;
      case 'blob':
        this.addSpan(place, start, end, escaped);
        this.inFrame((frame) => (frame.blob = this.starts.length - 1));
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
        this.inFrame((frame) => (frame.role = roles.get(decodeString(this.body, start, end, escaped))));
        break;
      case 'type':
        this.inFrame((frame) => (frame.type = decodeString(this.body, start, end, escaped)));
        break;
      case 'nothing':
        break;
    }
  }

  other(place: RequestPlace, first: number): void {
    // With duplicate keys the last one counts, whatever it holds: that is how JSON.parse and the providers read it.
    if (place.use === 'model') this.model = undefined;
    else if (place.use === 'stream') this.stream = first === 0x74;
    if (first === 0x7b) this.frames.push({ firstSpan: this.starts.length, role: undefined, type: undefined, blob: -1 });
  }

  close(place: RequestPlace): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    const { type } = frame;
    if (type !== undefined && frame.blob >= 0 && place.binary.has(type)) this.owners[frame.blob] = 'nobody';
    const role = (type === undefined ? undefined : place.types.get(type)) ?? frame.role;
    if (role === undefined) return;
    for (let i = frame.firstSpan; i < this.owners.length; i += 1) this.owners[i] ??= role;
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

  private inFrame(change: (frame: Frame) => void): void {
    const frame = this.frames.at(-1);
    if (frame !== undefined) change(frame);
  }

  private addSpan(place: RequestPlace, start: number, end: number, escaped: boolean): void {
    if (start === end) return;
    this.starts.push(start);
    this.ends.push(end);
    this.escapes.push(escaped);
    this.owners.push(place.role);
  }
}
