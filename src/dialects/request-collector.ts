// Gathers the facts of a request while its document is scanned, and settles whose text each span is.
import type { ReadResult } from '../contract/dialect.ts';
import type { RequestFacts, TextRole, TextSpan } from '../contract/exchange.ts';
import { firstByte, scanJson } from './json-scan.ts';
import type { Sink } from './json-scan.ts';
import { JsonSpan } from './json-span.ts';
import { decodeString } from './json-string.ts';
import { KeyTable } from './key-table.ts';
import type { RequestPlace, StringUse } from './request-place.ts';

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

/** Types of parts and items that bring an image, a video, a recording or a document. */
const mediaTypes = new KeyTable<true>(
  Object.fromEntries(
    [
      ...['image', 'image_url', 'input_image', 'computer_screenshot', 'image_generation_call', 'video', 'video_url', 'input_video'],
      ...['audio', 'audio_url', 'input_audio', 'file', 'input_file', 'document', 'document_url', 'container_upload'],
    ].map((type) => [type, true as const]),
  ),
);

const jsonFormats = new KeyTable<true>({ json_object: true, json_schema: true, json: true, 'application/json': true });

/** Keys that most calls have, so that no new string is made of them at each. */
const usualFields = new KeyTable<string>(
  Object.fromEntries(
    [
      ...['model', 'messages', 'input', 'system', 'instructions', 'contents', 'systemInstruction', 'tools', 'tool_choice', 'toolConfig', 'stream'],
      ...['stream_options', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'generationConfig', 'temperature', 'top_p', 'stop', 'reasoning'],
      ...['reasoning_effort', 'response_format', 'text', 'metadata', 'store', 'include', 'thinking', 'parallel_tool_calls', 'prompt_cache_key', 'user'],
      ...['output_config', 'context_management', 'encoding_format', 'service_tier', 'safetySettings', 'previous_response_id'],
    ].map((name) => [name, name]),
  ),
);

/** Keys of the top level that are named, of however many there are. */
const mostFields = 100;

/** Bytes of a number that are read; no honest limit is longer. */
const longestNumber = 20;

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
    facts: {
      model: address.model ?? collector.model,
      stream: address.stream ?? collector.stream,
      spans: collector.spans(),
      tools: collector.tools,
      modelAt: address.model === undefined ? collector.modelAt : undefined,
      maxOutputTokens: collector.maxOutputTokens,
      hasMedia: collector.hasMedia,
      wantsJson: collector.wantsJson,
      fields: collector.fields,
    },
  };
}

class RequestCollector implements Sink<RequestPlace> {
  model: string | undefined;
  modelAt: RequestFacts['modelAt'];
  stream = false;
  maxOutputTokens: number | undefined;
  hasMedia = false;
  wantsJson = false;
  readonly tools: string[] = [];
  readonly fields: string[] = [];
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
      case 'formats':
      case 'schema':
        this.addSpan(place, start, end, escaped);
        break;
      case 'blob':
        this.addSpan(place, start, end, escaped);
        if (frame) frame.blob = this.starts.length - 1;
        break;
      case 'model':
        this.model = decodeString(this.body, start, end, escaped);
        this.modelAt = { start, end };
        break;
      case 'stream':
        this.stream = false;
        break;
      case 'limit':
        this.maxOutputTokens = undefined;
        break;
      case 'media':
        this.hasMedia ||= end > start;
        break;
      case 'format':
        this.wantsJson = jsonFormats.findString(this.body, start, end, escaped) === true;
        break;
      case 'tool':
        this.tools.push(decodeString(this.body, start, end, escaped));
        break;
      case 'role':
        if (frame) frame.role = roles.findString(this.body, start, end, escaped);
        break;
      case 'type':
        this.hasMedia ||= mediaTypes.findString(this.body, start, end, escaped) === true;
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

  other(place: RequestPlace, first: number, at: number): void {
    if (place.use !== 'text') this.readFact(place.use, first, at);
    if (first === 0x7b) this.frames.push({ waiting: this.waiting.length, role: undefined, typeStart: -1, typeEnd: -1, typeEscaped: false, blob: -1 });
  }

  field(start: number, end: number, escaped: boolean, hash: number): void {
    if (this.fields.length >= mostFields) return;
    const known = escaped ? undefined : usualFields.find(this.body, start, end, hash);
    const name = known ?? decodeString(this.body, start, end, escaped);
    if (!this.fields.includes(name)) this.fields.push(name);
  }

  close(place: RequestPlace): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    if (frame.blob >= 0 && this.typeIn(frame, place.binary) === true) this.owners[frame.blob] = 'nobody';
    const role = this.typeIn(frame, place.types) ?? frame.role;
    if (role === undefined || this.waiting.length === frame.waiting) return;
    for (const index of this.waiting.splice(frame.waiting)) this.owners[index] ??= role;
  }

  /** With duplicate keys the last one counts, whatever it holds: that is how JSON.parse and the providers read it. */
  private readFact(use: StringUse, first: number, at: number): void {
    if (use === 'model') {
      this.model = undefined;
      this.modelAt = undefined;
    } else if (use === 'stream') this.stream = first === 0x74;
    else if (use === 'limit') this.maxOutputTokens = this.countAt(at);
    else if (use === 'format' || use === 'formats') this.wantsJson = false;
    else if (first === 0x7b || first === 0x5b) {
      if (use === 'media') this.hasMedia = true;
      else if (use === 'schema') this.wantsJson = true;
    }
  }

  /** The count that stands at `at`: a whole number above zero, else undefined. */
  private countAt(at: number): number | undefined {
    let end = at;
    while (end - at <= longestNumber && isNumeric(this.body[end] ?? 0)) end += 1;
    const count = end - at > longestNumber || end === at ? 0 : Number(this.body.toString('latin1', at, end));
    return Number.isSafeInteger(count) && count > 0 ? count : undefined;
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

/** A byte of a number without a minus in front: digits, point, exponent and its sign. */
function isNumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || (byte | 0x20) === 0x65 || byte === 0x2b || byte === 0x2d;
}
