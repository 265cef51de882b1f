// The body an attempt sends: as the client wrote it, with the policy's redactions, and with another model's name where the route asks for one.
import type { Edit, RawHeaders, RequestFacts } from '../contract/exchange.ts';
import { applyEdits } from '../policy/redact.ts';
import { encodeBody } from './content-coding.ts';
import type { OutgoingBody } from './outgoing.ts';

export interface ReadBody {
  /** As it came. */
  readonly raw: Buffer;
  readonly decoded: Buffer;
  readonly contentEncoding: string | undefined;
  readonly edits: readonly Edit[];
  readonly trailers: RawHeaders;
  readonly facts: RequestFacts;
}

export class CallBody {
  readonly #read: ReadBody;
  readonly #made = new Map<string | undefined, OutgoingBody>();

  constructor(read: ReadBody) {
    this.#read = read;
  }

  /** With this model's name in the client's place; undefined leaves the client's. The same bytes for the same model. */
  withModel(model: string | undefined): OutgoingBody {
    const { facts } = this.#read;
    const wanted = model === undefined || facts.modelAt === undefined || model === facts.model ? undefined : model;
    const made = this.#made.get(wanted) ?? this.#make(wanted);
    this.#made.set(wanted, made);
    return made;
  }

  #make(model: string | undefined): OutgoingBody {
    const { raw, decoded, contentEncoding, trailers, facts } = this.#read;
    const edits = model === undefined || facts.modelAt === undefined ? this.#read.edits : withEdit(this.#read.edits, facts.modelAt, model);
    const bytes = edits.length === 0 ? raw : encodeBody(applyEdits(decoded, edits), contentEncoding);
    return { kind: 'whole', bytes, trailers };
  }
}

/** In the order of their places, as `applyEdits` takes them. A model's name never lies inside a text that is redacted. */
function withEdit(edits: readonly Edit[], at: { readonly start: number; readonly end: number }, model: string): readonly Edit[] {
  const text = JSON.stringify(model).slice(1, -1);
  // Other than ASCII would be right too, but a replacement is ASCII by its contract.
  const replacement = text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [...edits, { ...at, replacement }].sort((one, other) => one.start - other.start);
}
